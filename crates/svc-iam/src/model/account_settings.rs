//! What belongs to an account as a whole: its alias and its password policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PasswordPolicy.html>

use crate::api;
use base::AccountId;
use serde::{Deserialize, Serialize};

/// AWS's default when a password policy names no length.
const DEFAULT_LENGTH: i32 = 6;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountSettings {
    pub(crate) account: AccountId,
    pub(crate) alias: Option<String>,
    pub(crate) password_policy: Option<PasswordPolicy>,
}

/// Stands until console users exist, of whom it would demand this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PasswordPolicy {
    length: i32,
    symbols: bool,
    numbers: bool,
    uppercase: bool,
    lowercase: bool,
    change_allowed: bool,
    hard_expiry: Option<bool>,
    max_age_days: Option<i32>,
    reuse_prevention: Option<i32>,
}

impl store::Table for AccountSettings {
    const NAME: &'static str = "iam_account_settings";
    fn key(&self) -> String {
        self.account.to_string()
    }
}

impl PasswordPolicy {
    pub(crate) fn new(input: &api::UpdateAccountPasswordPolicyRequest) -> Self {
        let set = |flag: Option<bool>| flag == Some(true);
        Self {
            length: input.minimum_password_length.unwrap_or(DEFAULT_LENGTH),
            symbols: set(input.require_symbols),
            numbers: set(input.require_numbers),
            uppercase: set(input.require_uppercase_characters),
            lowercase: set(input.require_lowercase_characters),
            change_allowed: set(input.allow_users_to_change_password),
            hard_expiry: input.hard_expiry,
            max_age_days: input.max_password_age,
            reuse_prevention: input.password_reuse_prevention,
        }
    }

    pub(crate) fn describe(&self) -> api::PasswordPolicy {
        api::PasswordPolicy {
            minimum_password_length: Some(self.length),
            require_symbols: Some(self.symbols),
            require_numbers: Some(self.numbers),
            require_uppercase_characters: Some(self.uppercase),
            require_lowercase_characters: Some(self.lowercase),
            allow_users_to_change_password: Some(self.change_allowed),
            expire_passwords: Some(self.max_age_days.is_some_and(|days| days > 0)),
            hard_expiry: self.hard_expiry,
            max_password_age: self.max_age_days,
            password_reuse_prevention: self.reuse_prevention,
        }
    }
}

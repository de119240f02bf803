//! What belongs to an account as a whole: its alias and its password policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PasswordPolicy.html>

use crate::api;
use base::AccountId;
use serde::{Deserialize, Serialize};

/// AWS's default when a password policy names no length.
const DEFAULT_LENGTH: i32 = 6;
/// Without a password policy, AWS wants this many characters of three kinds.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html#default-policy-details>
const LENGTH_OF_AWS: i32 = 8;
const KINDS_OF_AWS: usize = 3;
/// What counts as a symbol.
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountSettings {
    pub(crate) account: AccountId,
    pub(crate) alias: Option<String>,
    pub(crate) password_policy: Option<PasswordPolicy>,
}

/// What a new password has to be, and who may set one. How long it is good for concerns the
/// console, which moat does not have.
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
    /// AWS's own policy: some of the kinds of characters will do.
    #[serde(skip)]
    is_of_aws: bool,
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
            is_of_aws: false,
        }
    }

    /// What holds where an account has no policy of its own.
    pub(crate) fn of_aws() -> Self {
        let input = api::UpdateAccountPasswordPolicyRequest::default();
        Self { length: LENGTH_OF_AWS, is_of_aws: true, ..Self::new(&input) }
    }

    pub(crate) fn lets_users_change(&self) -> bool {
        self.change_allowed
    }

    /// How many passwords may not be used again.
    pub(crate) fn remembered(&self) -> usize {
        self.reuse_prevention.and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
    }

    /// Checks a new password of the user; the error is AWS's text.
    pub(crate) fn check(&self, user: &str, text: &str) -> Result<(), String> {
        if text.chars().count() < usize::try_from(self.length).unwrap_or_default() {
            return Err(format!("Password should have a minimum length of {}", self.length));
        }
        if self.is_of_aws && text.eq_ignore_ascii_case(user) {
            return Err("Password should not be the same as the user name".to_owned());
        }
        let absent: Vec<&str> =
            self.kinds(text).filter_map(|(is_there, name)| (!is_there).then_some(name)).collect();
        let list = absent.iter().map(|name| format!("Password should have at least one {name}"));
        let list = list.collect::<Vec<_>>().join(", ");
        let more = absent.len().saturating_sub(if self.is_of_aws { 4 - KINDS_OF_AWS } else { 0 });
        match more {
            0 => Ok(()),
            _ if self.is_of_aws => {
                Err(format!("Password should meet {more} more of the following requirements: {list}"))
            }
            _ => Err(list),
        }
    }

    /// Whether each kind of character that is wanted is there, and how errors name it.
    fn kinds(&self, text: &str) -> impl Iterator<Item = (bool, &'static str)> {
        let has = |is: fn(char) -> bool| text.chars().any(is);
        let any = self.is_of_aws;
        [
            (any || self.uppercase, has(|c| c.is_ascii_uppercase()), "uppercase letter"),
            (any || self.lowercase, has(|c| c.is_ascii_lowercase()), "lowercase letter"),
            (any || self.numbers, has(|c| c.is_ascii_digit()), "number"),
            (any || self.symbols, has(|c| SYMBOLS.contains(c)), "symbol"),
        ]
        .into_iter()
        .filter_map(|(is_wanted, is_there, name)| is_wanted.then_some((is_there, name)))
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

//! A user's password. moat has no console to sign in to: what asks for the password is whoever
//! changes it.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_LoginProfile.html>

use super::Password;
use crate::api;
use base::Timestamp;
use serde::{Deserialize, Serialize};

/// The most that a password policy can remember.
const REMEMBERED: usize = 24;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoginProfile {
    created: Timestamp,
    pub(crate) reset_required: bool,
    pub(crate) password: Password,
    /// The passwords before, newest first.
    previous: Vec<Password>,
}

impl LoginProfile {
    pub(crate) fn new(password: Password, reset_required: bool, created: Timestamp) -> Self {
        Self { created, reset_required, password, previous: Vec::new() }
    }

    pub(crate) fn replace(&mut self, password: Password) {
        self.previous.insert(0, std::mem::replace(&mut self.password, password));
        self.previous.truncate(REMEMBERED);
    }

    /// Whether the text is one of the newest passwords, the present one included.
    pub(crate) fn was_used(&self, text: &str, newest: usize) -> bool {
        [&self.password].into_iter().chain(&self.previous).take(newest).any(|password| password.is(text))
    }

    pub(crate) fn describe(&self, user: &str) -> api::LoginProfile {
        api::LoginProfile {
            user_name: Some(user.to_owned()),
            create_date: Some(self.created),
            password_reset_required: Some(self.reset_required),
        }
    }
}

//! What authorizer functions answered, kept for as long as the authorizer says.

use crate::quota;
use base::Timestamp;
use policy::Document;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What a function says of a caller.
#[derive(Debug, Clone)]
pub(crate) enum Word {
    Yes,
    No,
    /// What the caller may call, asked anew for each request.
    Policy(Arc<Document>),
}

#[derive(Debug, Clone)]
pub(crate) struct AuthorizerAnswer {
    pub(crate) word: Word,
    pub(crate) principal: Option<String>,
    pub(crate) context: Map<String, Value>,
}

/// By API, stage, authorizer and what identifies the caller.
#[derive(Default)]
pub(crate) struct AuthorizerAnswers {
    kept: Mutex<HashMap<String, (Arc<AuthorizerAnswer>, Timestamp)>>,
}

impl AuthorizerAnswers {
    pub(crate) fn get(&self, key: &str, now: Timestamp) -> Option<Arc<AuthorizerAnswer>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(_, until)| now < *until).map(|(answer, _)| answer.clone())
    }

    /// When there are too many, those that are over are forgotten, and then all.
    pub(crate) fn keep(&self, key: String, answer: Arc<AuthorizerAnswer>, now: Timestamp, ttl_s: i32) {
        if ttl_s <= 0 {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= quota::AUTHORIZER_ANSWERS {
            kept.retain(|_, (_, until)| now < *until);
        }
        if kept.len() >= quota::AUTHORIZER_ANSWERS {
            kept.clear();
        }
        kept.insert(key, (answer, now.plus_ms(i64::from(ttl_s) * 1000)));
    }

    /// Forgets what was answered for an API, or for a stage of it.
    pub(crate) fn forget(&self, prefix: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|key, _| !key.starts_with(prefix));
    }
}

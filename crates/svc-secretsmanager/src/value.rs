//! A secret value in the clear, for as short as possible and never printed.

use crate::{error, quota};
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::fmt;

/// Text or bytes: AWS gives back what was put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ValueKind {
    String,
    Binary,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) kind: ValueKind,
    pub(crate) bytes: Vec<u8>,
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

impl Plain {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { kind: ValueKind::String, bytes: text.into().into_bytes() }
    }

    /// The one value that a request carries, if it carries one.
    ///
    /// # Errors
    /// When there are two, or the one is too long.
    pub(crate) fn given(text: Option<String>, binary: Option<Vec<u8>>) -> Result<Option<Self>, ServiceError> {
        let plain = match (text, binary) {
            (Some(_), Some(_)) => {
                return Err(error::invalid_parameter(
                    "You can't specify both a binary secret value and a string secret value in the same secret.",
                ));
            }
            (Some(text), None) => Some(Self::text(text)),
            (None, Some(bytes)) => Some(Self { kind: ValueKind::Binary, bytes }),
            (None, None) => None,
        };
        match plain {
            Some(plain) if plain.bytes.len() > quota::VALUE_BYTES => Err(error::too_large()),
            plain => Ok(plain),
        }
    }

    /// As the members `SecretString` and `SecretBinary`.
    pub(crate) fn into_members(self) -> Result<(Option<String>, Option<Vec<u8>>), ServiceError> {
        match self.kind {
            ValueKind::Binary => Ok((None, Some(self.bytes))),
            // The text is left out of the failure: it would be the secret.
            ValueKind::String => String::from_utf8(self.bytes)
                .map(|text| (Some(text), None))
                .map_err(|_| ServiceError::internal("a stored secret string is not UTF-8")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_of_two_kinds_and_has_a_limit() {
        assert_eq!(Plain::given(None, None).unwrap(), None);
        assert_eq!(
            Plain::given(Some("a".into()), Some(vec![1])).unwrap_err().code,
            "InvalidParameterException"
        );
        let long = "é".repeat(quota::VALUE_BYTES / 2);
        assert!(Plain::given(Some(long.clone()), None).is_ok());
        assert_eq!(Plain::given(Some(long + "x"), None).unwrap_err().code, "LimitExceededException");
    }

    #[test]
    fn a_value_does_not_print_itself() {
        assert_eq!(format!("{:?}", Plain::text("hunter2")), "<redacted>");
    }
}

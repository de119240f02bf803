//! The key that a caller names. moat has no KMS, so only the key that AWS would use anyway
//! can be named: values are always sealed with the data directory's own key.

use service::ServiceError;

/// AWS's own key for the service.
const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

/// # Errors
/// For a customer managed key, which would have to be enforced.
pub(crate) fn check(key: Option<&str>) -> Result<(), ServiceError> {
    match key {
        None | Some("") => Ok(()),
        Some(key) if key == DEFAULT_KEY || key.ends_with(&format!(":{DEFAULT_KEY}")) => Ok(()),
        Some(_) => {
            Err(ServiceError::not_implemented("encryption of secrets with a customer managed KMS key"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_awss_own_key_can_be_named() {
        for key in [
            None,
            Some(""),
            Some(DEFAULT_KEY),
            Some("arn:aws:kms:us-east-1:000000000000:alias/aws/secretsmanager"),
        ] {
            assert!(check(key).is_ok(), "{key:?}");
        }
        assert_eq!(check(Some("alias/mine")).unwrap_err().status, 501);
    }
}

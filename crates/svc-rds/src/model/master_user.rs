//! The master user's name and password.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html>

use service::ServiceError;

const PASSWORD_MIN: usize = 8;
const PASSWORD_MAX: usize = 128;
const USERNAME_MAX: usize = 63;
/// Names that PostgreSQL on RDS keeps for itself.
const RESERVED: &[&str] = &["admin", "rdsadmin", "rds_superuser", "rdsrepladmin", "public"];

pub fn username(text: &str) -> Result<(), ServiceError> {
    if RESERVED.contains(&text.to_ascii_lowercase().as_str()) || text.to_ascii_lowercase().starts_with("pg_")
    {
        return Err(ServiceError::client(
            "InvalidParameterValue",
            format!("MasterUsername {text} cannot be used as it is a reserved word used by the engine"),
        ));
    }
    let shaped = (1..=USERNAME_MAX).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if shaped {
        return Ok(());
    }
    Err(ServiceError::client(
        "InvalidParameterValue",
        "The parameter MasterUsername is not valid. It must begin with a letter and contain only alphanumeric \
         characters.",
    ))
}

pub fn password(text: &str) -> Result<(), ServiceError> {
    let refuse = |why: &str| {
        Err(ServiceError::client(
            "InvalidParameterValue",
            format!("The parameter MasterUserPassword is not a valid password{why}"),
        ))
    };
    if text.len() < PASSWORD_MIN {
        return refuse(" because it is shorter than 8 characters.");
    }
    if text.len() > PASSWORD_MAX {
        return refuse(" because it is longer than 128 characters.");
    }
    if text.chars().any(|c| !c.is_ascii_graphic() || "/@\" ".contains(c)) {
        return refuse(". Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.");
    }
    Ok(())
}

/// The characters that a managed password is made of.
pub const PASSWORD_ALPHABET: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-.:;<=>?[]^_{|}~";
/// The length of a managed password.
pub const MANAGED_PASSWORD_LENGTH: usize = 28;

#[cfg(test)]
mod tests {
    use super::*;
    use base::Ids;

    #[test]
    fn a_managed_password_is_one_that_is_accepted() {
        for seed in 0..50 {
            let text = base::SequentialIds::seeded(seed).pick(MANAGED_PASSWORD_LENGTH, PASSWORD_ALPHABET);
            password(&text).unwrap();
        }
    }

    #[test]
    fn short_long_and_strange_passwords_are_refused() {
        for bad in
            ["short", &"x".repeat(129), "pass word1", "pass/word", "pass@word", "p\u{e4}ssword", "pass\nword"]
        {
            assert!(password(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reserved_names_are_refused() {
        for bad in ["rdsadmin", "Admin", "pg_monitor", "1abc", "a-b", ""] {
            assert!(username(bad).is_err(), "{bad}");
        }
        username("app").unwrap();
    }
}

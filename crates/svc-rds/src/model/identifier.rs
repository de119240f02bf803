//! Names of instances and subnet groups.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>

use service::ServiceError;

/// An instance identifier in lower case: 1 to 63 letters, digits and hyphens; begins with a
/// letter; no two hyphens in a row, none at the end.
pub fn db_instance(text: &str) -> Result<String, ServiceError> {
    let lower = text.to_ascii_lowercase();
    let shaped = (1..=63).contains(&lower.len())
        && lower.starts_with(|c: char| c.is_ascii_lowercase())
        && lower.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !lower.ends_with('-')
        && !lower.contains("--");
    if shaped {
        return Ok(lower);
    }
    Err(ServiceError::client(
        "InvalidParameterValue",
        "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must \
         contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive \
         hyphens.",
    ))
}

/// A subnet group's name in lower case: at most 255 letters, digits, spaces, hyphens, periods
/// and underscores, and not `default`.
pub fn db_subnet_group(text: &str) -> Result<String, ServiceError> {
    let lower = text.to_ascii_lowercase();
    let shaped = (1..=255).contains(&lower.len())
        && lower.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || " -._".contains(c))
        && lower != "default";
    if shaped {
        return Ok(lower);
    }
    Err(ServiceError::client(
        "InvalidParameterValue",
        "The parameter DBSubnetGroupName must be provided and must not be blank, and must contain only alphanumeric \
         characters, hyphens, underscores, periods and spaces.",
    ))
}

/// The name of the first database: a letter or underscore, then letters, digits, underscores.
pub fn db_name(text: &str) -> Result<String, ServiceError> {
    let shaped = (1..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if shaped {
        return Ok(text.to_owned());
    }
    Err(ServiceError::client(
        "InvalidParameterValue",
        "DBName must begin with a letter and contain only alphanumeric characters.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_identifiers() {
        for good in ["a", "orders-db", "A1-b2"] {
            assert_eq!(db_instance(good).unwrap(), good.to_ascii_lowercase());
        }
        for bad in ["", "1a", "-a", "a-", "a--b", "a_b", "ä", &"a".repeat(64)] {
            assert!(db_instance(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn database_names_cannot_carry_sql() {
        for bad in ["", "a b", "a;drop", "1a", "a\"b"] {
            assert!(db_name(bad).is_err(), "{bad}");
        }
    }
}

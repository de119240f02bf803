//! Names of load balancers and target groups.

use crate::invalid::validation;
use service::ServiceError;

const MAX: usize = 32;

/// Up to 32 letters, digits and hyphens, which do not stand at an end.
pub fn check(what: &str, name: &str) -> Result<(), ServiceError> {
    if name.chars().count() > MAX {
        return Err(validation(format!("The {what} name '{name}' cannot be longer than '{MAX}' characters")));
    }
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(validation(format!(
            "The {what} name '{name}' can only contain characters that are alphanumeric characters and hyphens(-)"
        )));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Err(validation(format!("The {what} name '{name}' cannot begin or end with '-'")));
    }
    if name.starts_with("internal-") {
        return Err(validation(format!("The {what} name '{name}' cannot begin with 'internal-'")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_have_letters_digits_and_hyphens_inside() {
        for good in ["a", "my-lb-1", &"x".repeat(32)] {
            assert!(check("load balancer", good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "a_b", "internal-a", &"x".repeat(33), "ü"] {
            assert!(check("load balancer", bad).is_err(), "{bad}");
        }
    }
}

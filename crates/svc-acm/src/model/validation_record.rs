//! The CNAME record by which AWS sees that a domain is its asker's: the same for a domain and an account each time.
//! <https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html>

use base::AccountId;
use sha2::{Digest, Sha256};

#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    pub name: String,
    pub value: String,
}

const LABEL: usize = 32;

pub fn of(account: &AccountId, domain: &str) -> Record {
    let domain = domain.strip_prefix("*.").unwrap_or(domain);
    let digest = |what: &str| -> String {
        let hash = Sha256::digest(format!("{what} {account} {domain}"));
        hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>().chars().take(LABEL).collect()
    };
    Record {
        name: format!("_{}.{domain}.", digest("name")),
        value: format!("_{}.moat.acm-validations.aws.", digest("value")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_has_the_record_of_its_domain_and_another_account_another() {
        let account = AccountId::default();
        let record = of(&account, "example.com");
        assert_eq!(record, of(&account, "*.example.com"));
        assert!(record.name.ends_with(".example.com.") && record.name.len() == 34 + "example.com.".len());
        assert_ne!(record, of(&"111122223333".parse().unwrap(), "example.com"));
        assert_ne!(record, of(&account, "www.example.com"));
    }
}

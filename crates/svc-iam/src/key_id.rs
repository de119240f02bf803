//! Access key ids. As on AWS, the account is part of the id, so that `GetAccessKeyInfo` and
//! tools that read it offline agree.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>

use base::{AccountId, Ids};

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+";
const SECRET_LENGTH: usize = 40;
/// Characters after the four of the prefix; they stand for ten bytes.
const BODY: usize = 16;
/// The account takes 40 bits of the first six bytes, above their lowest seven.
const ACCOUNT_SHIFT: u32 = 32 + 7;
const ACCOUNT_MASK: u128 = (1 << 40) - 1;

/// A fresh id: `AKIA…` for a user's key, `ASIA…` for a session's.
pub fn new_key_id(ids: &dyn Ids, prefix: &str, account: &AccountId) -> String {
    let mut random = [0u8; 16];
    ids.fill(&mut random[6..]);
    let random = u128::from_be_bytes(random) | (1 << 79);
    let number = account.as_str().parse::<u128>().unwrap_or_default() & ACCOUNT_MASK;
    let bits = (random & !(ACCOUNT_MASK << ACCOUNT_SHIFT)) | (number << ACCOUNT_SHIFT);
    let digit = |n: usize| BASE32.get((bits >> (5 * (BODY - 1 - n)) & 31) as usize).copied().unwrap_or(b'A');
    prefix.chars().chain((0..BODY).map(|n| char::from(digit(n)))).collect()
}

/// The account in an access key id; none when it is not of this form.
pub fn account_of_key(id: &str) -> Option<AccountId> {
    let body = id.get(4..).filter(|body| body.len() == BODY)?;
    let mut bits: u128 = 0;
    for byte in body.bytes() {
        let digit = BASE32.iter().position(|b| *b == byte)?;
        bits = bits << 5 | digit as u128;
    }
    format!("{:012}", bits >> ACCOUNT_SHIFT & ACCOUNT_MASK).parse().ok()
}

/// A fresh secret access key.
pub fn new_secret(ids: &dyn Ids) -> String {
    ids.pick(SECRET_LENGTH, SECRET)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SequentialIds;

    #[test]
    fn the_account_can_be_read_from_the_id() {
        let ids = SequentialIds::seeded(1);
        for number in ["000000000000", "123456789012", "999999999999"] {
            let id = new_key_id(&ids, "AKIA", &number.parse().unwrap());
            assert_eq!((id.len(), &id[..4]), (20, "AKIA"));
            assert_eq!(account_of_key(&id).unwrap().as_str(), number);
        }
        // From a published analysis of AWS's own ids.
        assert_eq!(account_of_key("ASIAQNZGKIQY56JQ7WML").unwrap().as_str(), "029608264753");
    }

    #[test]
    fn what_is_no_key_id_has_no_account() {
        for id in ["", "test", "AKIA0000000000000000", "AKIAÄÄÄÄÄÄÄÄ"] {
            assert_eq!(account_of_key(id), None, "{id}");
        }
    }
}

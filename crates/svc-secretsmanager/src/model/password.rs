//! Random passwords.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html>

use crate::{api, error};
use base::Ids;
use service::ServiceError;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const DEFAULT_LENGTH: usize = 32;

/// A password as asked for.
///
/// # Errors
/// When the request leaves nothing to choose from, or too little room for one of each type.
pub(crate) fn generate(ask: &api::GetRandomPasswordRequest, ids: &dyn Ids) -> Result<String, ServiceError> {
    let length = ask.password_length.map_or(DEFAULT_LENGTH, |n| usize::try_from(n).unwrap_or(0));
    let types = character_types(ask);
    if types.is_empty() {
        return Err(error::invalid_parameter("The password must include at least one type of character."));
    }
    let each = ask.require_each_included_type.unwrap_or(true);
    if each && length < types.len() {
        return Err(error::invalid_parameter("Password length is too short based on the required types."));
    }
    let mut password: Vec<u8> = Vec::with_capacity(length);
    if each {
        password.extend(types.iter().flat_map(|alphabet| ids.pick(1, alphabet).into_bytes()));
    }
    let rest = length.saturating_sub(password.len());
    password.extend(ids.pick(rest, &types.concat()).into_bytes());
    shuffle(&mut password, ids);
    Ok(password.into_iter().map(char::from).collect())
}

/// The alphabets that remain after the exclusions.
fn character_types(ask: &api::GetRandomPasswordRequest) -> Vec<Vec<u8>> {
    let excluded = ask.exclude_characters.as_deref().unwrap_or_default();
    let is = |flag: Option<bool>| flag.unwrap_or(false);
    [
        (LOWER, !is(ask.exclude_lowercase)),
        (UPPER, !is(ask.exclude_uppercase)),
        (DIGITS, !is(ask.exclude_numbers)),
        (PUNCTUATION, !is(ask.exclude_punctuation)),
        (" ", is(ask.include_space)),
    ]
    .into_iter()
    .filter(|(_, included)| *included)
    .map(|(alphabet, _)| alphabet.chars().filter(|c| !excluded.contains(*c)).map(|c| c as u8).collect())
    .filter(|alphabet: &Vec<u8>| !alphabet.is_empty())
    .collect()
}

/// Fisher and Yates's shuffle; a draw that would favour small indices is drawn again.
fn shuffle(bytes: &mut [u8], ids: &dyn Ids) {
    for last in (1..bytes.len()).rev() {
        let choices = last as u32 + 1;
        let fair = u32::MAX - u32::MAX % choices;
        let drawn = loop {
            let mut raw = [0u8; 4];
            ids.fill(&mut raw);
            let drawn = u32::from_le_bytes(raw);
            if drawn < fair {
                break drawn % choices;
            }
        };
        bytes.swap(last, drawn as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::RandomIds;

    fn check(change: impl Fn(&mut api::GetRandomPasswordRequest)) -> Result<String, String> {
        let mut ask = api::GetRandomPasswordRequest::default();
        change(&mut ask);
        generate(&ask, &RandomIds).map_err(|e| e.message)
    }

    #[test]
    fn each_type_is_there_unless_excluded() {
        for _ in 0..200 {
            let password = check(|a| a.password_length = Some(5)).unwrap_or_default();
            for alphabet in [LOWER, UPPER, DIGITS, PUNCTUATION] {
                assert!(password.chars().any(|c| alphabet.contains(c)), "{password}");
            }
            let digits = check(|a| {
                (a.exclude_lowercase, a.exclude_uppercase, a.exclude_punctuation) =
                    (Some(true), Some(true), Some(true));
                a.exclude_characters = Some("01234".into());
            });
            assert!(digits.unwrap().chars().all(|c| ('5'..='9').contains(&c)));
        }
        assert_eq!(check(|_| {}).unwrap().len(), 32);
        assert_ne!(check(|_| {}), check(|_| {}));
    }

    #[test]
    fn impossible_wishes_are_refused() {
        assert_eq!(
            check(|a| a.password_length = Some(3)),
            Err("Password length is too short based on the required types.".into())
        );
        assert!(
            check(|a| (a.password_length, a.require_each_included_type) = (Some(3), Some(false))).is_ok()
        );
        let nothing = check(|a| {
            (a.exclude_lowercase, a.exclude_uppercase) = (Some(true), Some(true));
            (a.exclude_punctuation, a.exclude_numbers) = (Some(true), Some(true));
        });
        assert!(nothing.is_err());
    }
}

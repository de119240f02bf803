//! Pages of a list, with a token that names the last entry given.

use crate::{error, quota};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service::ServiceError;

/// The entries after the one that `token` names, and the token of the next page. The token
/// stays good while entries come and go, as long as that entry is there.
///
/// # Errors
/// AWS's `InvalidNextTokenException`.
pub(crate) fn page<T>(
    mut entries: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    max_results: Option<i32>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    if let Some(token) = token {
        let last = URL_SAFE_NO_PAD.decode(token).map_err(|_| error::next_token())?;
        let at = entries.iter().position(|e| key(e).as_bytes() == last).ok_or_else(error::next_token)?;
        entries.drain(..=at);
    }
    let size = max_results.and_then(|n| usize::try_from(n).ok()).unwrap_or(quota::PAGE);
    let more = entries.len() > size;
    entries.truncate(size);
    let next = entries.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(key(last)));
    Ok((entries, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_whole() {
        let all = || (1..=5).collect::<Vec<i32>>();
        let (first, token) = page(all(), i32::to_string, None, Some(2)).unwrap();
        let (second, token) = page(all(), i32::to_string, token.as_deref(), Some(2)).unwrap();
        let (third, end) = page(all(), i32::to_string, token.as_deref(), Some(2)).unwrap();
        assert_eq!((first, second, third, end), (vec![1, 2], vec![3, 4], vec![5], None));
        assert!(page(all(), i32::to_string, Some("%"), None).is_err());
        assert!(page(all(), i32::to_string, Some("OQ"), None).is_err());
    }
}

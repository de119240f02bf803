//! Pages of lists: `maxResults` and `nextToken`.

use crate::{error, quota};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use service::ServiceError;

/// One page of what is listed, in the order given, and the token of the next one.
///
/// # Errors
/// `BadRequestException` for a number or token that is none.
pub fn page<T>(
    items: Vec<T>,
    id: impl Fn(&T) -> &str,
    max_results: Option<&str>,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let limit = match max_results {
        None => quota::PAGE,
        Some(text) => {
            let number = text.parse::<usize>().ok().filter(|n| (1..=quota::PAGE).contains(n));
            number.ok_or_else(|| error::bad_request("Invalid maxResults value specified"))?
        }
    };
    let from = match token {
        None => 0,
        Some(token) => {
            let bytes = BASE64.decode(token).unwrap_or_default();
            let at = items.iter().position(|item| id(item).as_bytes() == bytes);
            at.ok_or_else(|| error::bad_request("Invalid nextToken specified"))?
        }
    };
    let next = items.get(from.saturating_add(limit)).map(|item| BASE64.encode(id(item)));
    Ok((items.into_iter().skip(from).take(limit).collect(), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let all = vec!["a", "b", "c"];
        let (first, token) = page(all.clone(), |x| x, Some("2"), None).unwrap();
        assert_eq!(first, ["a", "b"]);
        assert_eq!(page(all.clone(), |x| x, None, token.as_deref()).unwrap(), (vec!["c"], None));
        assert!(page(all.clone(), |x| x, Some("0"), None).is_err());
        assert!(page(all, |x| x, None, Some("eA==")).is_err());
    }
}

//! Paging: `MaxRecords` and `NextToken`, which is the key of the last one shown.

use crate::invalid::validation;
use service::ServiceError;

const USUAL: i32 = 50;
const MAX: i32 = 100;

/// One page of `items`, in their order, and the token of the next.
pub fn page<T>(
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    most: Option<i32>,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let most = most.unwrap_or(USUAL);
    if !(1..=MAX).contains(&most) {
        return Err(validation(format!("MaxRecords must be between 1 and {MAX}")));
    }
    let limit = usize::try_from(most).unwrap_or_default();
    let begin = match token.filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => {
            items.iter().position(|item| key(item) == token).map(|place| place + 1).ok_or_else(|| {
                ServiceError::client("InvalidNextToken", "The NextToken value is not valid.")
            })?
        }
    };
    let more = items.len() > begin + limit;
    let shown: Vec<T> = items.into_iter().skip(begin).take(limit).collect();
    let next = if more { shown.last().map(&key) } else { None };
    Ok((shown, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_cover_everything_once() {
        let names: Vec<String> = (0..9).map(|n| format!("{n}")).collect();
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let (some, next) = page(names.clone(), String::clone, Some(4), token.as_deref()).unwrap();
            seen.extend(some);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, names);
        assert!(page(names, String::clone, Some(0), None).is_err());
    }
}

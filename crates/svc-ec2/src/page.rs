//! Pages of the Describe operations: sorted by id, cut at MaxResults, continued after NextToken.

use crate::api;
use crate::error::combination;
use crate::filter::{Facts, filtered};
use service::ServiceError;

const MIN_RESULTS: i32 = 5;
const MAX_RESULTS: i32 = 1000;

/// What a Describe operation is asked for besides ids.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) filters: Option<&'a Vec<api::Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<&'a String>,
    /// The parameter that lists ids, where the request used it: AWS allows no MaxResults with it.
    pub(crate) ids: Option<&'static str>,
    least: i32,
}

pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_token: Option<String>,
}

impl<'a> Wanted<'a> {
    /// `ids` is the parameter that lists ids, by its name on the wire.
    pub(crate) fn new(
        filters: &'a Option<Vec<api::Filter>>,
        max_results: Option<i32>,
        next_token: &'a Option<String>,
        (name, ids): (&'static str, &'a Option<Vec<String>>),
    ) -> Self {
        let ids = ids.as_ref().filter(|ids| !ids.is_empty()).map(|_| name);
        Self {
            filters: filters.as_ref(),
            max_results,
            next_token: next_token.as_ref(),
            ids,
            least: MIN_RESULTS,
        }
    }

    /// Where pages may be as small as one item, and the model says how large.
    pub(crate) fn at_most(self, max_results: Option<i32>) -> Self {
        Self { max_results, least: 1, ..self }
    }

    /// Filters, sorts and cuts.
    pub(crate) fn select<T: Facts>(&self, items: Vec<T>) -> Result<Page<T>, ServiceError> {
        self.check_max_results()?;
        let mut items = filtered(items, self.filters)?;
        items.sort_by(|a, b| a.id().cmp(b.id()));
        if let Some(token) = self.next_token {
            let after = read_token(token)?;
            items.retain(|item| item.id() > after.as_str());
        }
        Ok(self.cut(items))
    }

    fn check_max_results(&self) -> Result<(), ServiceError> {
        let Some(max) = self.max_results else { return Ok(()) };
        if let Some(ids) = self.ids {
            return Err(combination(format!(
                "The parameter {ids} cannot be used with the parameter maxResults"
            )));
        }
        if max < self.least {
            return Err(crate::error::invalid_value(format!(
                "Value ( {max} ) for parameter maxResults is invalid. Expecting a value greater than {}.",
                self.least
            )));
        }
        Ok(())
    }

    fn cut<T: Facts>(&self, mut items: Vec<T>) -> Page<T> {
        let limit = usize::try_from(self.max_results.unwrap_or(MAX_RESULTS).min(MAX_RESULTS)).unwrap_or(0);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_token = if more { items.last().map(|item| write_token(item.id())) } else { None };
        Page { items, next_token }
    }
}

/// Opaque to clients: the last id given, in hexadecimal.
fn write_token(id: &str) -> String {
    id.bytes().map(|b| format!("{b:02x}")).collect()
}

fn read_token(token: &str) -> Result<String, ServiceError> {
    let bytes: Option<Vec<u8>> = token
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()))
        .collect();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| ServiceError::client("InvalidNextToken", format!("The token '{token}' is invalid")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back() {
        assert_eq!(read_token(&write_token("vpc-0a")).unwrap(), "vpc-0a");
        assert!(read_token("zz").is_err());
        assert!(read_token("é").is_err());
    }
}

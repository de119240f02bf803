//! The time formats of signed requests.

use base::Timestamp;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

const AMZ: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// `20150830T123600Z`.
pub fn amz_date(time: Timestamp) -> String {
    let t = time.to_utc();
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// Reads `20150830T123600Z`.
pub fn parse_amz_date(text: &str) -> Option<Timestamp> {
    let parsed = PrimitiveDateTime::parse(text, AMZ).ok()?;
    Some(Timestamp::from_secs(parsed.assume_utc().unix_timestamp()))
}

/// Reads a `Date` header, which clients without `X-Amz-Date` send, in either format.
pub(crate) fn parse_date_header(text: &str) -> Option<Timestamp> {
    parse_amz_date(text).or_else(|| {
        let parsed = OffsetDateTime::parse(&text.replace("GMT", "+0000"), &Rfc2822).ok()?;
        Some(Timestamp::from_secs(parsed.unix_timestamp()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_name_the_same_second() {
        let amz = parse_amz_date("20150830T123600Z").unwrap();
        assert_eq!(amz.iso8601(), "2015-08-30T12:36:00Z");
        assert_eq!(parse_date_header("Sun, 30 Aug 2015 12:36:00 GMT"), Some(amz));
        assert_eq!(amz_date(amz), "20150830T123600Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "20150830",
            "2015-08-30T12:36:00Z",
            "20151330T123600Z",
            "20150830T123600",
            "20150830T123600Zx",
        ] {
            assert_eq!(parse_amz_date(text), None, "{text}");
        }
    }
}

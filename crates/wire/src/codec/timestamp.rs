//! The three ways AWS writes a moment: `date-time` (RFC 3339), `http-date` (RFC 9110) and
//! seconds since the epoch. <https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait>

use crate::schema::TimestampFormat;
use base::Timestamp;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, Time};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// The last second of the year 9999, the largest that the calendar holds.
const MAX_SECS: f64 = 253_402_300_799.0;

pub fn parse(text: &str, format: TimestampFormat) -> Option<Timestamp> {
    match format {
        TimestampFormat::Iso8601 => iso8601(text),
        TimestampFormat::Rfc822 => http_date(text),
        TimestampFormat::UnixTimestamp => epoch(text.parse().ok()?),
    }
}

/// Seconds since the epoch, with a fraction.
pub fn epoch(secs: f64) -> Option<Timestamp> {
    (secs.is_finite() && secs.abs() <= MAX_SECS).then(|| Timestamp((secs * 1000.0).round() as i64))
}

fn iso8601(text: &str) -> Option<Timestamp> {
    // The parser would also take a space between date and time.
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    of(OffsetDateTime::parse(text, &Rfc3339).ok()?)
}

fn of(moment: OffsetDateTime) -> Option<Timestamp> {
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok().map(Timestamp)
}

/// `Tue, 29 Apr 2014 18:30:38 GMT`, the seconds with or without a fraction.
fn http_date(text: &str) -> Option<Timestamp> {
    let (day_name, rest) = text.split_once(", ")?;
    let words: Vec<&str> = rest.split(' ').collect();
    let [day, month, year, clock, "GMT"] = words[..] else { return None };
    if !DAYS.contains(&day_name) || day.len() != 2 || year.len() != 4 {
        return None;
    }
    let month = MONTHS.iter().position(|m| *m == month)?;
    let month = Month::try_from(u8::try_from(month + 1).ok()?).ok()?;
    let date = Date::from_calendar_date(digits(year)?, month, digits(day)?).ok()?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts[..] else { return None };
    if [hour, minute, second].iter().any(|p| p.len() != 2) || fraction.len() > 9 {
        return None;
    }
    let millis: u16 = if fraction.is_empty() { 0 } else { digits(format!("{fraction:0<3}").get(..3)?)? };
    let clock = Time::from_hms_milli(digits(hour)?, digits(minute)?, digits(second)?, millis).ok()?;
    of(OffsetDateTime::new_utc(date, clock))
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

pub fn format(at: Timestamp, format: TimestampFormat) -> String {
    match format {
        TimestampFormat::Iso8601 if at.millis().rem_euclid(1000) == 0 => at.iso8601(),
        TimestampFormat::Iso8601 => at.iso8601_ms(),
        TimestampFormat::Rfc822 => format_http_date(at),
        TimestampFormat::UnixTimestamp if at.millis().rem_euclid(1000) == 0 => at.secs().to_string(),
        TimestampFormat::UnixTimestamp => (at.millis() as f64 / 1000.0).to_string(),
    }
}

fn format_http_date(at: Timestamp) -> String {
    let t = at.to_utc();
    let day = DAYS.get(usize::from(t.weekday().number_days_from_monday())).copied().unwrap_or_default();
    let month = MONTHS.get(usize::from(u8::from(t.month())) - 1).copied().unwrap_or_default();
    let (hour, minute, second) = t.to_hms();
    format!("{day}, {:02} {month} {:04} {hour:02}:{minute:02}:{second:02} GMT", t.day(), t.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_reads_what_it_writes() {
        use TimestampFormat::*;
        for (kind, text, ms) in [
            (Iso8601, "2014-04-29T18:30:38Z", 1_398_796_238_000),
            (Iso8601, "2000-01-02T20:34:56.123Z", 946_845_296_123),
            (Rfc822, "Tue, 29 Apr 2014 18:30:38 GMT", 1_398_796_238_000),
            (UnixTimestamp, "1398796238", 1_398_796_238_000),
            (UnixTimestamp, "946845296.123", 946_845_296_123),
        ] {
            assert_eq!(parse(text, kind), Some(Timestamp(ms)), "{text}");
            assert_eq!(format(Timestamp(ms), kind), text);
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        use TimestampFormat::*;
        for (kind, text) in [
            (Iso8601, "2014-04-29"),
            (Iso8601, "1398796238"),
            (Rfc822, "29 Apr 2014 18:30:38 GMT"),
            (Rfc822, "Tue, 29 Apr 2014 18:30:38 PST"),
            (Rfc822, "Tue, 40 Apr 2014 18:30:38 GMT"),
            (UnixTimestamp, "Infinity"),
            (UnixTimestamp, "1e99"),
        ] {
            assert_eq!(parse(text, kind), None, "{text}");
        }
    }
}

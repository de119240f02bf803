//! Dates in conditions: ISO 8601 as the W3C profile has it, or seconds since the epoch.
//! <https://www.w3.org/TR/NOTE-datetime>

use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

/// Nanoseconds since the epoch.
pub(crate) fn parse(text: &str) -> Option<i128> {
    if let Ok(seconds) = text.parse::<i64>()
        && text.len() != 4
    {
        return Some(i128::from(seconds) * 1_000_000_000);
    }
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let (time, offset) = time.map_or(Some((Time::MIDNIGHT, UtcOffset::UTC)), time_and_offset)?;
    Some(PrimitiveDateTime::new(calendar_date(date)?, time).assume_offset(offset).unix_timestamp_nanos())
}

fn calendar_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |m| digits(m, 2))?;
    let day = parts.next().map_or(Some(1), |d| digits(d, 2))?;
    if parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()
}

fn time_and_offset(text: &str) -> Option<(Time, UtcOffset)> {
    let at = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at_checked(at)?;
    Some((clock_time(clock)?, offset(zone)?))
}

fn clock_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let hour = u8::try_from(digits(parts.next()?, 2)?).ok()?;
    let minute = u8::try_from(digits(parts.next()?, 2)?).ok()?;
    let (second, nanos) = parts.next().map_or(Some((0, 0)), seconds)?;
    if parts.next().is_some() {
        return None;
    }
    Time::from_hms_nano(hour, minute, second, nanos).ok()
}

fn seconds(text: &str) -> Option<(u8, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let second = u8::try_from(digits(whole, 2)?).ok()?;
    let shown: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    Some((second, digits(&shown, 9)?))
}

fn offset(text: &str) -> Option<UtcOffset> {
    if text.is_empty() || text.eq_ignore_ascii_case("z") {
        return Some(UtcOffset::UTC);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let total = digits(hours, 2)? * 3600 + digits(minutes, 2)? * 60;
    UtcOffset::from_whole_seconds(sign * i32::try_from(total).ok()?).ok()
}

fn digits(text: &str, length: usize) -> Option<u32> {
    let all = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn each_documented_form_is_read() {
        let second = 1_000_000_000;
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:01.5Z", 1),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1970-01-02", 86_400),
            ("1970", 0),
            ("1970-02", 31 * 86_400),
            ("1970-01-01T00:01Z", 60),
            ("86400", 86_400),
        ] {
            assert_eq!(parse(text).unwrap() / second, seconds, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["", "yesterday", "1970-13-01", "1970-01-01T25:00Z", "1970-01-01T00:00:00+1", "1-2-3"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

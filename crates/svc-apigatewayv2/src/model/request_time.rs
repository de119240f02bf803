//! Times as API Gateway writes them into requests and logs: `12/Mar/2020:19:03:58 +0000`.

use base::Timestamp;

pub fn text(at: Timestamp) -> String {
    let format =
        time::macros::format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    at.to_utc().format(&format).unwrap_or_default()
}

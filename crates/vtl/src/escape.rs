//! `$util`'s conversions of text.

use crate::TemplateError;
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use std::fmt::Write;

/// The text as it may stand in a JavaScript string. It escapes a single quote too, which JSON does not
/// know; AWS's page says how to take that back.
pub fn java_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for next in text.chars() {
        match next {
            '"' | '\'' | '\\' | '/' => out.extend(['\\', next]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(next),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
        }
    }
    out
}

/// As `application/x-www-form-urlencoded` has it.
pub fn url_encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

pub fn url_decode(text: &str) -> String {
    // A name alone: `=` and `&` in it must not end it.
    let guarded = text.replace('=', "%3D").replace('&', "%26");
    form_urlencoded::parse(guarded.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

pub fn base64_encode(text: &str) -> String {
    STANDARD.encode(text)
}

/// Bytes that are no text are replaced.
pub fn base64_decode(text: &str) -> Result<String, TemplateError> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let lenient = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
    let bytes = lenient.decode(text.trim()).map_err(|_| TemplateError::Base64)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

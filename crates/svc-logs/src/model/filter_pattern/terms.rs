//! Patterns for unstructured events: terms, all of which must occur; `?term`s, one of
//! which must; `-term`s, none of which may; quotes around what is not alphanumeric.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html>
//!
//! A regular expression (`%x%`) is a term too.

use super::PatternError;
use super::comparison::Regex;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Terms {
    all: Vec<Term>,
    any: Vec<Term>,
    none: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Term {
    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text.as_str()),
            Self::Regex(regex) => regex.matches(message),
        }
    }
}

impl Terms {
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut pattern = Self::default();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let list = match first {
                '?' => &mut pattern.any,
                '-' => &mut pattern.none,
                _ => &mut pattern.all,
            };
            let after = rest.strip_prefix(['?', '-']).unwrap_or(rest);
            let (term, left) = term(after)?;
            list.push(term);
            rest = left.trim_start();
        }
        Ok(pattern)
    }

    /// Beside other terms the optional ones say nothing.
    pub fn matches(&self, message: &str) -> bool {
        let has = |term: &Term| term.is_in(message);
        let alone = self.all.is_empty() && self.none.is_empty();
        self.all.iter().all(has)
            && !self.none.iter().any(has)
            && (!alone || self.any.is_empty() || self.any.iter().any(has))
    }
}

/// The first term, and what follows it.
fn term(text: &str) -> Result<(Term, &str), PatternError> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (text, rest) = quoted_term(quoted)?;
        return Ok((Term::Text(text), rest));
    }
    if let Some(inner) = text.strip_prefix('%') {
        let (inner, rest) = inner.split_once('%').ok_or(PatternError::Unclosed)?;
        return Ok((Term::Regex(Regex::parse(inner)?), rest));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (term, rest) = text.split_at(end);
    if term.is_empty() || !term.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(PatternError::Term(term.to_owned()));
    }
    Ok((Term::Text(term.to_owned()), rest))
}

fn quoted_term(text: &str) -> Result<(String, &str), PatternError> {
    let mut term = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((term, text.get(at + 1..).unwrap_or_default())),
            '\\' => term.extend(chars.next().map(|(_, c)| c)),
            c => term.push(c),
        }
    }
    Err(PatternError::Unclosed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_documented() {
        for (pattern, message, want) in [
            ("", "anything", true),
            ("ERROR", "[ERROR 400] BAD REQUEST", true),
            ("ERROR", "error", false),
            ("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true),
            ("ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", false),
            ("\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR", true),
            ("\"INTERNAL SERVER ERROR\"", "INTERNAL ERROR", false),
            ("?ERROR ?WARN", "WARN disk", true),
            ("?ERROR ?WARN", "INFO disk", false),
            ("ERROR -EXITING", "ERROR 1", true),
            ("ERROR -EXITING", "ERROR EXITING", false),
            ("-\"REPORT RequestId\"", "REPORT RequestId: 1", false),
            ("?WARN ERROR", "ERROR only", true),
            (r#""a \"quoted\" word""#, r#"a "quoted" word"#, true),
        ] {
            assert_eq!(Terms::parse(pattern).unwrap().matches(message), want, "{pattern} on {message}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (pattern, want) in [
            ("a.b", PatternError::Term("a.b".to_owned())),
            ("?", PatternError::Term(String::new())),
            ("\"open", PatternError::Unclosed),
        ] {
            assert_eq!(Terms::parse(pattern), Err(want), "{pattern}");
        }
    }
}

//! Filter patterns for unstructured events: terms, all of which must occur; `?term`s, one of
//! which must; `-term`s, none of which may; quotes around what is not alphanumeric.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>
//!
//! Patterns for JSON (`{ $.x = 1 }`), for columns (`[a, b]`) and regular expressions
//! (`%x%`) are refused, not misread.

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilterPattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("Invalid character(s) in term '{0}'")]
    Term(String),
    #[error("Invalid filter pattern: unclosed quote")]
    Unclosed,
    #[error("filter patterns for {0}")]
    NotHere(&'static str),
}

impl FilterPattern {
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        match text.trim_start().chars().next() {
            Some('{') => return Err(PatternError::NotHere("JSON")),
            Some('[') => return Err(PatternError::NotHere("columns")),
            _ => {}
        }
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
        let has = |term: &String| message.contains(term.as_str());
        let alone = self.all.is_empty() && self.none.is_empty();
        self.all.iter().all(has)
            && !self.none.iter().any(has)
            && (!alone || self.any.is_empty() || self.any.iter().any(has))
    }
}

/// The first term, and what follows it.
fn term(text: &str) -> Result<(String, &str), PatternError> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted_term(quoted);
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (term, rest) = text.split_at(end);
    if term.starts_with('%') {
        return Err(PatternError::NotHere("regular expressions"));
    }
    if term.is_empty() || !term.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(PatternError::Term(term.to_owned()));
    }
    Ok((term.to_owned(), rest))
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
            assert_eq!(
                FilterPattern::parse(pattern).unwrap().matches(message),
                want,
                "{pattern} on {message}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (pattern, want) in [
            ("a.b", PatternError::Term("a.b".to_owned())),
            ("?", PatternError::Term(String::new())),
            ("\"open", PatternError::Unclosed),
            ("{ $.level = \"x\" }", PatternError::NotHere("JSON")),
            ("[ip, user]", PatternError::NotHere("columns")),
            ("%AUTH%", PatternError::NotHere("regular expressions")),
        ] {
            assert_eq!(FilterPattern::parse(pattern), Err(want), "{pattern}");
        }
    }
}

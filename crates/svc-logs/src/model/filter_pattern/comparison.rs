//! What one value is compared with.

use super::PatternError;
use super::scan::Scan;

/// What a pattern's regular expression may be made of, besides letters and digits.
const SYMBOLS: &str = ":_#=@/;,- ^$?[]{}|\\*+.";
/// A compiled expression may not grow beyond this.
const COMPILED_BYTES: usize = 256 * 1024;

/// A comparison with a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    Number(Comparison, f64),
    Text { equal: bool, wild: Wild },
    Regex { equal: bool, regex: Regex },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// In the order in which they are looked for: the longer ones first.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Comparison {
    pub fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        COMPARISONS.iter().find(|(text, _)| scan.eat(text)).map(|(_, comparison)| *comparison)
    }

    fn holds(self, value: f64, other: f64) -> bool {
        match self {
            Self::Equal => value == other,
            Self::NotEqual => value != other,
            Self::Less => value < other,
            Self::LessOrEqual => value <= other,
            Self::Greater => value > other,
            Self::GreaterOrEqual => value >= other,
        }
    }

    /// Whether it asks for equality or its opposite; the others are for numbers.
    fn is_equality(self) -> Option<bool> {
        match self {
            Self::Equal => Some(true),
            Self::NotEqual => Some(false),
            _ => None,
        }
    }
}

impl Test {
    /// The value after a comparison. A word without quotes ends where `ends` says.
    pub fn scan(
        scan: &mut Scan<'_>,
        comparison: Comparison,
        ends: impl Fn(char) -> bool,
    ) -> Result<Self, PatternError> {
        let equal = comparison.is_equality();
        if scan.eat("%") {
            let regex = scan.regular_expression()?;
            return Ok(Self::Regex { equal: equal.ok_or(PatternError::Malformed)?, regex });
        }
        if scan.eat("\"") {
            let wild = Wild::of(&scan.quoted('"')?);
            return Ok(Self::Text { equal: equal.ok_or(PatternError::Malformed)?, wild });
        }
        let word = scan.run(|c| !c.is_whitespace() && !ends(c));
        match (number(word), equal) {
            (Some(number), _) => Ok(Self::Number(comparison, number)),
            (None, Some(equal)) if !word.is_empty() => Ok(Self::Text { equal, wild: Wild::of(word) }),
            _ => Err(PatternError::Malformed),
        }
    }

    /// Of a value that is text, and perhaps a number.
    pub fn holds(&self, text: &str, number: Option<f64>) -> bool {
        match self {
            Self::Number(comparison, other) => match number {
                Some(value) => comparison.holds(value, *other),
                None => *comparison == Comparison::NotEqual,
            },
            Self::Text { equal, wild } => wild.matches(text) == *equal,
            Self::Regex { equal, regex } => regex.matches(text) == *equal,
        }
    }
}

/// A number as patterns write it; `NaN`, `inf` and the like are words.
pub fn number(word: &str) -> Option<f64> {
    let begins = word.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
    word.parse().ok().filter(|_| begins)
}

/// A text with a wildcard at either end or both; elsewhere an asterisk is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wild {
    before: bool,
    text: String,
    after: bool,
}

impl Wild {
    fn of(text: &str) -> Self {
        let inner = text.strip_prefix('*');
        let (before, inner) = (inner.is_some(), inner.unwrap_or(text));
        let trimmed = inner.strip_suffix('*');
        Self { before, text: trimmed.unwrap_or(inner).to_owned(), after: trimmed.is_some() || text == "*" }
    }

    fn matches(&self, value: &str) -> bool {
        match (self.before, self.after) {
            (false, false) => value == self.text,
            (true, false) => value.ends_with(&self.text),
            (false, true) => value.starts_with(&self.text),
            (true, true) => value.contains(&self.text),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Regex(regex::Regex);

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Regex {
    /// Groups and other operators are not part of patterns.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || SYMBOLS.contains(c);
        if text.is_empty() || !text.chars().all(is_part) {
            return Err(PatternError::Malformed);
        }
        let built = regex::RegexBuilder::new(text).size_limit(COMPILED_BYTES).build();
        built.map(Self).map_err(|_| PatternError::Malformed)
    }

    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

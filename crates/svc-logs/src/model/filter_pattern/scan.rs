//! Reading a pattern from left to right.

use super::comparison::Regex;
use super::{PatternError, REGULAR_EXPRESSIONS};

pub struct Scan<'t> {
    rest: &'t str,
    regular_expressions: usize,
}

impl<'t> Scan<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { rest: text, regular_expressions: 0 }
    }

    /// The next character after blanks.
    pub fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    /// Takes this text, blanks before it aside, if it is what comes next.
    pub fn eat(&mut self, text: &str) -> bool {
        self.rest = self.rest.trim_start();
        self.eat_here(text)
    }

    /// The same, with nothing before it.
    pub fn eat_here(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    pub fn want(&mut self, text: &str) -> Result<(), PatternError> {
        if self.eat(text) { Ok(()) } else { Err(PatternError::Malformed) }
    }

    /// A word that stands alone.
    pub fn keyword(&mut self, word: &str) -> bool {
        self.rest = self.rest.trim_start();
        let after = self.rest.strip_prefix(word);
        let alone = after.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
        alone && self.eat_here(word)
    }

    /// What comes next as long as the characters are such; blanks are not skipped.
    pub fn run(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        self.rest = rest;
        run
    }

    /// The inside of quotes, the first of which has been taken.
    pub fn quoted(&mut self, quote: char) -> Result<String, PatternError> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.rest = self.rest.get(at + c.len_utf8()..).unwrap_or_default();
                    return Ok(text);
                }
                '\\' => text.extend(chars.next().map(|(_, c)| c)),
                c => text.push(c),
            }
        }
        Err(PatternError::Unclosed)
    }

    /// A regular expression, whose first percent sign has been taken.
    pub fn regular_expression(&mut self) -> Result<Regex, PatternError> {
        let (text, rest) = self.rest.split_once('%').ok_or(PatternError::Unclosed)?;
        self.rest = rest;
        self.regular_expressions += 1;
        if self.regular_expressions > REGULAR_EXPRESSIONS {
            return Err(PatternError::Malformed);
        }
        Regex::parse(text)
    }

    pub fn end(&mut self) -> Result<(), PatternError> {
        if self.peek().is_none() { Ok(()) } else { Err(PatternError::Malformed) }
    }
}

//! What the one-line text forms of rules and flows share.

use crate::Direction;
use std::str::{FromStr, SplitAsciiWhitespace};

/// A line that is not a rule, entry or flow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("the text ends where {expected} should stand")]
    Missing { expected: &'static str },
    #[error("`{found}` is not {expected}")]
    Unexpected { expected: &'static str, found: String },
}

impl TextError {
    pub(crate) fn unexpected(expected: &'static str, found: &str) -> Self {
        Self::Unexpected { expected, found: found.to_owned() }
    }
}

/// The words of a line, taken one by one.
pub(crate) struct Words<'a>(std::iter::Peekable<SplitAsciiWhitespace<'a>>);

impl<'a> Words<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self(text.split_ascii_whitespace().peekable())
    }

    pub(crate) fn next(&mut self, expected: &'static str) -> Result<&'a str, TextError> {
        self.0.next().ok_or(TextError::Missing { expected })
    }

    pub(crate) fn peek(&mut self) -> Option<&'a str> {
        self.0.peek().copied()
    }

    pub(crate) fn parse<T: FromStr>(&mut self, expected: &'static str) -> Result<T, TextError> {
        let word = self.next(expected)?;
        word.parse().map_err(|_| TextError::unexpected(expected, word))
    }

    /// The word that stands before a peer: `from` for traffic coming in, `to` for traffic going out.
    pub(crate) fn preposition(&mut self, direction: Direction) -> Result<(), TextError> {
        let expected = direction.preposition();
        let word = self.next(expected)?;
        if word == expected { Ok(()) } else { Err(TextError::unexpected(expected, word)) }
    }

    pub(crate) fn end(mut self) -> Result<(), TextError> {
        match self.0.next() {
            None => Ok(()),
            Some(word) => Err(TextError::unexpected("the end of the text", word)),
        }
    }
}

//! A place in a stream or a group: tokens are made of it, and events are ordered by it.

use std::fmt;
use std::str::FromStr;

/// Time first, then the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub at: i64,
    pub batch: u64,
    pub index: usize,
}

impl Position {
    pub const START: Self = Self { at: i64::MIN, batch: 0, index: 0 };
    pub const END: Self = Self { at: i64::MAX, batch: u64::MAX, index: usize::MAX };

    /// The event's id: fifty-six digits.
    pub fn event_id(&self) -> String {
        let Self { at, batch, index } = self;
        format!("{at:020}{batch:020}{index:016}")
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.at, self.batch, self.index)
    }
}

impl FromStr for Position {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = text.split('.').collect();
        let [at, batch, index] = parts[..] else { return Err(()) };
        let parse =
            || Some(Self { at: at.parse().ok()?, batch: batch.parse().ok()?, index: index.parse().ok()? });
        parse().ok_or(())
    }
}

/// A token of GetLogEvents: onwards from a place, or back from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Forward(Position),
    Backward(Position),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forward(position) => write!(f, "f/{position}/s"),
            Self::Backward(position) => write!(f, "b/{position}/s"),
        }
    }
}

impl FromStr for Token {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let inner = text.strip_suffix("/s").ok_or(())?;
        match inner.split_once('/') {
            Some(("f", position)) => position.parse().map(Self::Forward),
            Some(("b", position)) => position.parse().map(Self::Backward),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back() {
        for at in [i64::MIN, -5, 0, 1_767_323_045_678] {
            let position = Position { at, batch: 7, index: 3 };
            for token in [Token::Forward(position), Token::Backward(position)] {
                assert_eq!(token.to_string().parse(), Ok(token));
            }
        }
        for text in ["", "f/1.2.3", "x/1.2.3/s", "f/1.2/s", "f/a.2.3/s"] {
            assert_eq!(text.parse::<Token>(), Err(()), "{text}");
        }
    }
}

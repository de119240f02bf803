//! Texts with `*`, `?` and policy variables, as `Resource` and `Condition` have them.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use crate::document::Version;
use crate::request::{Request, Values};
use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(Box<str>),
    /// `?`: exactly one character.
    One,
    /// `*`: any number of characters.
    Many,
    Variable {
        key: Box<str>,
        default: Option<Box<str>>,
    },
}

/// A compiled text. How it is compared (with wildcards, without, ignoring case) is the
/// caller's choice, because the same text means different things to `StringEquals` and
/// `StringLike`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    tokens: Vec<Token>,
    has_variables: bool,
}

impl Pattern {
    pub(crate) fn new(text: &str, version: Version) -> Self {
        let tokens = tokenize(text, version == Version::V2012);
        let has_variables = tokens.iter().any(|t| matches!(t, Token::Variable { .. }));
        Self { tokens, has_variables }
    }

    /// A pattern of lower-cased text without variables, for names compared ignoring case.
    pub(crate) fn lower(text: &str) -> Self {
        Self::new(&text.to_ascii_lowercase(), Version::V2008)
    }

    pub(crate) fn is_any(&self) -> bool {
        matches!(self.tokens.as_slice(), [Token::Many])
    }

    /// Whether the text matches, wildcards included. A variable without value and default
    /// matches nothing.
    pub(crate) fn matches(&self, text: &str, request: &Request) -> bool {
        if self.has_variables {
            return self.expand(request).is_some_and(|tokens| glob(&tokens, text));
        }
        glob(&self.tokens, text)
    }

    /// The same for a pattern that has no variables, where there is no request at hand.
    pub(crate) fn matches_plain(&self, text: &str) -> bool {
        glob(&self.tokens, text)
    }

    /// The text with variables replaced and wildcards taken literally.
    pub(crate) fn literal(&self, request: &Request) -> Option<Cow<'_, str>> {
        let [Token::Literal(only)] = self.tokens.as_slice() else {
            return self.concatenate(request).map(Cow::Owned);
        };
        Some(Cow::Borrowed(only))
    }

    fn concatenate(&self, request: &Request) -> Option<String> {
        let mut out = String::new();
        for token in &self.expand(request)? {
            match token {
                Token::Literal(text) => out.push_str(text),
                Token::One => out.push('?'),
                Token::Many => out.push('*'),
                Token::Variable { .. } => return None,
            }
        }
        Some(out)
    }

    fn expand(&self, request: &Request) -> Option<Vec<Token>> {
        self.tokens.iter().map(|token| resolve(token, request)).collect()
    }
}

/// A variable stands for one value: AWS gives no meaning to a key with several.
fn resolve(token: &Token, request: &Request) -> Option<Token> {
    let Token::Variable { key, default } = token else { return Some(token.clone()) };
    let values = request.values(key);
    match values.as_ref().and_then(Values::single) {
        Some(one) => Some(Token::Literal(one.into())),
        None => default.clone().map(Token::Literal),
    }
}

fn tokenize(text: &str, variables: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (token, length) = match c {
            '*' => (Some(Token::Many), 1),
            '?' => (Some(Token::One), 1),
            '$' if variables => match variable(rest) {
                Some((token, length)) => (Some(token), length),
                None => (None, 1),
            },
            _ => (None, c.len_utf8()),
        };
        match token {
            Some(Token::Literal(escaped)) => literal.push_str(&escaped),
            Some(token) => {
                flush(&mut literal, &mut tokens);
                tokens.push(token);
            }
            None => literal.push(c),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    flush(&mut literal, &mut tokens);
    tokens
}

fn flush(literal: &mut String, tokens: &mut Vec<Token>) {
    if !literal.is_empty() {
        tokens.push(Token::Literal(std::mem::take(literal).into()));
    }
}

/// Reads `${key}`, `${key, 'default'}`, `${*}`, `${?}` or `${$}` at the start of the text.
fn variable(text: &str) -> Option<(Token, usize)> {
    let inner = text.strip_prefix("${")?;
    let end = inner.find('}')?;
    let name = inner.get(..end)?;
    let token = match name.split_once(',') {
        _ if matches!(name, "*" | "?" | "$") => Token::Literal(name.into()),
        Some((key, default)) => Token::Variable {
            key: key.trim().to_ascii_lowercase().into(),
            default: Some(default.trim().strip_prefix('\'')?.strip_suffix('\'')?.into()),
        },
        None => Token::Variable { key: name.trim().to_ascii_lowercase().into(), default: None },
    };
    Some((token, end + 3))
}

/// Greedy matching that goes back to the last `*` only: linear in practice, quadratic at worst.
fn glob(tokens: &[Token], text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut t, mut b) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        match step(tokens.get(t), bytes, b) {
            Step::Done => return true,
            Step::Star if t + 1 == tokens.len() => return true,
            Step::Star => {
                star = Some((t + 1, b));
                t += 1;
            }
            Step::Take(n) => {
                t += 1;
                b += n;
            }
            Step::Fail => match star {
                Some((after, from)) if from < bytes.len() => {
                    star = Some((after, from + 1));
                    (t, b) = (after, from + 1);
                }
                _ => return false,
            },
        }
    }
}

enum Step {
    Done,
    Star,
    Take(usize),
    Fail,
}

fn step(token: Option<&Token>, bytes: &[u8], at: usize) -> Step {
    let rest = bytes.get(at..).unwrap_or_default();
    match token {
        None if rest.is_empty() => Step::Done,
        Some(Token::Many) => Step::Star,
        Some(Token::Literal(text)) if rest.starts_with(text.as_bytes()) => Step::Take(text.len()),
        Some(Token::One) if !rest.is_empty() => {
            let continuation = rest.iter().skip(1).take_while(|b| **b & 0xC0 == 0x80).count();
            Step::Take(1 + continuation)
        }
        _ => Step::Fail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, Principal};

    fn check(pattern: &str, text: &str) -> bool {
        let mut context = Context::default();
        context.set("ec2:tag", ["ann*"]);
        context.set("many", ["a", "b"]);
        let request = Request::new(Principal::Anonymous, "s3:GetObject", "*").with_context(context);
        Pattern::new(pattern, Version::V2012).matches(text, &request)
    }

    #[test]
    fn wildcards_and_variables_match_as_documented() {
        for (pattern, text) in [
            ("*", ""),
            ("a*c*e", "abcde"),
            ("a*c*e", "acce"),
            ("?bc", "abc"),
            ("??", "éa"),
            ("*?é", "aé"),
            ("home/${ec2:tag}/*", "home/ann*/x"),
            ("home/${EC2:Tag}", "home/ann*"),
            ("${team, 'default'}", "default"),
            ("${many, 'x'}", "x"),
            ("a${*}b${?}${$}", "a*b?$"),
            ("${unclosed", "${unclosed"),
        ] {
            assert!(check(pattern, text), "{pattern} should match {text}");
        }
    }

    #[test]
    fn what_differs_does_not_match() {
        for (pattern, text) in [
            ("", "a"),
            ("a*c*e", "abcd"),
            ("?", ""),
            ("*??", "é"),
            ("home/${ec2:tag}/*", "home/anna/x"),
            ("${missing}", ""),
            ("${missing}*", "x"),
            ("a${*}b", "axb"),
            ("${many}", "a"),
        ] {
            assert!(!check(pattern, text), "{pattern} should not match {text}");
        }
    }
}

//! Reads a template: text with references and directives in it.

use crate::ast::Node;
use crate::budget::DEPTH;
use crate::error::TemplateError;

pub fn template(text: &str) -> Result<Vec<Node>, TemplateError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let (nodes, end) = parser.nodes()?;
    match end {
        End::OfText => Ok(nodes),
        _ => Err(parser.malformed("an end without a beginning")),
    }
}

/// What stopped a run of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    OfText,
    Block,
    Else,
    ElseIf,
}

/// What one look at the text found.
pub enum Found {
    Node(Node),
    Nothing,
    /// The white space before a `#set` goes with it.
    Set(Node),
    End(End),
}

pub struct Parser<'t> {
    pub text: &'t str,
    pub at: usize,
    pub depth: usize,
}

impl<'t> Parser<'t> {
    pub fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub fn eat(&mut self, token: &str) -> bool {
        let there = self.rest().starts_with(token);
        if there {
            self.at += token.len();
        }
        there
    }

    pub fn malformed(&self, why: &'static str) -> TemplateError {
        TemplateError::Malformed { at: self.at, why }
    }

    /// Runs a part of the reading one level deeper.
    pub fn deeper<R>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<R, TemplateError>,
    ) -> Result<R, TemplateError> {
        if self.depth >= DEPTH {
            return Err(TemplateError::TooDeep);
        }
        self.depth += 1;
        let read = part(self);
        self.depth -= 1;
        read
    }

    /// The nodes up to the end of the block or of the text.
    pub fn nodes(&mut self) -> Result<(Vec<Node>, End), TemplateError> {
        let (mut nodes, mut text) = (Vec::new(), String::new());
        while let Some(next) = self.peek() {
            let found = match next {
                '\\' => self.escaped(&mut text)?,
                '$' => self.reference()?.map_or(Found::Nothing, |r| Found::Node(Node::Show(r))),
                '#' => self.directive()?,
                _ => Found::Nothing,
            };
            let node = match found {
                Found::Nothing => {
                    text.extend(self.bump());
                    continue;
                }
                Found::Set(node) => {
                    let kept = text.trim_end_matches([' ', '\t']).len();
                    text.truncate(kept);
                    node
                }
                Found::Node(Node::Text(more)) => {
                    text.push_str(&more);
                    continue;
                }
                Found::Node(node) => node,
                Found::End(end) => {
                    flush(&mut nodes, &mut text);
                    return Ok((nodes, end));
                }
            };
            flush(&mut nodes, &mut text);
            nodes.push(node);
        }
        flush(&mut nodes, &mut text);
        Ok((nodes, End::OfText))
    }

    /// A backslash takes the meaning from a reference or a directive that follows.
    fn escaped(&mut self, text: &mut String) -> Result<Found, TemplateError> {
        let start = self.at;
        self.bump();
        let meant = match self.peek() {
            Some('$') => self.reference()?.is_some(),
            Some('#') => self.names_directive(),
            _ => false,
        };
        self.at = start + 1;
        if !meant {
            text.push('\\');
            return Ok(Found::Node(Node::Text(String::new())));
        }
        Ok(Found::Node(Node::Text(self.bump().map(String::from).unwrap_or_default())))
    }
}

fn flush(nodes: &mut Vec<Node>, text: &mut String) {
    if !text.is_empty() {
        nodes.push(Node::Text(std::mem::take(text)));
    }
}

//! Reads directives: `#set`, `#if`, `#foreach` and their like, and comments.

use crate::ast::Node;
use crate::error::TemplateError;
use crate::parse::{End, Found, Parser};

const SERVED: [&str; 8] = ["set", "if", "elseif", "else", "end", "foreach", "break", "stop"];
/// Directives of Velocity that moat does not have. Taking them for text would be wrong in silence.
const REFUSED: [&str; 5] = ["macro", "define", "parse", "include", "evaluate"];

impl Parser<'_> {
    /// Whether a directive's name follows the sign that is next.
    pub fn names_directive(&self) -> bool {
        let rest = self.rest().get(1..).unwrap_or_default();
        let name: String =
            rest.trim_start_matches('{').chars().take_while(char::is_ascii_lowercase).collect();
        SERVED.contains(&name.as_str())
    }

    pub fn directive(&mut self) -> Result<Found, TemplateError> {
        let start = self.at;
        if self.eat("##") {
            self.skip_line();
            return Ok(Found::Node(Node::Text(String::new())));
        }
        if self.eat("#*") {
            let length = self.rest().find("*#").ok_or_else(|| self.malformed("a comment without end"))?;
            self.at += length + 2;
            return Ok(Found::Node(Node::Text(String::new())));
        }
        if self.eat("#[[") {
            let length = self.rest().find("]]#").ok_or_else(|| self.malformed("plain text without end"))?;
            let plain = self.rest().get(..length).unwrap_or_default().to_owned();
            self.at += length + 3;
            return Ok(Found::Node(Node::Text(plain)));
        }
        self.bump();
        let is_braced = self.eat("{");
        let name: String = self.rest().chars().take_while(|c| c.is_ascii_alphabetic()).collect();
        self.at += name.len();
        if is_braced && !self.eat("}") {
            self.at = start;
            return Ok(Found::Nothing);
        }
        let found = self.named(&name, is_braced)?;
        if matches!(found, Found::Nothing) {
            self.at = start;
        }
        Ok(found)
    }

    fn named(&mut self, name: &str, is_braced: bool) -> Result<Found, TemplateError> {
        let opens = self.opens();
        // `#elsewhere` is `#else` and text, as in Velocity; `#ending` is no directive.
        let is_whole = is_braced || !self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        match name {
            "set" if opens => self.set(),
            "if" if opens => self.deeper(Self::branches),
            "foreach" if opens => self.deeper(Self::foreach),
            "elseif" if opens => Ok(Found::End(End::ElseIf)),
            "else" if is_whole => Ok(self.ended(Found::End(End::Else))),
            "end" if is_whole => Ok(self.ended(Found::End(End::Block))),
            "break" if is_whole => Ok(self.ended(Found::Node(Node::Break))),
            "stop" if is_whole => Ok(self.ended(Found::Node(Node::Stop))),
            _ if opens && REFUSED.contains(&name) => Err(TemplateError::Directive(name.to_owned())),
            _ => Ok(Found::Nothing),
        }
    }

    fn opens(&self) -> bool {
        self.rest().trim_start_matches([' ', '\t']).starts_with('(')
    }

    /// White space up to the end of the line belongs to a directive that stands last in it.
    fn ended(&mut self, found: Found) -> Found {
        let rest = self.rest();
        let after = rest.trim_start_matches([' ', '\t']);
        if let Some(after) = after.strip_prefix("\r\n").or_else(|| after.strip_prefix(['\n', '\r'])) {
            self.at = self.text.len() - after.len();
        }
        found
    }

    fn skip_line(&mut self) {
        while let Some(next) = self.bump() {
            if next == '\n' {
                return;
            }
        }
    }

    fn set(&mut self) -> Result<Found, TemplateError> {
        self.open()?;
        self.skip_space();
        let Some(target) = self.reference()? else { return Err(self.malformed("#set sets no reference")) };
        self.skip_space();
        if !self.eat("=") {
            return Err(self.malformed("#set without ="));
        }
        let value = self.expression()?;
        self.close()?;
        Ok(self.ended(Found::Set(Node::Set(target, value))))
    }

    fn branches(&mut self) -> Result<Found, TemplateError> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = if otherwise.is_none() { Some(self.condition()?) } else { None };
            let (body, end) = self.nodes()?;
            match condition {
                Some(condition) => branches.push((condition, body)),
                None => otherwise = Some(body),
            }
            match (end, otherwise.is_some()) {
                (End::Block, _) => return Ok(Found::Node(Node::If(branches, otherwise.unwrap_or_default()))),
                (End::ElseIf, false) => {}
                (End::Else, false) => otherwise = Some(Vec::new()),
                (End::OfText, _) => return Err(self.malformed("#if without #end")),
                _ => return Err(self.malformed("a branch after #else")),
            }
        }
    }

    fn condition(&mut self) -> Result<crate::ast::Expression, TemplateError> {
        self.open()?;
        let condition = self.expression()?;
        self.close()?;
        self.ended(Found::Nothing);
        Ok(condition)
    }

    fn foreach(&mut self) -> Result<Found, TemplateError> {
        self.open()?;
        self.skip_space();
        let Some(variable) = self.reference()? else {
            return Err(self.malformed("#foreach names no reference"));
        };
        self.skip_space();
        if !self.eat("in") {
            return Err(self.malformed("#foreach without in"));
        }
        let over = self.expression()?;
        self.close()?;
        self.ended(Found::Nothing);
        match self.nodes()? {
            (body, End::Block) => Ok(Found::Node(Node::Foreach { variable: variable.name, over, body })),
            _ => Err(self.malformed("#foreach without #end")),
        }
    }

    fn open(&mut self) -> Result<(), TemplateError> {
        self.skip_space();
        if self.eat("(") { Ok(()) } else { Err(self.malformed("( is missing")) }
    }

    fn close(&mut self) -> Result<(), TemplateError> {
        self.skip_space();
        if self.eat(")") { Ok(()) } else { Err(self.malformed(") is missing")) }
    }
}

//! Reads references: `$a`, `$!a`, `${a.b}`, `$a.b("c")[0]`.

use crate::ast::{Reference, Step};
use crate::error::TemplateError;
use crate::parse::Parser;

impl Parser<'_> {
    /// The reference that begins here; nothing is read when it is only a dollar sign.
    pub fn reference(&mut self) -> Result<Option<Reference>, TemplateError> {
        let start = self.at;
        if !self.eat("$") {
            return Ok(None);
        }
        let is_quiet = self.eat("!");
        let is_formal = self.eat("{");
        let Some(name) = self.identifier() else {
            self.at = start;
            return Ok(None);
        };
        let steps = self.deeper(Self::steps)?;
        if is_formal && !self.eat("}") {
            self.at = start;
            return Ok(None);
        }
        let source = self.text.get(start..self.at).unwrap_or_default().to_owned();
        Ok(Some(Reference { name, is_quiet, steps, source }))
    }

    pub fn identifier(&mut self) -> Option<String> {
        let rest = self.rest();
        let first = rest.chars().next().filter(|c| c.is_ascii_alphabetic() || *c == '_')?;
        let more = rest.chars().skip(1).take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let name: String = std::iter::once(first).chain(more).collect();
        self.at += name.len();
        Some(name)
    }

    fn steps(&mut self) -> Result<Vec<Step>, TemplateError> {
        let mut steps = Vec::new();
        loop {
            let before = self.at;
            if self.eat(".") {
                let Some(name) = self.identifier() else {
                    self.at = before;
                    return Ok(steps);
                };
                steps.push(if self.eat("(") {
                    Step::Call(name, self.list(")")?)
                } else {
                    Step::Property(name)
                });
            } else if self.eat("[") {
                // Text such as `$name[see below]` is no index.
                match self.index() {
                    Some(index) => steps.push(index),
                    None => {
                        self.at = before;
                        return Ok(steps);
                    }
                }
            } else {
                return Ok(steps);
            }
        }
    }

    fn index(&mut self) -> Option<Step> {
        let index = self.expression().ok()?;
        self.skip_space();
        self.eat("]").then_some(Step::Index(index))
    }
}

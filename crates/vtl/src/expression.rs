//! Reads expressions: operators from the weakest to the strongest, then literals and references.

use crate::ast::{Expression, Node, Operator};
use crate::error::TemplateError;
use crate::parse::{End, Parser};

/// The operators of each level, longer spellings first.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or), ("or", Operator::Or)],
    &[("&&", Operator::And), ("and", Operator::And)],
    &[("==", Operator::Equal), ("!=", Operator::Unequal), ("eq", Operator::Equal), ("ne", Operator::Unequal)],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("lt", Operator::Less),
        ("le", Operator::LessOrEqual),
        ("gt", Operator::Greater),
        ("ge", Operator::GreaterOrEqual),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)],
];

impl Parser<'_> {
    pub fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    pub fn expression(&mut self) -> Result<Expression, TemplateError> {
        self.deeper(|parser| parser.level(0))
    }

    fn level(&mut self, level: usize) -> Result<Expression, TemplateError> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let first = self.level(level + 1)?;
        let mut more = Vec::new();
        while let Some(operator) = self.operator(operators) {
            more.push((operator, self.level(level + 1)?));
        }
        Ok(if more.is_empty() { first } else { Expression::Chain(Box::new(first), more) })
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        self.skip_space();
        let rest = self.rest();
        let fits = |(spelling, _): &&(&str, Operator)| {
            let Some(after) = rest.strip_prefix(*spelling) else { return false };
            // A word is an operator only when it stands alone.
            let is_word = spelling.starts_with(|c: char| c.is_ascii_alphabetic());
            !is_word || !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        };
        let (spelling, operator) = operators.iter().find(fits)?;
        self.at += spelling.len();
        Some(*operator)
    }

    fn unary(&mut self) -> Result<Expression, TemplateError> {
        self.skip_space();
        let is_not = self.eat("!") || self.word("not");
        if is_not {
            let inner = self.deeper(Self::unary)?;
            return Ok(Expression::Not(Box::new(inner)));
        }
        self.primary()
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let alone = rest
            .strip_prefix(word)
            .is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        if alone {
            self.at += word.len();
        }
        alone
    }

    fn primary(&mut self) -> Result<Expression, TemplateError> {
        for (word, literal) in
            [("true", Expression::Bool(true)), ("false", Expression::Bool(false)), ("null", Expression::Null)]
        {
            if self.word(word) {
                return Ok(literal);
            }
        }
        match self.peek() {
            Some('$') => {
                let found = self.reference()?;
                found.map(Expression::Reference).ok_or_else(|| self.malformed("a reference is missing"))
            }
            Some('(') => {
                self.bump();
                let inner = self.expression()?;
                self.skip_space();
                if self.eat(")") { Ok(inner) } else { Err(self.malformed(") is missing")) }
            }
            Some('[') => self.list_or_range(),
            Some('{') => self.map(),
            Some('"') => self.interpolated(),
            Some('\'') => Ok(Expression::Text(self.quoted('\'')?)),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            _ => Err(self.malformed("an expression is missing")),
        }
    }

    fn number(&mut self) -> Result<Expression, TemplateError> {
        let start = self.at;
        self.eat("-");
        let digits = |parser: &mut Self| {
            let length = parser.rest().bytes().take_while(u8::is_ascii_digit).count();
            parser.at += length;
            length > 0
        };
        let has_digits = digits(self);
        let dot = self.at;
        // `1..3` is a range.
        let is_float = self.eat(".") && digits(self);
        if !is_float {
            self.at = dot;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let number = if is_float {
            text.parse().ok().map(Expression::Float)
        } else {
            text.parse().ok().map(Expression::Int)
        };
        number.filter(|_| has_digits).ok_or_else(|| self.malformed("not a number"))
    }

    /// The text between quotes; a doubled quote stands for one.
    fn quoted(&mut self, quote: char) -> Result<String, TemplateError> {
        self.bump();
        let mut text = String::new();
        while let Some(next) = self.bump() {
            if next != quote {
                text.push(next);
            } else if self.peek() == Some(quote) {
                text.extend(self.bump());
            } else {
                return Ok(text);
            }
        }
        Err(self.malformed("a string without end"))
    }

    fn interpolated(&mut self) -> Result<Expression, TemplateError> {
        let text = self.quoted('"')?;
        if !text.contains(['$', '#']) {
            return Ok(Expression::Text(text));
        }
        let nodes = self.deeper(|parser| {
            let mut inner = Parser { text: &text, at: 0, depth: parser.depth };
            match inner.nodes()? {
                (nodes, End::OfText) => Ok(nodes),
                _ => Err(parser.malformed("an end without a beginning in a string")),
            }
        })?;
        Ok(match nodes.as_slice() {
            [Node::Text(plain)] => Expression::Text(plain.clone()),
            _ => Expression::Interpolated(nodes),
        })
    }

    /// Expressions between commas, up to the closing bracket, which is read too.
    pub fn list(&mut self, closing: &str) -> Result<Vec<Expression>, TemplateError> {
        self.skip_space();
        if self.eat(closing) {
            return Ok(Vec::new());
        }
        let first = self.expression()?;
        self.list_after(first, closing)
    }

    fn list_after(&mut self, first: Expression, closing: &str) -> Result<Vec<Expression>, TemplateError> {
        let mut items = vec![first];
        loop {
            self.skip_space();
            if self.eat(closing) {
                return Ok(items);
            }
            if !self.eat(",") {
                return Err(self.malformed("a comma is missing"));
            }
            items.push(self.expression()?);
        }
    }

    fn list_or_range(&mut self) -> Result<Expression, TemplateError> {
        self.bump();
        self.skip_space();
        if self.eat("]") {
            return Ok(Expression::List(Vec::new()));
        }
        let first = self.expression()?;
        self.skip_space();
        if !self.eat("..") {
            return self.list_after(first, "]").map(Expression::List);
        }
        let last = self.expression()?;
        self.skip_space();
        let range = Expression::Range(Box::new(first), Box::new(last));
        if self.eat("]") { Ok(range) } else { Err(self.malformed("] is missing")) }
    }

    fn map(&mut self) -> Result<Expression, TemplateError> {
        self.bump();
        let mut entries = Vec::new();
        self.skip_space();
        if self.eat("}") {
            return Ok(Expression::Map(entries));
        }
        loop {
            let key = self.expression()?;
            self.skip_space();
            if !self.eat(":") {
                return Err(self.malformed("a colon is missing"));
            }
            entries.push((key, self.expression()?));
            self.skip_space();
            if self.eat("}") {
                return Ok(Expression::Map(entries));
            }
            if !self.eat(",") {
                return Err(self.malformed("a comma is missing"));
            }
        }
    }
}

//! Where each statement stands in a document's text, as the policy simulator tells it.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Statement.html>

use crate::document::Document;

/// Line and column, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// From a statement's opening brace to behind its closing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: Position,
    pub end: Position,
}

impl Document {
    /// The places of the statements, in their order.
    pub fn spans(&self) -> Vec<Span> {
        let mut scan = Scan::new(self.text());
        let spans = scan.spans();
        spans.into_iter().take(self.statements().len()).collect()
    }
}

/// Reads JSON that is known to be sound, character by character.
struct Scan<'t> {
    rest: std::str::Chars<'t>,
    at: Position,
    /// The strings and brackets around the place: what stands open.
    depth: usize,
}

/// The depth of a document's own members.
const MEMBERS: usize = 1;

impl<'t> Scan<'t> {
    fn new(text: &'t str) -> Self {
        Self { rest: text.chars(), at: Position { line: 1, column: 1 }, depth: 0 }
    }

    /// The next character and where it stands.
    fn next(&mut self) -> Option<(char, Position)> {
        let (c, at) = (self.rest.next()?, self.at);
        if c == '\n' {
            self.at = Position { line: at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some((c, at))
    }

    /// The rest of a string whose opening quote was read, with its escapes resolved.
    fn string(&mut self) -> String {
        let mut raw = String::from('"');
        while let Some((c, _)) = self.next() {
            raw.push(c);
            match c {
                '"' => break,
                '\\' => raw.extend(self.next().map(|(escaped, _)| escaped)),
                _ => {}
            }
        }
        serde_json::from_str(&raw).unwrap_or(raw)
    }

    fn spans(&mut self) -> Vec<Span> {
        let (mut spans, mut name, mut inside) = (Vec::new(), String::new(), None);
        let mut start = None;
        while let Some((c, at)) = self.next() {
            match c {
                '"' => {
                    let text = self.string();
                    if self.depth == MEMBERS {
                        name = text;
                    }
                }
                '{' | '[' => {
                    if self.depth == MEMBERS && name == "Statement" {
                        // Of a member that comes twice, the last one counts.
                        spans.clear();
                        // A statement that stands alone is told one column further on, as if in a list.
                        let alone = usize::from(c == '{');
                        inside = Some(MEMBERS + 1 - alone);
                        start = (alone == 1).then_some(Position { column: at.column + 1, ..at });
                    } else if inside == Some(self.depth) && c == '{' {
                        start = Some(at);
                    }
                    self.depth += 1;
                }
                '}' | ']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if inside == Some(self.depth)
                        && let Some(start) = start.take()
                    {
                        spans.push(Span { start, end: self.at });
                    }
                    if self.depth == MEMBERS {
                        inside = None;
                        name.clear();
                    }
                }
                _ => {}
            }
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use crate::Document;

    fn check(text: &str) -> Vec<(usize, usize, usize, usize)> {
        let spans = Document::parse(text).unwrap().spans();
        spans.iter().map(|s| (s.start.line, s.start.column, s.end.line, s.end.column)).collect()
    }

    /// The numbers of AWS's own examples.
    #[test]
    fn places_are_told_as_aws_tells_them() {
        let alone = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}"#;
        assert_eq!(check(alone), [(1, 38, 1, 167)]);
        let list = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "a]}", "Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}]}"#;
        assert_eq!(check(list), [(1, 41, 1, list.len() - 1)]);
        let lines = "{\n  \"Statement\": [\n    {\n      \"Effect\": \"Deny\",\n      \"Action\": \"a:b\"\n    },\n    {\"Effect\": \"Allow\"}\n  ],\n  \"Id\": \"{\"\n}";
        assert_eq!(check(lines), [(3, 5, 6, 6), (7, 5, 7, 24)]);
        let odd = r#"{"Statement":{"Effect":"Deny"},"\u0053tatement":[{"Effect":"Allow"}]}"#;
        assert_eq!(check(odd), [(1, 50, 1, 68)]);
    }
}

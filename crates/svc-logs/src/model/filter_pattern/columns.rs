//! Patterns for space-delimited events: `[ip, user, ..., status = 4* && status != 403, bytes > 1000]`. Brackets
//! and quotes in an event hold a column together.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html>

use super::PatternError;
use super::comparison::{Comparison, Test, number};
use super::scan::Scan;
use std::collections::BTreeMap;

const ELLIPSIS: &str = "...";

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Columns {
    before: Vec<Column>,
    /// Whether any number of further columns may stand between the two.
    others: bool,
    after: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
struct Column {
    name: String,
    /// Groups of which one must hold; of a group, all.
    tests: Vec<Vec<Test>>,
}

impl Columns {
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut scan = Scan::new(text);
        scan.want("[")?;
        let mut columns = Self::default();
        loop {
            if scan.eat(ELLIPSIS) {
                if std::mem::replace(&mut columns.others, true) {
                    return Err(PatternError::Malformed);
                }
            } else {
                let column = Column::scan(&mut scan)?;
                if columns.others { columns.after.push(column) } else { columns.before.push(column) }
            }
            if !scan.eat(",") {
                break;
            }
        }
        scan.want("]")?;
        scan.end()?;
        Ok(columns)
    }

    /// The columns of an event that matches.
    pub fn extract(&self, message: &str) -> Option<BTreeMap<String, String>> {
        let fields = fields(message);
        let others = fields.len().checked_sub(self.before.len() + self.after.len())?;
        if others > 0 && !self.others {
            return None;
        }
        let between = (0..others).map(|_| None);
        let columns = self.before.iter().map(Some).chain(between).chain(self.after.iter().map(Some));
        let mut found = BTreeMap::new();
        for (index, (field, column)) in fields.iter().zip(columns).enumerate() {
            if !column.is_none_or(|column| column.holds(field)) {
                return None;
            }
            let name = column.map(|column| column.name.as_str()).filter(|name| !name.is_empty());
            let name = name.map_or_else(|| format!("${}", index + 1), |name| format!("${name}"));
            found.insert(name, (*field).to_owned());
        }
        Some(found)
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

impl Column {
    fn scan(scan: &mut Scan<'_>) -> Result<Self, PatternError> {
        scan.peek();
        let name = scan.run(is_name).to_owned();
        let mut column = Self { name, tests: Vec::new() };
        let Some(comparison) = Comparison::scan(scan) else { return Ok(column) };
        column.tests.push(vec![value(scan, comparison)?]);
        loop {
            if scan.eat("&&") {
                let test = column.again(scan)?;
                column.tests.last_mut().ok_or(PatternError::Malformed)?.push(test);
            } else if scan.eat("||") {
                let test = column.again(scan)?;
                column.tests.push(vec![test]);
            } else {
                return Ok(column);
            }
        }
    }

    /// A further condition, which names the same column.
    fn again(&self, scan: &mut Scan<'_>) -> Result<Test, PatternError> {
        scan.peek();
        if scan.run(is_name) != self.name {
            return Err(PatternError::Malformed);
        }
        let comparison = Comparison::scan(scan).ok_or(PatternError::Malformed)?;
        value(scan, comparison)
    }

    fn holds(&self, field: &str) -> bool {
        let number = number(field);
        let holds = |tests: &Vec<Test>| tests.iter().all(|test| test.holds(field, number));
        self.tests.is_empty() || self.tests.iter().any(holds)
    }
}

fn value(scan: &mut Scan<'_>, comparison: Comparison) -> Result<Test, PatternError> {
    scan.peek();
    Test::scan(scan, comparison, |c| matches!(c, ',' | ']' | '&' | '|'))
}

/// An event's columns.
fn fields(message: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = message.trim_start();
    while let Some(first) = rest.chars().next() {
        let closing = match first {
            '[' => Some(']'),
            '"' => Some('"'),
            _ => None,
        };
        let inside = closing.and_then(|closing| rest.get(1..)?.split_once(closing));
        let (field, left) = match inside {
            Some(split) => split,
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        found.push(field);
        rest = left.trim_start();
    }
    found
}

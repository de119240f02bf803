//! JSON paths as `$input.json` and `$input.path` take them, and as parameter mappings do:
//! `$.a['b'][0].*`, `$..a`, `$.a[0,1]`, `$.a[1:3]`, `$.a[?(@.b == 'c')]`.
//! <https://github.com/json-path/JsonPath>

use crate::Json;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonPathError {
    #[error("malformed JSON path `{0}`")]
    Malformed(String),
    #[error("the JSON path `{0}` finds too much")]
    TooMuch(String),
}

/// Most values that one step may find.
const FOUND: usize = 100_000;
/// Most steps of a path.
const STEPS: usize = 64;

#[derive(Debug, Clone, PartialEq)]
pub struct JsonPath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Members(Vec<String>),
    Indices(Vec<i64>),
    Slice(Option<i64>, Option<i64>),
    All,
    /// This and everything below it.
    Deep,
    Filter(Filter),
}

/// `@.a.b == literal`; without a comparison the member must be there.
#[derive(Debug, Clone, PartialEq)]
struct Filter {
    members: Vec<String>,
    comparison: Option<(String, Json)>,
}

impl JsonPath {
    /// # Errors
    /// When the path is malformed or too long.
    pub fn parse(text: &str) -> Result<Self, JsonPathError> {
        let malformed = || JsonPathError::Malformed(text.to_owned());
        let trimmed = text.trim();
        // Without `$` a path is taken from the root.
        let rest = trimmed.strip_prefix('$').unwrap_or(trimmed);
        let dotted = if rest.is_empty() || rest.starts_with(['.', '[']) {
            rest.to_owned()
        } else {
            format!(".{rest}")
        };
        let mut steps = Vec::new();
        let mut rest = dotted.as_str();
        while !rest.is_empty() {
            if steps.len() > STEPS {
                return Err(malformed());
            }
            rest = step(rest, &mut steps).ok_or_else(malformed)?;
        }
        Ok(Self { text: text.to_owned(), steps })
    }

    /// Whether it leads to one value at most.
    pub fn is_definite(&self) -> bool {
        let one = |step: &Step| match step {
            Step::Members(names) => names.len() == 1,
            Step::Indices(indices) => indices.len() == 1,
            _ => false,
        };
        self.steps.iter().all(one)
    }

    /// What the path leads to: one value, or a list of those that fit. Nothing when a definite path
    /// ends before its end.
    ///
    /// # Errors
    /// When it finds too much.
    pub fn find(&self, root: &Json) -> Result<Option<Json>, JsonPathError> {
        self.find_counting(root).map(|(found, _)| found)
    }

    /// The same, and how many values were looked at.
    pub fn find_counting(&self, root: &Json) -> Result<(Option<Json>, usize), JsonPathError> {
        let (mut found, mut seen) = (vec![root], 1usize);
        for step in &self.steps {
            let mut next = Vec::new();
            for value in found {
                seen = seen.saturating_add(size(value));
                step.of(value, &mut next);
                if next.len() > FOUND {
                    return Err(JsonPathError::TooMuch(self.text.clone()));
                }
            }
            seen = seen.saturating_add(next.len());
            found = next;
        }
        if self.is_definite() {
            return Ok((found.first().map(|value| (*value).clone()), seen));
        }
        Ok((Some(Json::List(found.into_iter().cloned().collect())), seen))
    }
}

fn size(value: &Json) -> usize {
    match value {
        Json::List(items) => items.len(),
        Json::Object(members) => members.len(),
        _ => 0,
    }
}

/// Reads one step; what is left of the text.
fn step<'t>(text: &'t str, steps: &mut Vec<Step>) -> Option<&'t str> {
    if let Some(rest) = text.strip_prefix("..") {
        steps.push(Step::Deep);
        return if rest.starts_with('[') { Some(rest) } else { member(rest, steps) };
    }
    if let Some(rest) = text.strip_prefix('.') {
        return if rest.starts_with('[') { bracket(rest, steps) } else { member(rest, steps) };
    }
    bracket(text, steps)
}

fn member<'t>(text: &'t str, steps: &mut Vec<Step>) -> Option<&'t str> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    match name {
        "" => return None,
        "*" => steps.push(Step::All),
        _ => steps.push(Step::Members(vec![name.to_owned()])),
    }
    Some(rest)
}

fn bracket<'t>(text: &'t str, steps: &mut Vec<Step>) -> Option<&'t str> {
    let inner = text.strip_prefix('[')?;
    if let Some(rest) = inner.strip_prefix("?(") {
        let (filter, rest) = rest.split_once(")]")?;
        steps.push(Step::Filter(read_filter(filter)?));
        return Some(rest);
    }
    if inner.trim_start().starts_with(['\'', '"']) {
        let (names, rest) = names(inner)?;
        steps.push(Step::Members(names));
        return Some(rest);
    }
    let (inside, rest) = inner.split_once(']')?;
    steps.push(numbers(inside.trim())?);
    Some(rest)
}

/// `'a','b']`
fn names(text: &str) -> Option<(Vec<String>, &str)> {
    let (mut names, mut rest) = (Vec::new(), text.trim_start());
    loop {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (name, after) = rest.get(1..)?.split_once(quote)?;
        names.push(name.to_owned());
        let after = after.trim_start();
        if let Some(after) = after.strip_prefix(']') {
            return Some((names, after));
        }
        rest = after.strip_prefix(',')?.trim_start();
    }
}

fn numbers(text: &str) -> Option<Step> {
    if text == "*" {
        return Some(Step::All);
    }
    if let Some((from, to)) = text.split_once(':') {
        let bound = |text: &str| match text.trim() {
            "" => Some(None),
            number => number.parse().ok().map(Some),
        };
        return Some(Step::Slice(bound(from)?, bound(to)?));
    }
    let all: Option<Vec<i64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    all.map(Step::Indices)
}

fn read_filter(text: &str) -> Option<Filter> {
    const OPERATORS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];
    let found =
        OPERATORS.iter().filter_map(|o| Some((text.find(o)?, *o))).min_by_key(|(at, o)| (*at, 9 - o.len()));
    let (left, comparison) = match found {
        None => (text, None),
        Some((at, operator)) => {
            let literal = text.get(at + operator.len()..)?.trim();
            let quoted = literal.strip_prefix('\'').and_then(|l| l.strip_suffix('\''));
            let literal = match quoted {
                Some(quoted) => Json::Text(quoted.to_owned()),
                None => Json::parse(literal).ok()?,
            };
            (text.get(..at)?, Some((operator.to_owned(), literal)))
        }
    };
    let mut steps = Vec::new();
    let mut rest = left.trim().strip_prefix('@')?;
    while !rest.is_empty() {
        rest = step(rest, &mut steps)?;
    }
    let members: Option<Vec<String>> = steps
        .into_iter()
        .map(|step| match step {
            Step::Members(mut names) if names.len() == 1 => names.pop(),
            _ => None,
        })
        .collect();
    Some(Filter { members: members?, comparison })
}

impl Step {
    fn of<'j>(&self, value: &'j Json, found: &mut Vec<&'j Json>) {
        match self {
            Self::Members(names) => found.extend(names.iter().filter_map(|name| value.get(name))),
            Self::Indices(indices) => {
                let Json::List(items) = value else { return };
                found.extend(indices.iter().filter_map(|index| items.get(place(*index, items.len())?)));
            }
            Self::Slice(from, to) => {
                let Json::List(items) = value else { return };
                let bound = |bound: &Option<i64>, default| bound.map_or(default, |b| clamped(b, items.len()));
                let (from, to) = (bound(from, 0), bound(to, items.len()));
                found.extend(items.get(from..to.max(from)).unwrap_or_default());
            }
            Self::All => found.extend(children(value)),
            Self::Deep => deep(value, found),
            Self::Filter(filter) => {
                // A filter looks at the items of a list, and at an object itself.
                match value {
                    Json::List(items) => found.extend(items.iter().filter(|item| filter.holds(item))),
                    object if filter.holds(object) => found.push(object),
                    _ => {}
                }
            }
        }
    }
}

fn children(value: &Json) -> Vec<&Json> {
    match value {
        Json::List(items) => items.iter().collect(),
        Json::Object(members) => members.iter().map(|(_, value)| value).collect(),
        _ => Vec::new(),
    }
}

/// The value and all below it; JSON is at most 128 levels deep.
fn deep<'j>(value: &'j Json, found: &mut Vec<&'j Json>) {
    if found.len() > FOUND {
        return;
    }
    found.push(value);
    children(value).into_iter().for_each(|child| deep(child, found));
}

fn place(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if index < 0 { length + index } else { index }).ok()
}

fn clamped(index: i64, length: usize) -> usize {
    place(index, length).unwrap_or(0).min(length)
}

impl Filter {
    fn holds(&self, value: &Json) -> bool {
        let path: Vec<&str> = self.members.iter().map(String::as_str).collect();
        let Some(found) = value.at(&path) else { return false };
        let Some((operator, literal)) = &self.comparison else { return true };
        let order = match (found, literal) {
            (Json::Text(a), Json::Text(b)) => Some(a.cmp(b)),
            _ => number(found).zip(number(literal)).and_then(|(a, b)| a.partial_cmp(&b)),
        };
        let is_equal = found == literal || order.is_some_and(std::cmp::Ordering::is_eq);
        match operator.as_str() {
            "==" => is_equal,
            "!=" => !is_equal,
            "<" => order.is_some_and(std::cmp::Ordering::is_lt),
            "<=" => order.is_some_and(std::cmp::Ordering::is_le),
            ">" => order.is_some_and(std::cmp::Ordering::is_gt),
            _ => order.is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a comparison of numbers beyond 2^53 is as exact as JSON's are"
)]
fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Int(int) => Some(*int as f64),
        Json::Float(float) => Some(*float),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PETS: &str =
        r#"{"pets":[{"id":1,"kind":"cat","tags":["a","b"]},{"id":2,"kind":"dog"}],"x y":{"id":3},"n":null}"#;

    fn check(path: &str, expected: &str) {
        let root = Json::parse(PETS).unwrap();
        let found = JsonPath::parse(path).and_then(|path| path.find(&root));
        let shown = match found {
            Ok(Some(value)) => value.to_string(),
            Ok(None) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{path}");
    }

    #[test]
    fn paths_find_what_they_name() {
        check("$.pets[0].kind", "\"cat\"");
        check("pets[1].id", "2");
        check("$['x y']['id']", "3");
        check("$.pets[-1].id", "2");
        check("$.pets[*].id", "[1,2]");
        check("$..id", "[1,2,3]");
        check("$.pets..tags[0]", "[\"a\"]");
        check("$.pets[0].tags[0:1]", "[\"a\"]");
        check("$.pets[0,1].kind", "[\"cat\",\"dog\"]");
        check("$.pets[?(@.kind == 'dog')].id", "[2]");
        check("$.pets[?(@.id<2)].kind", "[\"cat\"]");
        check("$.pets[?(@.tags)].id", "[1]");
        check("$.n", "null");
        check("$.missing.more", "nothing");
        check("$.missing[*]", "[]");
    }

    #[test]
    fn malformed_paths_are_refused() {
        for path in ["$.", "$[", "$['a", "$[a]", "$.a[?(@.b ==)]", "$..", "$.a[1:x]"] {
            check(path, &format!("malformed JSON path `{path}`"));
        }
        assert!(JsonPath::parse("$[0]").is_ok());
        assert!(JsonPath::parse(&format!("${}", "[0]".repeat(1000))).is_err());
    }
}

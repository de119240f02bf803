//! Whether an ARN of a policy can be one of a resource type: both have parts that stand for
//! anything.

const PARTS: usize = 6;
/// A part of an ARN that is longer is taken to fit: nobody writes it, and comparing it would take long.
const LONGEST: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Byte(u8),
    /// `?`
    One,
    /// `*`, `${FunctionName}`, `${aws:username}`
    Many,
}

/// Whether some ARN is both of the form and of the pattern. A wildcard of a pattern stays inside
/// its part, as in [`policy`]; parts that are missing at its end are `*`.
pub(crate) fn meet(form: &str, pattern: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (form, mut pattern) = (parts(form), parts(pattern));
    pattern.resize(PARTS, "*");
    form.iter().zip(&pattern).rev().all(|(form, pattern)| part_meets(form, pattern))
}

/// Splits at the first five colons that are not inside a variable.
fn parts(arn: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::with_capacity(PARTS), arn);
    while parts.len() < PARTS - 1 {
        let Some(colon) = colon(rest) else { break };
        let (part, after) = rest.split_at(colon);
        parts.push(part);
        rest = after.get(1..).unwrap_or_default();
    }
    parts.push(rest);
    parts
}

fn colon(text: &str) -> Option<usize> {
    let mut inside = false;
    text.bytes().position(|byte| {
        match byte {
            b'{' => inside = true,
            b'}' => inside = false,
            _ => {}
        }
        byte == b':' && !inside
    })
}

fn part_meets(form: &str, pattern: &str) -> bool {
    if form == pattern || pattern == "*" || is_variable(form) || pattern.len() > LONGEST {
        return true;
    }
    let (form, pattern) = (tokens(form), tokens(pattern));
    // `reach[j]`: whether what is read of the form meets the first j tokens of the pattern.
    let mut reach = vec![false; pattern.len() + 1];
    start(&mut reach, &pattern);
    for of_form in &form {
        reach = advance(&reach, *of_form, &pattern);
    }
    reach.last().copied().unwrap_or(false)
}

fn is_variable(form: &str) -> bool {
    form.starts_with("${") && form.find('}') == Some(form.len() - 1)
}

/// Nothing read of the form: only wildcards can stand for nothing.
fn start(reach: &mut [bool], pattern: &[Token]) {
    let leading = pattern.iter().take_while(|token| **token == Token::Many).count();
    reach.iter_mut().take(leading + 1).for_each(|at| *at = true);
}

fn advance(before: &[bool], of_form: Token, pattern: &[Token]) -> Vec<bool> {
    let at = |list: &[bool], j: usize| list.get(j).copied().unwrap_or(false);
    let mut now = vec![false; before.len()];
    if let Some(first) = now.first_mut() {
        *first = of_form == Token::Many && at(before, 0);
    }
    for (j, token) in pattern.iter().enumerate() {
        let both = match (of_form, token) {
            (Token::Many, _) => at(before, j + 1) || at(&now, j) || at(before, j),
            (_, Token::Many) => at(&now, j) || at(before, j + 1) || at(before, j),
            (Token::Byte(a), Token::Byte(b)) => a == *b && at(before, j),
            (Token::One, _) | (_, Token::One) => at(before, j),
        };
        if let Some(slot) = now.get_mut(j + 1) {
            *slot = both;
        }
    }
    now
}

fn tokens(text: &str) -> Vec<Token> {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let variable = rest.starts_with(b"${").then(|| rest.iter().position(|b| *b == b'}')).flatten();
        let (token, left) = match (first, variable) {
            (_, Some(end)) => (Token::Many, rest.get(end + 1..).unwrap_or_default()),
            (b'*', _) => (Token::Many, after),
            (b'?', _) => (Token::One, after),
            (byte, _) => (Token::Byte(*byte), after),
        };
        out.push(token);
        rest = left;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTION: &str = "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}";
    const ROLE: &str = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}";

    #[test]
    fn a_pattern_meets_a_form_when_one_arn_is_both() {
        for (form, pattern, meets) in [
            (FUNCTION, "arn:aws:lambda:us-east-1:000000000000:function:f", true),
            (FUNCTION, "arn:aws:lambda:us-east-1:000000000000:function:f:1", true),
            (FUNCTION, "arn:aws:lambda:*:*:function:*", true),
            (FUNCTION, "arn:aws:lambda:*:*:*", true),
            (FUNCTION, "arn:aws:lambda:*:*:f*n:x", true),
            (FUNCTION, "arn:aws:lambda:*:*:funct???:x", true),
            (FUNCTION, "arn:aws:lambda:*:*:layer:*", false),
            (FUNCTION, "arn:aws:l*", true),
            (FUNCTION, "arn:aws:s3:::b", false),
            (FUNCTION, "*", true),
            (ROLE, "arn:aws:iam::000000000000:role/a/b", true),
            (ROLE, "arn:aws:iam::000000000000:role/${aws:username}", true),
            (ROLE, "arn:aws:iam:us-east-1:000000000000:role/a", false),
            (ROLE, "arn:aws:iam::000000000000:user/*", false),
            ("arn:${Partition}:s3:::${BucketName}/${KeyName}", "arn:aws:s3:::bucket", false),
            ("arn:${Partition}:s3:::${BucketName}/${KeyName}", "arn:aws:s3:::bucket/*", true),
            ("arn:${Partition}:s3:::${BucketName}/${KeyName}", "arn:aws:s3:::bucket*", true),
        ] {
            assert_eq!(meet(form, pattern), meets, "{form} and {pattern}");
        }
    }
}

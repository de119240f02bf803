//! The name that somebody probably meant.

/// Longer texts than any name of AWS are compared with nothing.
const LONGEST: usize = 128;

/// The nearest of the names, when it is near enough to be a slip.
pub(crate) fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if written.len() > LONGEST {
        return None;
    }
    let written = written.to_ascii_lowercase();
    let far = (written.len() / 4).clamp(1, 4);
    let near = names.into_iter().map(|name| (distance(&written, &name.to_ascii_lowercase(), far), name));
    let best = near.min_by_key(|(distance, _)| *distance)?;
    (best.0 <= far).then_some(best.1)
}

/// How many letters have to be changed, added or left out; anything past `far` is `far + 1`.
fn distance(a: &str, b: &str, far: usize) -> usize {
    if a.len().abs_diff(b.len()) > far {
        return far + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut above_left = i;
        let mut left = i + 1;
        for (slot, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let here = (above_left + usize::from(x != y)).min(*slot + 1).min(left + 1);
            above_left = std::mem::replace(slot, here);
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(far + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_another_word_is_not() {
        let names = ["GetSecretValue", "PutSecretValue", "DescribeSecret", "ListSecrets"];
        for (written, meant) in [
            ("GetSecretValues", Some("GetSecretValue")),
            ("getsecretvalue", Some("GetSecretValue")),
            ("ListSecret", Some("ListSecrets")),
            ("PutSecretsValue", Some("PutSecretValue")),
            ("ReadSecretValue", Some("GetSecretValue")),
            ("Delete", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
    }
}

//! `*` for any characters, `?` for one.

/// Whether the whole text is like the pattern. Costs at most the product of the lengths.
pub(crate) fn matches(pattern: &str, text: &str, ignore_case: bool) -> bool {
    let fold = |text: &str| -> Vec<char> {
        if ignore_case { text.chars().flat_map(char::to_lowercase).collect() } else { text.chars().collect() }
    };
    let (pattern, text) = (fold(pattern), fold(text));
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last star does not fit here.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some('?') => (p, t) = (p + 1, t + 1),
            Some(wanted) if Some(wanted) == text.get(t) => (p, t) = (p + 1, t + 1),
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    (p, t) = (star + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_text_and_question_marks_for_one_character() {
        for (pattern, text, wanted) in [
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "example.com", false),
            ("/img/*/pics", "/img/a/b/pics", true),
            ("/a?c", "/abc", true),
            ("/a?c", "/ac", false),
            ("*", "", true),
            ("", "x", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
        ] {
            assert_eq!(matches(pattern, text, false), wanted, "{pattern} {text}");
        }
        assert!(matches("A*", "abc", true) && !matches("A*", "abc", false));
    }

    #[test]
    fn many_stars_cost_no_more_than_the_product() {
        let pattern = "*a".repeat(60);
        assert!(!matches(&pattern, &"a".repeat(50), false));
        assert!(!matches(&format!("{pattern}b"), &"a".repeat(4000), false));
    }
}

//! How the model's names are written in Rust.

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match",
    "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "try",
    "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Names that generated code uses in their usual meaning.
const TAKEN: &[&str] =
    &["BTreeMap", "Box", "Document", "Option", "Result", "Self", "String", "Timestamp", "Vec"];

/// A field's name: `DBInstanceIdentifier` becomes `db_instance_identifier`.
pub fn field(member: &str) -> String {
    let name = snake_case(member);
    if KEYWORDS.contains(&name.as_str()) { format!("r#{name}") } else { name }
}

/// The name of an operation's file and module.
pub fn file(operation: &str) -> String {
    snake_case(operation)
}

/// A type's name: the shape's, with a capital, out of the way of the usual names.
pub fn type_name(shape: &str) -> String {
    let mut chars = shape.chars().filter(|c| c.is_ascii_alphanumeric());
    let name: String = chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect();
    if TAKEN.contains(&name.as_str()) { format!("{name}Shape") } else { name }
}

fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.replace("IPv", "Ipv").chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        if begins_word(&chars, i) && !out.ends_with('_') {
            out.push('_');
        }
        out.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    }
    out
}

fn begins_word(chars: &[char], i: usize) -> bool {
    let at = |j: usize| chars.get(j).copied().unwrap_or(' ');
    if i == 0 || !at(i).is_ascii_uppercase() {
        return false;
    }
    // The plural of an abbreviation is part of it: `ARNs` is one word.
    let plural = at(i + 1) == 's' && !at(i + 2).is_ascii_lowercase();
    !at(i - 1).is_ascii_uppercase() || (at(i + 1).is_ascii_lowercase() && !plural)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_become_snake_case() {
        for (member, want) in [
            ("VpcId", "vpc_id"),
            ("VPCId", "vpc_id"),
            ("DBInstanceIdentifier", "db_instance_identifier"),
            ("IPv6", "ipv6"),
            ("Ipv6CidrBlock", "ipv6_cidr_block"),
            ("CACertificateIdentifier", "ca_certificate_identifier"),
            ("S3Bucket", "s3_bucket"),
            ("KmsKeyARNs", "kms_key_arns"),
            ("ARNsToAdd", "arns_to_add"),
            ("logGroupName", "log_group_name"),
            ("Type", "r#type"),
            ("aws:tag-key", "aws_tag_key"),
        ] {
            assert_eq!(field(member), want, "{member}");
        }
    }

    #[test]
    fn types_stay_out_of_the_way_of_the_usual_names() {
        assert_eq!(type_name("accountAlias"), "AccountAlias");
        assert_eq!(type_name("Option"), "OptionShape");
    }
}

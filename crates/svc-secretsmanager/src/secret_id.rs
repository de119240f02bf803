//! The three ways to name a secret: its name, its ARN, its ARN without the random end.
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen>

use base::{Arn, Scope};
use service::ServiceError;

/// How many random characters end an ARN.
pub(crate) const SUFFIX: usize = 6;

/// What those characters are drawn from.
pub(crate) const SUFFIX_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A name that may be meant, and the random end that its ARN then must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) scope: Scope,
    pub(crate) name: String,
    pub(crate) suffix: Option<String>,
}

/// The secrets that `id` may mean, likeliest first; none when it can name nothing here.
pub(crate) fn candidates(here: &Scope, id: &str) -> Vec<Candidate> {
    if !id.starts_with("arn:") {
        return vec![Candidate { scope: here.clone(), name: id.to_owned(), suffix: None }];
    }
    let Some((scope, resource)) = parse_arn(id).filter(|(scope, _)| scope.region == here.region) else {
        return Vec::new();
    };
    let whole = resource.len().checked_sub(SUFFIX + 1).and_then(|at| resource.split_at_checked(at)).and_then(
        |(name, end)| {
            let suffix = end.strip_prefix('-')?;
            (!name.is_empty()).then(|| Candidate {
                scope: scope.clone(),
                name: name.to_owned(),
                suffix: Some(suffix.to_owned()),
            })
        },
    );
    whole.into_iter().chain([Candidate { scope: scope.clone(), name: resource, suffix: None }]).collect()
}

fn parse_arn(id: &str) -> Option<(Scope, String)> {
    let arn: Arn = id.parse().ok()?;
    let name = arn.resource.strip_prefix("secret:").filter(|_| arn.service == "secretsmanager")?;
    Some((Scope { account: arn.account_id()?, region: arn.region()? }, name.to_owned()))
}

/// The ARN to ask the policies about when `id` names no secret that exists: a secret that is
/// about to get this name would match the same patterns.
pub(crate) fn presumed_arn(here: &Scope, id: &str) -> String {
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    Arn::regional("secretsmanager", here, format!("secret:{id}-{}", "?".repeat(SUFFIX))).to_string()
}

/// All secrets.
pub(crate) fn any_arn(here: &Scope) -> String {
    Arn::regional("secretsmanager", here, "secret:*".to_owned()).to_string()
}

/// The characters of a name. Names with `!` belong to secrets that other services manage.
///
/// # Errors
/// AWS's `ValidationException`.
pub(crate) fn check_name(name: &str) -> Result<(), ServiceError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c);
    if !name.is_empty() && name.chars().all(allowed) {
        return Ok(());
    }
    Err(ServiceError::client(
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, expected: &[(&str, Option<&str>)]) {
        let found = candidates(&Scope::default(), id);
        let found: Vec<_> = found.iter().map(|c| (c.name.as_str(), c.suffix.as_deref())).collect();
        assert_eq!(found, expected, "{id}");
    }

    #[test]
    fn a_secret_has_a_name_an_arn_and_an_arn_without_its_end() {
        let arn = |rest: &str| format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{rest}");
        check("app/db", &[("app/db", None)]);
        check(&arn("app/db-AbC123"), &[("app/db", Some("AbC123")), ("app/db-AbC123", None)]);
        check(&arn("app/db"), &[("app/db", None)]);
        check(&arn("a-secret"), &[("a", Some("secret")), ("a-secret", None)]);
        check(&arn("éabcdef"), &[("éabcdef", None)]);
    }

    #[test]
    fn other_arns_name_nothing() {
        for id in [
            "arn:aws:secretsmanager:eu-west-1:000000000000:secret:a-AbC123",
            "arn:aws:iam::000000000000:role/a",
            "arn:aws:secretsmanager:us-east-1:000000000000:other:a",
            "arn:",
        ] {
            check(id, &[]);
        }
    }

    #[test]
    fn names_have_their_characters() {
        for name in ["a", "prod/app-1_x+y=z.@", "rds!db-1"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "a b", "a:b", "ä", "a?", "a*"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}

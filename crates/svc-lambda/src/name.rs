//! The ways to name a function: name, partial ARN, ARN, each with or without a qualifier.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax>

use crate::{error, quota};
use base::{Arn, Scope};
use service::ServiceError;

pub const LATEST: &str = "$LATEST";

/// A function that a request names, whether it exists or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub scope: Scope,
    pub name: String,
    pub qualifier: Option<String>,
}

/// What a qualifier names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    Latest,
    Version(&'a str),
    Alias(&'a str),
}

impl Named {
    /// Reads the name as the request's region and account see it.
    pub fn parse(caller: &Scope, text: &str, qualifier: Option<&str>) -> Result<Self, ServiceError> {
        let (scope, rest) = scope_of(caller, text)?;
        let (name, own) = match rest.split_once(':') {
            Some((name, own)) => (name, Some(own)),
            None => (rest, None),
        };
        if name.len() > quota::FUNCTION_NAME_LENGTH {
            let demand =
                format!("Member must have length less than or equal to {}", quota::FUNCTION_NAME_LENGTH);
            return Err(error::invalid_parameter(error::constraint(name, "functionName", &demand).message));
        }
        if let (Some(own), Some(asked)) = (own, qualifier)
            && own != asked
        {
            return Err(error::invalid_parameter(
                "The derived qualifier from the function name does not match the specified qualifier.",
            ));
        }
        let qualifier = qualifier.or(own).map(str::to_owned);
        Ok(Self { scope, name: name.to_owned(), qualifier })
    }

    /// The unqualified ARN.
    pub fn arn(&self) -> Arn {
        Arn::regional("lambda", &self.scope, format!("function:{}", self.name))
    }

    /// The ARN with the qualifier that the request gave, if any.
    pub fn qualified_arn(&self) -> Arn {
        match &self.qualifier {
            Some(q) => Arn::regional("lambda", &self.scope, format!("function:{}:{q}", self.name)),
            None => self.arn(),
        }
    }

    /// The stored key of the function as a whole.
    pub fn key(&self) -> String {
        self.scope.key(&self.name)
    }

    /// What begins the keys of everything that belongs to the function.
    pub fn prefix(&self) -> String {
        self.scope.key(&format!("{}:", self.name))
    }

    /// What the qualifier names, by its form.
    pub fn target(&self) -> Target<'_> {
        match self.qualifier.as_deref() {
            None | Some(LATEST) => Target::Latest,
            Some(q) if q.bytes().all(|b| b.is_ascii_digit()) => Target::Version(q),
            Some(q) => Target::Alias(q),
        }
    }

    pub fn is_latest(&self) -> bool {
        self.target() == Target::Latest
    }

    /// The function as a whole.
    pub fn unqualified(&self) -> Self {
        Self { qualifier: None, ..self.clone() }
    }

    /// The same function with another qualifier.
    pub fn qualified(&self, qualifier: &str) -> Self {
        Self { qualifier: Some(qualifier.to_owned()), ..self.clone() }
    }
}

fn scope_of<'a>(caller: &Scope, text: &'a str) -> Result<(Scope, &'a str), ServiceError> {
    if let Some(rest) = text.strip_prefix("arn:") {
        let mut parts = rest.splitn(6, ':');
        let (_partition, _service) = (parts.next(), parts.next());
        let (region, account) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let name = parts.nth(1).unwrap_or("");
        if region != caller.region.as_str() {
            return Err(error::not_found(format!(
                "Functions from '{region}' are not reachable in this region ('{}')",
                caller.region
            )));
        }
        return Ok((in_account(caller, account), name));
    }
    if let Some(rest) = text.strip_prefix("function:") {
        return Ok((caller.clone(), rest));
    }
    match text.split_once(":function:") {
        Some((account, rest)) => Ok((in_account(caller, account), rest)),
        None => Ok((caller.clone(), text)),
    }
}

/// The pattern of the model has checked the account's form.
fn in_account(caller: &Scope, account: &str) -> Scope {
    let account = account.parse().unwrap_or_else(|_| caller.account.clone());
    Scope { account, region: caller.region.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, qualifier: Option<&str>, expected: Expect) {
        let got = match Named::parse(&Scope::default(), text, qualifier) {
            Ok(named) => format!("{} {:?}", named.arn(), named.qualifier),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&got);
    }

    #[test]
    fn every_form_names_the_function() {
        for text in
            ["f", "function:f", "000000000000:function:f", "arn:aws:lambda:us-east-1:000000000000:function:f"]
        {
            check(text, None, expect!["arn:aws:lambda:us-east-1:000000000000:function:f None"]);
        }
        check(
            "f:$LATEST",
            None,
            expect![[r#"arn:aws:lambda:us-east-1:000000000000:function:f Some("$LATEST")"#]],
        );
        check(
            "arn:aws:lambda:us-east-1:111111111111:function:f:3",
            Some("3"),
            expect![[r#"arn:aws:lambda:us-east-1:111111111111:function:f Some("3")"#]],
        );
    }

    #[test]
    fn what_names_no_function_here_is_refused() {
        check(
            "arn:aws:lambda:eu-west-1:000000000000:function:f",
            None,
            expect![
                "ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
            ],
        );
        check(
            "f:1",
            Some("2"),
            expect![
                "InvalidParameterValueException: The derived qualifier from the function name does not match the specified qualifier."
            ],
        );
        check(
            &"a".repeat(65),
            None,
            expect![
                "InvalidParameterValueException: 1 validation error detected: Value 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64"
            ],
        );
    }
}

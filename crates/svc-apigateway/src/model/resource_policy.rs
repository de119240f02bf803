//! An API's resource policy, as it is given and as it is kept.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html>

use base::{PARTITION, Scope};
use serde_json::Value;

/// The policy with its short resources (`execute-api:/stage/GET/path`) made full ARNs of the API.
///
/// # Errors
/// When it is not JSON.
pub fn expanded(text: &str, scope: &Scope, api: &str) -> Result<String, serde_json::Error> {
    let mut policy: Value = serde_json::from_str(text)?;
    let statements = policy.get_mut("Statement");
    match statements {
        Some(Value::Array(list)) => list.iter_mut().for_each(|statement| expand(statement, scope, api)),
        Some(one) => expand(one, scope, api),
        None => {}
    }
    serde_json::to_string(&policy)
}

fn expand(statement: &mut Value, scope: &Scope, api: &str) {
    for element in ["Resource", "NotResource"] {
        match statement.get_mut(element) {
            Some(Value::Array(list)) => list.iter_mut().for_each(|resource| full(resource, scope, api)),
            Some(one) => full(one, scope, api),
            None => {}
        }
    }
}

fn full(resource: &mut Value, scope: &Scope, api: &str) {
    if let Some(path) = resource.as_str().and_then(|text| text.strip_prefix("execute-api:/")) {
        *resource = Value::String(arn(scope, api, path));
    }
}

/// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/VERB/PATH`.
pub fn arn(scope: &Scope, api: &str, rest: &str) -> String {
    let Scope { account, region } = scope;
    let parts = ["arn", PARTITION, "execute-api", region.as_str(), account.as_str(), api];
    [&parts.join(":"), "/", rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_resources_become_arns() {
        let scope = Scope { account: "000000000000".parse().unwrap(), region: "us-east-1".parse().unwrap() };
        let text = r#"{"Statement":[{"Effect":"Allow","Resource":["execute-api:/*","arn:aws:execute-api:*:*:x/*"]}]}"#;
        expect_test::expect![[r#"{"Statement":[{"Effect":"Allow","Resource":["arn:aws:execute-api:us-east-1:000000000000:a1/*","arn:aws:execute-api:*:*:x/*"]}]}"#]]
            .assert_eq(&expanded(text, &scope, "a1").unwrap());
    }
}

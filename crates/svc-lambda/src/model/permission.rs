//! One statement of a function's resource policy, as AddPermission builds it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    pub statement_id: String,
    /// The statement in JSON, with its members in AWS's order.
    pub statement: String,
}

/// What a statement is made from.
#[derive(Debug, Default)]
pub struct Grant<'a> {
    pub statement_id: &'a str,
    pub action: &'a str,
    pub principal: &'a str,
    pub resource: String,
    pub source_arn: Option<&'a str>,
    pub source_account: Option<&'a str>,
    pub principal_org_id: Option<&'a str>,
    pub event_source_token: Option<&'a str>,
    pub function_url_auth_type: Option<&'a str>,
    pub invoked_via_function_url: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    sid: &'a str,
    effect: &'static str,
    principal: Value,
    action: &'a str,
    resource: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    condition: Map<String, Value>,
}

impl Permission {
    pub fn new(grant: &Grant<'_>) -> Result<Self, serde_json::Error> {
        let statement = serde_json::to_string(&Statement {
            sid: grant.statement_id,
            effect: "Allow",
            principal: principal(grant.principal),
            action: grant.action,
            resource: &grant.resource,
            condition: condition(grant),
        })?;
        Ok(Self { statement_id: grant.statement_id.to_owned(), statement })
    }

    pub fn document(permissions: &[Self]) -> String {
        let statements: Vec<&str> = permissions.iter().map(|p| p.statement.as_str()).collect();
        format!(r#"{{"Version":"2012-10-17","Id":"default","Statement":[{}]}}"#, statements.join(","))
    }
}

fn principal(text: &str) -> Value {
    if text == "*" {
        json!("*")
    } else if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        json!({ "AWS": format!("arn:aws:iam::{text}:root") })
    } else if text.starts_with("arn:") {
        json!({ "AWS": text })
    } else {
        json!({ "Service": text })
    }
}

fn condition(grant: &Grant<'_>) -> Map<String, Value> {
    let mut equals = Map::new();
    let pairs = [
        ("AWS:SourceAccount", grant.source_account),
        ("aws:PrincipalOrgID", grant.principal_org_id),
        ("lambda:EventSourceToken", grant.event_source_token),
        ("lambda:FunctionUrlAuthType", grant.function_url_auth_type),
    ];
    for (key, value) in pairs {
        if let Some(value) = value {
            equals.insert(key.to_owned(), json!(value));
        }
    }
    let mut condition = Map::new();
    if !equals.is_empty() {
        condition.insert("StringEquals".to_owned(), Value::Object(equals));
    }
    if let Some(arn) = grant.source_arn {
        condition.insert("ArnLike".to_owned(), json!({ "AWS:SourceArn": arn }));
    }
    if let Some(via) = grant.invoked_via_function_url {
        condition.insert("Bool".to_owned(), json!({ "lambda:InvokedViaFunctionUrl": via.to_string() }));
    }
    condition
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_statement_reads_as_aws_writes_it() {
        let grant = Grant {
            statement_id: "s1",
            action: "lambda:InvokeFunction",
            principal: "events.amazonaws.com",
            resource: "arn:aws:lambda:us-east-1:000000000000:function:f".to_owned(),
            source_arn: Some("arn:aws:events:us-east-1:000000000000:rule/r"),
            source_account: Some("000000000000"),
            ..Grant::default()
        };
        let permission = Permission::new(&grant).unwrap();
        expect![[r#"{"Sid":"s1","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:events:us-east-1:000000000000:rule/r"},"StringEquals":{"AWS:SourceAccount":"000000000000"}}}"#]]
            .assert_eq(&permission.statement);
        let document = Permission::document(&[permission]);
        assert!(policy::Document::parse(&document).is_ok(), "{document}");
    }

    #[test]
    fn every_kind_of_principal_has_its_form() {
        for (given, form) in [
            ("*", r#""*""#),
            ("111111111111", r#"{"AWS":"arn:aws:iam::111111111111:root"}"#),
            ("arn:aws:iam::111111111111:role/r", r#"{"AWS":"arn:aws:iam::111111111111:role/r"}"#),
            ("s3.amazonaws.com", r#"{"Service":"s3.amazonaws.com"}"#),
        ] {
            assert_eq!(principal(given).to_string(), form);
        }
    }
}

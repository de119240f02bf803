//! What an integration's or authorizer's URI names: a function, as itself or as
//! `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION-ARN/invocations`.

use crate::state::Texts;

const PATH: &str = "path/2015-03-31/functions/";

/// The function's ARN that the URI names.
pub fn function(uri: &str) -> Option<&str> {
    let mut parts = uri.splitn(6, ':');
    let (arn, _partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (_region, subservice, rest) = (parts.next()?, parts.next()?, parts.next()?);
    match (arn, service) {
        ("arn", "lambda") => rest.starts_with("function:").then_some(uri),
        ("arn", "apigateway") if subservice == "lambda" => {
            let named = rest.strip_prefix(PATH)?.strip_suffix("/invocations")?;
            (!named.is_empty()).then_some(named)
        }
        _ => None,
    }
}

/// Puts a stage's variables in the place of `${stageVariables.NAME}`; one that the stage lacks is empty.
pub fn with_stage_variables(text: &str, variables: &Texts) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once("${stageVariables.") {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push_str(variables.get(name).map_or("", String::as_str));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_is_found() {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f:${stageVariables.alias}";
        assert_eq!(function(arn), Some(arn));
        let uri = format!("arn:aws:apigateway:us-east-1:lambda:{PATH}{arn}/invocations");
        assert_eq!(function(&uri), Some(arn));
        for other in
            ["http://x", "arn:aws:lambda:us-east-1:000000000000:layer:f", "arn:aws:sqs:us-east-1:0:q", ""]
        {
            assert_eq!(function(other), None, "{other}");
        }
        let variables = [("alias".to_owned(), "live".to_owned())].into();
        assert!(with_stage_variables(arn, &variables).ends_with(":f:live"));
    }
}

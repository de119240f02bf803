//! The URI of an integration with a function:
//! `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION-ARN/invocations`.
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>

const PATH: &str = "path/2015-03-31/functions/";

/// Why a URI names no function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UriError {
    NotAnArn,
    NoPathOrAction,
    NotAFunction,
}

/// The function that the URI names.
pub fn function(uri: &str) -> Result<&str, UriError> {
    let mut parts = uri.splitn(6, ':');
    let (arn, _partition, service) = (parts.next(), parts.next(), parts.next());
    let (_region, subservice, rest) = (parts.next(), parts.next(), parts.next());
    let (Some("arn"), Some("apigateway"), Some(subservice), Some(rest)) = (arn, service, subservice, rest)
    else {
        return Err(UriError::NotAnArn);
    };
    if !rest.starts_with("path/") && !rest.starts_with("action/") {
        return Err(UriError::NoPathOrAction);
    }
    let named = rest.strip_prefix(PATH).and_then(|rest| rest.strip_suffix("/invocations"));
    named.filter(|name| subservice == "lambda" && !name.is_empty()).ok_or(UriError::NotAFunction)
}

/// Puts a stage's variables in the place of `${stageVariables.NAME}`; one that the stage lacks is empty.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html>
pub fn with_stage_variables(text: &str, variables: &std::collections::BTreeMap<String, String>) -> String {
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
        let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f:${stageVariables.alias}/invocations";
        assert_eq!(
            function(uri),
            Ok("arn:aws:lambda:us-east-1:000000000000:function:f:${stageVariables.alias}")
        );
        assert_eq!(function("http://x"), Err(UriError::NotAnArn));
        assert_eq!(function("arn:aws:apigateway:us-east-1:lambda:f"), Err(UriError::NoPathOrAction));
        assert_eq!(
            function("arn:aws:apigateway:us-east-1:sqs:path/000000000000/q"),
            Err(UriError::NotAFunction)
        );
    }

    #[test]
    fn stage_variables_take_their_places() {
        let variables = [("a".to_owned(), "1".to_owned())].into();
        assert_eq!(
            with_stage_variables("x${stageVariables.a}y${stageVariables.b}z${stageVariables.", &variables),
            "x1yz${stageVariables."
        );
    }
}

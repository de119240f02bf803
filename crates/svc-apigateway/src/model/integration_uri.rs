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

/// An action of a service of AWS:
/// `arn:aws:apigateway:REGION:SERVICE:action/NAME` or `…:path/PATH`; a subdomain may stand before the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUri<'a> {
    pub region: &'a str,
    pub service: &'a str,
    pub wants: ServiceWants<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceWants<'a> {
    /// An operation by its name, perhaps with parameters: `ListUsers&Version=2010-05-08`.
    Action(&'a str),
    /// A path of the service's, with its first slash and perhaps a query.
    Path(&'a str),
}

/// # Errors
/// When the URI names no service.
pub fn service(uri: &str) -> Result<ServiceUri<'_>, UriError> {
    let mut parts = uri.splitn(6, ':');
    let (arn, _partition, gateway) = (parts.next(), parts.next(), parts.next());
    let (Some("arn"), Some("apigateway"), Some(region), Some(service), Some(rest)) =
        (arn, gateway, parts.next(), parts.next(), parts.next())
    else {
        return Err(UriError::NotAnArn);
    };
    let wants = if let Some(action) = rest.strip_prefix("action/") {
        ServiceWants::Action(action)
    } else if rest.starts_with("path/") {
        ServiceWants::Path(rest.strip_prefix("path").unwrap_or_default())
    } else {
        return Err(UriError::NoPathOrAction);
    };
    let service = service.rsplit_once('.').map_or(service, |(_, service)| service);
    Ok(ServiceUri { region, service, wants })
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
    fn services_are_found() {
        let found = service("arn:aws:apigateway:eu-west-1:iam:action/ListUsers&Version=2010-05-08");
        let wants = ServiceWants::Action("ListUsers&Version=2010-05-08");
        assert_eq!(found, Ok(ServiceUri { region: "eu-west-1", service: "iam", wants }));
        let found = service("arn:aws:apigateway:eu-west-1:x.s3:path/bucket/key?a=b").map(|uri| uri.wants);
        assert_eq!(found, Ok(ServiceWants::Path("/bucket/key?a=b")));
        assert_eq!(service("arn:aws:apigateway:eu-west-1:s3:x"), Err(UriError::NoPathOrAction));
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

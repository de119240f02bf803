//! A line for each request, in the log group that the stage names.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html>

use super::authorize::Caller;
use super::{Answered, ApiRequest, Deployed, facts};
use crate::ApiGatewayV2;
use crate::state::{AccessLog, Route};

/// The stream of a group that all lines go to.
const STREAM: &str = "api";

impl ApiGatewayV2 {
    /// A line that cannot be written does not fail the request.
    pub(super) async fn log_access(
        &self,
        request: &ApiRequest<'_>,
        deployed: &Deployed,
        route: Option<&Route>,
        caller: &Caller,
        answered: &Answered,
    ) {
        let Some(AccessLog { destination, format }) = &deployed.stage.access_log else { return };
        let value = |name: &str| match name {
            "status" => Some(answered.response.status.to_string()),
            "responseLength" => Some(answered.response.body.len().to_string()),
            "error.message" => Some(answered.refused.as_ref()?.message.clone()),
            "error.messageString" => Some(format!("{:?}", answered.refused.as_ref()?.message)),
            name => facts::context(request, deployed, route, caller, name),
        };
        let line = written(format, &value);
        if let Err(fault) = self.needs.logs.append(destination.clone(), STREAM.to_owned(), line).await {
            tracing::warn!(api = deployed.api.id, %fault, "write an access log");
        }
    }
}

/// The format with each `$context.name` replaced; a dash stands for what is not known.
fn written(format: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let (mut out, mut rest) = (String::with_capacity(format.len() * 2), format);
    while let Some((before, after)) = rest.split_once("$context.") {
        out.push_str(before);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
        let end = after.find(|c: char| !is_name(c)).unwrap_or(after.len());
        let (name, further) = after.split_at_checked(end).unwrap_or((after, ""));
        let name_only = name.trim_end_matches('.');
        out.push_str(value(name_only).as_deref().unwrap_or("-"));
        out.push_str(name.get(name_only.len()..).unwrap_or_default());
        rest = further;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_what_is_known() {
        let value = |name: &str| (name == "identity.sourceIp").then(|| "192.0.2.1".to_owned());
        let line = written(
            r#"{"ip":"$context.identity.sourceIp","s":$context.status} $context.identity.sourceIp."#,
            &value,
        );
        assert_eq!(line, r#"{"ip":"192.0.2.1","s":-} 192.0.2.1."#);
    }
}

//! Where authorizers find what identifies a caller: `$request.header.Authorization`,
//! `$request.querystring.name`, `$context.x`, `$stageVariables.y`; a WebSocket API writes
//! `route.request.header.Auth`.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentitySource<'a> {
    Header(&'a str),
    Query(&'a str),
    Context(&'a str),
    StageVariable(&'a str),
}

impl<'a> IdentitySource<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        // HTTP APIs write a dollar sign, WebSocket APIs `route` before `request`.
        let bare = text.strip_prefix('$').unwrap_or(text);
        let bare = bare.strip_prefix("route.").unwrap_or(bare);
        let found = if let Some(name) = bare.strip_prefix("request.header.") {
            Self::Header(name)
        } else if let Some(name) = bare.strip_prefix("request.querystring.") {
            Self::Query(name)
        } else if let Some(name) = bare.strip_prefix("context.") {
            Self::Context(name)
        } else {
            Self::StageVariable(bare.strip_prefix("stageVariables.")?)
        };
        (!found.name().is_empty()).then_some(found)
    }

    fn name(self) -> &'a str {
        match self {
            Self::Header(name) | Self::Query(name) | Self::Context(name) | Self::StageVariable(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read() {
        let parse = IdentitySource::parse;
        assert_eq!(parse("$request.header.Authorization"), Some(IdentitySource::Header("Authorization")));
        assert_eq!(parse("route.request.querystring.key"), Some(IdentitySource::Query("key")));
        assert_eq!(parse("$context.identity.sourceIp"), Some(IdentitySource::Context("identity.sourceIp")));
        assert_eq!(
            (parse("$request.header."), parse("method.request.header.x"), parse("")),
            (None, None, None)
        );
    }
}

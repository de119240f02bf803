//! Where authorizers find what identifies a caller. APIs of each kind spell it in their own way: REST APIs write
//! `method.request.header.Authorization`, HTTP APIs `$request.header.Authorization`, WebSocket APIs
//! `route.request.header.Authorization`; all of them `context.x` and `stageVariables.y`.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>

/// How a kind of API spells its sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    Rest,
    /// Of HTTP and WebSocket APIs.
    Http,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentitySource<'a> {
    Header(&'a str),
    Query(&'a str),
    Context(&'a str),
    StageVariable(&'a str),
}

impl<'a> IdentitySource<'a> {
    /// Nothing for a text that is no source.
    pub fn parse(text: &'a str, spelling: Spelling) -> Option<Self> {
        let (bare, of_request) = match spelling {
            Spelling::Rest => (text, text.strip_prefix("method.request.")),
            Spelling::Http => {
                let bare = text.strip_prefix('$').unwrap_or(text);
                (bare, bare.strip_prefix("route.").unwrap_or(bare).strip_prefix("request."))
            }
        };
        let found = match of_request.map(|rest| rest.split_once('.')) {
            Some(Some(("header", name))) => Self::Header(name),
            Some(Some(("querystring", name))) => Self::Query(name),
            Some(_) => return None,
            None => match bare.strip_prefix("context.") {
                Some(name) => Self::Context(name),
                None => Self::StageVariable(bare.strip_prefix("stageVariables.")?),
            },
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
    fn sources_are_read_as_each_kind_of_api_spells_them() {
        let header = Some(IdentitySource::Header("Auth"));
        let query = Some(IdentitySource::Query("key"));
        let context = Some(IdentitySource::Context("identity.sourceIp"));
        for (text, of_rest, of_http) in [
            ("$request.header.Auth", None, header),
            ("route.request.header.Auth", None, header),
            ("method.request.header.Auth", header, None),
            ("method.request.querystring.key", query, None),
            ("route.request.querystring.key", None, query),
            ("context.identity.sourceIp", context, context),
            ("$context.identity.sourceIp", None, context),
            (
                "stageVariables.v",
                Some(IdentitySource::StageVariable("v")),
                Some(IdentitySource::StageVariable("v")),
            ),
            ("$request.header.", None, None),
            ("method.request.header.", None, None),
            ("method.request.path.x", None, None),
            ("", None, None),
        ] {
            assert_eq!(IdentitySource::parse(text, Spelling::Rest), of_rest, "{text}");
            assert_eq!(IdentitySource::parse(text, Spelling::Http), of_http, "{text}");
        }
    }
}

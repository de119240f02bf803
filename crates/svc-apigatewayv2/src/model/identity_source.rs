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
        let forms: [(&str, fn(&'a str) -> Self); 8] = [
            ("$request.header.", Self::Header),
            ("$request.querystring.", Self::Query),
            ("$context.", Self::Context),
            ("$stageVariables.", Self::StageVariable),
            ("route.request.header.", Self::Header),
            ("route.request.querystring.", Self::Query),
            ("context.", Self::Context),
            ("stageVariables.", Self::StageVariable),
        ];
        let found = forms.iter().find_map(|(prefix, make)| Some(make(text.strip_prefix(prefix)?)));
        found.filter(|source| !source.name().is_empty())
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

//! Where a request to an API goes: by the host name that AWS gives it, by a domain name of its own, by a name
//! under `localhost`, or by the path forms that other emulators have taught people.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html>
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>

use base::Region;
use std::net::IpAddr;
use wire::http::Request;

/// An API, its stage and the path within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiAddress {
    pub kind: ApiKind,
    pub api: String,
    /// When the host name says it.
    pub region: Option<Region>,
    pub stage: String,
    /// Raw, with its first slash.
    pub path: String,
    /// The same with the stage before it, for an API that finds its stage itself.
    pub whole: String,
    /// The host name, without port.
    pub domain: String,
    /// What stood before the path where a domain name's mapping led here.
    pub base_path: Option<String>,
}

/// What somebody made that has an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKind {
    Gateway,
    /// A domain name that somebody brought, which mappings lead on from.
    Domain,
    /// A function's own address, which has no stages.
    FunctionUrl,
}

impl ApiKind {
    /// What requests to it are signed for.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::Gateway | Self::Domain => "execute-api",
            Self::FunctionUrl => "lambda",
        }
    }
}

const URL_LABEL: &str = ".lambda-url.";
const LABEL: &str = ".execute-api.";
const PATH_FORM: &str = "/_aws/execute-api/";
const OLD_PATH_FORM: &str = "/restapis/";
const DEFAULT_STAGE: &str = "$default";
const USER_REQUEST: &str = "_user_request_";

impl ApiAddress {
    /// `None` for a request that is for no API. The path forms hold on the host's port only.
    pub fn find(request: &Request, on_host: bool) -> Option<Self> {
        let domain = host(request);
        if let Some((name, suffix)) = domain.split_once(URL_LABEL) {
            let region = url_region(suffix)?;
            let (api, path) = (name.to_owned(), request.path.clone());
            let whole = path.clone();
            let is_one_label = !api.is_empty() && !api.contains('.');
            return is_one_label.then(|| Self {
                region,
                path,
                whole,
                ..Self::new(ApiKind::FunctionUrl, api, domain)
            });
        }
        if let Some((name, suffix)) = domain.split_once(LABEL) {
            let (api, region) = (of_name(name, request)?, region(suffix)?);
            let (stage, path) = split(&request.path);
            let whole = request.path.clone();
            return Some(Self { region, stage, path, whole, ..Self::new(ApiKind::Gateway, api, domain) });
        }
        if !on_host {
            return None;
        }
        let (api, stage, path, whole) = by_path(&request.path)?;
        Some(Self { stage, path, whole, ..Self::new(ApiKind::Gateway, api, domain) })
    }

    /// The address of what a domain name leads to, which only its mappings know.
    pub(crate) fn of_domain(request: &Request) -> Option<Self> {
        let domain = host(request);
        let may_be = domain.contains('.') && domain.parse::<IpAddr>().is_err();
        let (path, whole) = (request.path.clone(), request.path.clone());
        may_be.then(|| Self { path, whole, ..Self::new(ApiKind::Domain, String::new(), domain) })
    }

    fn new(kind: ApiKind, api: String, domain: String) -> Self {
        let (stage, path, whole) = (String::new(), String::new(), String::new());
        Self { kind, api, region: None, stage, path, whole, domain, base_path: None }
    }
}

/// In lower case, without port.
fn host(request: &Request) -> String {
    let host = request.header("host").unwrap_or_default();
    host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase()
}

/// The API's id, from `API`, `API-vpce-…`, or the header that goes with an endpoint's own name.
fn of_name(name: &str, request: &Request) -> Option<String> {
    if name.starts_with("vpce-") {
        return request.header("x-apigw-api-id").map(str::to_owned);
    }
    let api = name.split_once("-vpce-").map_or(name, |(api, _)| api);
    (!api.is_empty() && !api.contains('.')).then(|| api.to_owned())
}

/// The region of `REGION.amazonaws.com`; `Some(None)` for a name under `localhost`.
#[expect(clippy::option_option, reason = "no API's name, a name without region, a name with one")]
fn region(suffix: &str) -> Option<Option<Region>> {
    if suffix == "localhost" || suffix == "localhost.localstack.cloud" {
        return Some(None);
    }
    let region = suffix
        .strip_suffix(".amazonaws.com")
        .or_else(|| suffix.strip_suffix(".localhost.localstack.cloud"))?;
    let region = region.strip_suffix(".vpce").unwrap_or(region);
    region.parse().ok().map(Some)
}

/// The region of `REGION.on.aws`; `Some(None)` for a name under `localhost`.
#[expect(clippy::option_option, reason = "no address's name, a name without region, a name with one")]
fn url_region(suffix: &str) -> Option<Option<Region>> {
    if suffix == "localhost" || suffix == "localhost.localstack.cloud" {
        return Some(None);
    }
    let region =
        suffix.strip_suffix(".on.aws").or_else(|| suffix.strip_suffix(".localhost.localstack.cloud"))?;
    region.parse().ok().map(Some)
}

/// The first part of the path is the stage.
fn split(path: &str) -> (String, String) {
    let inner = path.strip_prefix('/').unwrap_or(path);
    match inner.split_once('/') {
        Some((stage, rest)) => (stage.to_owned(), format!("/{rest}")),
        None => (inner.to_owned(), "/".to_owned()),
    }
}

/// The API, its stage, the path in it, and the path with the stage.
fn by_path(path: &str) -> Option<(String, String, String, String)> {
    if let Some(rest) = path.strip_prefix(PATH_FORM) {
        let (api, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let (stage, path) = split(rest);
        return Some((api.to_owned(), stage, path, format!("/{rest}")));
    }
    let mut parts = path.strip_prefix(OLD_PATH_FORM)?.splitn(4, '/');
    let (api, stage, mark, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next().unwrap_or(""));
    let path = format!("/{rest}");
    // The stage that has no place in a path has one in this form.
    let whole = if stage == DEFAULT_STAGE { path.clone() } else { format!("/{stage}{path}") };
    (mark == USER_REQUEST).then(|| (api.to_owned(), stage.to_owned(), path, whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, path: &str, expected: Option<(&str, &str, &str, &str)>) {
        let headers = vec![("host".to_owned(), host.to_owned())];
        let request = Request { path: path.to_owned(), headers, ..Request::default() };
        let found = ApiAddress::find(&request, true);
        let found = found.as_ref().map(|a| {
            (a.api.as_str(), a.region.as_ref().map_or("-", Region::as_str), a.stage.as_str(), a.path.as_str())
        });
        assert_eq!(found, expected, "{host}{path}");
    }

    #[test]
    fn names_and_paths_lead_to_apis() {
        let aws = "a1.execute-api.eu-west-1.amazonaws.com";
        check(aws, "/v1/orders/7", Some(("a1", "eu-west-1", "v1", "/orders/7")));
        check(aws, "/v1", Some(("a1", "eu-west-1", "v1", "/")));
        check(aws, "/", Some(("a1", "eu-west-1", "", "/")));
        check("a1-vpce-7.execute-api.us-east-1.amazonaws.com", "/v1/", Some(("a1", "us-east-1", "v1", "/")));
        check("A1.execute-api.localhost:4566", "/v1/x", Some(("a1", "-", "v1", "/x")));
        check("a1.execute-api.localhost.localstack.cloud:4566", "/v1/x", Some(("a1", "-", "v1", "/x")));
        check("localhost:4566", "/_aws/execute-api/a1/v1/x/y", Some(("a1", "-", "v1", "/x/y")));
        check("localhost:4566", "/restapis/a1/v1/_user_request_/x", Some(("a1", "-", "v1", "/x")));
        check("localhost:4566", "/restapis/a1/v1/_user_request_", Some(("a1", "-", "v1", "/")));
    }

    #[test]
    fn names_lead_to_functions() {
        check("abc.lambda-url.eu-west-1.on.aws", "/a/b", Some(("abc", "eu-west-1", "", "/a/b")));
        check("ABC.lambda-url.localhost:4566", "/", Some(("abc", "-", "", "/")));
        check(
            "abc.lambda-url.us-east-1.localhost.localstack.cloud",
            "/",
            Some(("abc", "us-east-1", "", "/")),
        );
        check("a.b.lambda-url.eu-west-1.on.aws", "/", None);
        check("abc.lambda-url.eu-west-1.on.aws.evil.example", "/", None);
    }

    #[test]
    fn only_names_may_be_domain_names() {
        let of = |host: &str| {
            let headers = vec![("host".to_owned(), host.to_owned())];
            let request = Request { path: "/a/b".to_owned(), headers, ..Request::default() };
            ApiAddress::of_domain(&request).map(|found| (found.domain, found.path))
        };
        assert_eq!(of("API.example.com:4566"), Some(("api.example.com".to_owned(), "/a/b".to_owned())));
        for host in ["localhost:4566", "127.0.0.1:4566", "127.0.0.1", "[::1]:4566", ""] {
            assert_eq!(of(host), None, "{host}");
        }
    }

    #[test]
    fn other_requests_are_for_no_api() {
        check("localhost:4566", "/restapis/a1/stages/v1", None);
        check("execute-api.us-east-1.amazonaws.com", "/", None);
        check("a.b.execute-api.us-east-1.amazonaws.com", "/", None);
        check("a1.execute-api.evil.example", "/", None);
        check("vpce-1.execute-api.us-east-1.vpce.amazonaws.com", "/", None);
    }
}

//! Which service a request is for. The signature's scope decides; before there is a valid one,
//! the other signs tell at least how to phrase the refusal.

use crate::dress::Dress;
use crate::host::EndpointName;
use wire::http::{Request, Response};
use wire::schema::{Model, Protocol};

/// Where a request wants to go.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub(crate) signing_name: Option<String>,
    /// The model, when moat has the service.
    pub(crate) model: Option<&'static Model>,
    pub(crate) dress: Dress,
}

impl Destination {
    /// `scope_service` is the service named in the signature's scope, if there is one.
    pub(crate) fn find(models: &[&'static Model], scope_service: Option<&str>, request: &Request) -> Self {
        let model = match scope_service {
            Some(name) => named(models, name, request),
            None => guess(models, request),
        };
        let host = || EndpointName::parse(request.header("host").unwrap_or_default()).map(|e| e.prefix);
        let signing_name = scope_service
            .map(str::to_owned)
            .or_else(|| model.map(|m| m.service.signing_name.to_owned()))
            .or_else(host);
        let dress = match model {
            Some(model) => Dress::of(model),
            None => Dress::of_unserved(signing_name.as_deref(), request),
        };
        Self { signing_name, model, dress }
    }

    /// The answer to an authenticated request for a service that moat does not have.
    pub(crate) fn unserved(&self, request_id: &str) -> Response {
        let name = self.signing_name.as_deref().unwrap_or_default();
        let error = if crate::aws_services::protocol_of(name).is_some() {
            service::ServiceError::not_implemented(name)
        } else {
            service::ServiceError::client("UnknownOperationException", "").status(404)
        };
        self.dress.error(error, request_id)
    }
}

/// The service of this signing name; of several that share one, the one that has what is asked for.
fn named(models: &[&'static Model], name: &str, request: &Request) -> Option<&'static Model> {
    let mut named = models.iter().copied().filter(|m| m.service.signing_name == name);
    let first = named.next()?;
    match named.next() {
        None => Some(first),
        Some(second) => [first, second].into_iter().chain(named).find(|m| m.has(request)).or(Some(first)),
    }
}

fn guess(models: &[&'static Model], request: &Request) -> Option<&'static Model> {
    let found = |wanted: &dyn Fn(&Model) -> bool| models.iter().copied().find(|m| wanted(m));
    by_target(models, request)
        .or_else(|| {
            let endpoint = EndpointName::parse(request.header("host").unwrap_or_default())?;
            found(&|m| m.service.endpoint_prefix == endpoint.prefix)
        })
        .or_else(|| {
            let version = form_version(request)?;
            found(&|m| is_query(m) && m.service.api_version == version)
        })
        .or_else(|| {
            found(&|m| {
                m.service.protocol == Protocol::RestJson
                    && m.route(&request.method, &request.path, &request.query).is_some()
            })
        })
}

fn by_target(models: &[&'static Model], request: &Request) -> Option<&'static Model> {
    let (prefix, _) = request.header("x-amz-target")?.rsplit_once('.')?;
    models.iter().copied().find(|m| m.service.target_prefix == prefix)
}

fn is_query(model: &Model) -> bool {
    matches!(model.service.protocol, Protocol::AwsQuery | Protocol::Ec2Query)
}

/// The `Version` of a query request: no two services of the query family share one.
fn form_version(request: &Request) -> Option<String> {
    [&request.body[..], request.query.as_bytes()]
        .into_iter()
        .flat_map(form_urlencoded::parse)
        .find(|(name, _)| name == "Version")
        .map(|(_, value)| value.into_owned())
}

//! Actions of AWS's services behind `AWS`.
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#uri>

use super::map_request::Asking;
use super::map_response::Got;
use super::{Aimed, Refusal, http_backend};
use crate::ApiGateway;
use crate::model::integration_uri::{ServiceUri, ServiceWants, service};
use crate::needs::ServiceCall;
use crate::state::Integration;
use wire::http::Request;

impl ApiGateway {
    pub(super) async fn ask_service(
        &self,
        aimed: &Aimed<'_>,
        integration: &Integration,
        asking: Asking,
    ) -> Result<Got, Refusal> {
        let failure = Refusal::integration_failure;
        let ServiceUri { region, service, wants } =
            service(&asking.uri).map_err(|_| failure(format!("`{}` names no action of AWS", asking.uri)))?;
        let credentials = integration.credentials.clone();
        let credentials =
            credentials.ok_or_else(|| failure("the integration has no credentials".to_owned()))?;
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&asking.query).finish();
        let (action, path, query) = match wants {
            ServiceWants::Action(text) => {
                let (name, more) = text.split_once('&').unwrap_or((text, ""));
                (Some(name.to_owned()), "/".to_owned(), joined(more, &query))
            }
            ServiceWants::Path(text) => {
                let (path, own) = text.split_once('?').unwrap_or((text, ""));
                (None, path.to_owned(), joined(own, &query))
            }
        };
        let mut headers = asking.headers.clone();
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            let kind = super::payload::content_type(aimed.request.http.header("content-type"));
            headers.push(("content-type".to_owned(), kind.to_owned()));
        }
        let call = ServiceCall {
            scope: aimed.api.scope.clone(),
            region: region.to_owned(),
            service: service_name(service).to_owned(),
            action,
            request: Request {
                method: integration.http_method.clone(),
                path,
                query,
                headers,
                body: asking.body.clone(),
            },
            credentials,
            source_arn: aimed.source_arn(),
        };
        let response = self.needs.services.call(call).await?;
        Ok(http_backend::got(&response))
    }
}

/// The names in URIs are those of signatures but for these.
fn service_name(uri: &str) -> &str {
    match uri {
        "cloudwatchlogs" => "logs",
        other => other,
    }
}

fn joined(own: &str, mapped: &str) -> String {
    [own, mapped].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&")
}

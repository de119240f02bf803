//! The APIs of API Gateway, put between the edge and the functions.

use crate::as_service;
use crate::authority::Authorities;
use crate::domain_names::DomainNames;
use crate::refusals::{About, Refusals};
use base::{AccountId, Arn, Clock, Ids, Scope};
use edge::{ApiCall, ApiKind, Apis, DomainCertificate, Reply};
use keyring::Keyring;
use service::{Access, Authority, Call, ServiceError, Signer, Verdict};
use std::sync::Arc;
use store::Fault;
use svc_apigateway::needs::Policies;
use svc_apigateway::{ApiGateway, ApiRequest, Cipher, CipherError};
use svc_apigatewayv2::ApiGatewayV2;
use svc_lambda::{Invoked, Lambda, UrlCall};
use wire::http::Response;

/// Who invokes the functions behind APIs.
const PRINCIPAL: &str = "apigateway.amazonaws.com";

/// The APIs and the functions' own addresses, as the edge calls them.
pub struct UserApis {
    pub gateway: Arc<ApiGateway>,
    pub gateway_v2: Arc<ApiGatewayV2>,
    pub lambda: Lambda,
    pub authorities: Arc<Authorities>,
    pub refusals: Arc<Refusals>,
    pub domains: DomainNames,
    pub ids: Arc<dyn Ids>,
}

impl Apis for UserApis {
    fn answer(&self, call: ApiCall) -> Reply<'_> {
        Box::pin(async move {
            if call.address.kind == ApiKind::FunctionUrl {
                return self.call_function(call).await;
            }
            let call = match self.mapped(call) {
                Ok(call) => call,
                Err(response) => return response,
            };
            if let Some(owner) = self.gateway_v2.owner(&call.address.api) {
                return self.call_http_api(call, owner).await;
            }
            let ApiCall { address, request, source, request_id, now, signer } = call;
            let asked = ApiRequest {
                api: &address.api,
                region: address.region.clone(),
                stage: &address.stage,
                path: &address.path,
                domain: &address.domain,
                base_path: address.base_path.as_deref(),
                http: &request,
                source: &source,
                request_id: &request_id,
                now,
                signer,
            };
            let answered = self.gateway.answer(asked).await;
            if let Some(refusal) = &answered.refused {
                let (api, status, reason) = (&address.api, refusal.status, &refusal.reason);
                tracing::info!(%request_id, api, status, reason, "an API refused");
                let about = About::of(&address, &request.method, &source, &request_id, now);
                self.refusals.note(&about, self.gateway.owner(api), &refusal.clone().into());
            }
            answered.response
        })
    }

    fn has_domain(&self, host: &str) -> bool {
        self.domains.find(host).is_some()
    }

    fn certificate(&self, host: &str, known: Option<&str>) -> Option<DomainCertificate> {
        self.domains.certificate(host, known)
    }

    fn connect(&self, call: ApiCall, client: edge::Client) -> edge::Connecting<'_> {
        Box::pin(self.let_in(call, client))
    }
}

impl UserApis {
    async fn call_http_api(&self, mut call: ApiCall, owner: AccountId) -> Response {
        let signer = std::mem::replace(&mut call.signer, Signer::Nobody);
        let asked = svc_apigatewayv2::ApiRequest { signer, ..http_request(&call) };
        let answered = self.gateway_v2.answer(asked).await;
        if let Some(refusal) = answered.refused {
            let (request_id, api) = (&call.request_id, &call.address.api);
            let (status, reason) = (refusal.status, &refusal.reason);
            tracing::info!(%request_id, api, status, reason, "an API refused");
            self.refusals.note(&About::from(&call), Some(owner), &refusal.into());
        }
        answered.response
    }

    async fn call_function(&self, call: ApiCall) -> Response {
        let ApiCall { address, request, source, request_id, now, signer } = call;
        let url = UrlCall {
            id: &address.api,
            region: address.region.as_ref(),
            request: &request,
            source: &source,
            request_id: &request_id,
            now,
            signer,
        };
        let decide = |call: &Call, access: &Access| Policies::decide(self.authorities.as_ref(), call, access);
        self.lambda.answer_url(url, &decide).await
    }
}

/// A request as HTTP and WebSocket APIs take it.
pub(crate) fn http_request(call: &ApiCall) -> svc_apigatewayv2::ApiRequest<'_> {
    svc_apigatewayv2::ApiRequest {
        api: &call.address.api,
        region: call.address.region.clone(),
        path: &call.address.whole,
        domain: &call.address.domain,
        mapped: call.address.base_path.as_deref().map(|base_path| svc_apigatewayv2::Mapped {
            stage: &call.address.stage,
            path: &call.address.path,
            base_path,
        }),
        http: &call.request,
        source: &call.source,
        request_id: &call.request_id,
        now: call.now,
        signer: call.signer.clone(),
    }
}

/// API keys are sealed with the keyring.
pub struct ApiKeyCipher(pub Keyring);

impl Cipher for ApiKeyCipher {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        self.0.seal(format!("api key {context}").as_bytes(), plain).map_err(|_| CipherError::Seal)
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
        self.0.open(format!("api key {context}").as_bytes(), sealed).map_err(|_| CipherError::Open)
    }
}

impl Policies for Authorities {
    fn decide(&self, call: &Call, access: &Access) -> Result<Verdict, Fault> {
        Authority::decide(self, call, access, &service::global_keys(call))
    }
}

/// Functions, invoked as API Gateway.
pub struct ApiFunctions {
    pub lambda: Lambda,
    pub authorities: Arc<Authorities>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl ApiFunctions {
    /// Invokes a function that allows it to API Gateway on behalf of the source.
    pub(crate) async fn invoke_as_gateway(
        &self,
        scope: &Scope,
        function: &str,
        source_arn: &str,
        payload: Vec<u8>,
    ) -> Result<Invoked, ServiceError> {
        self.may_invoke_as_gateway(scope, function, source_arn)?;
        self.lambda.invoke_for_service(scope, function, self.ids.uuid(), payload).await
    }

    /// Whether the function allows it.
    pub(crate) fn may_invoke_as_gateway(
        &self,
        scope: &Scope,
        function: &str,
        source_arn: &str,
    ) -> Result<(), ServiceError> {
        let call = self.as_the_gateway(scope, function);
        for access in self.lambda.may_be_invoked(scope, function)? {
            let access = access
                .context("aws:SourceArn", vec![source_arn.to_owned()])
                .context("aws:SourceAccount", vec![scope.account.to_string()]);
            if let Verdict::Denied { message, .. } =
                Policies::decide(self.authorities.as_ref(), &call, &access)?
            {
                return Err(ServiceError::access_denied(message));
            }
        }
        Ok(())
    }

    fn as_the_gateway(&self, scope: &Scope, function: &str) -> Call {
        // The function's region decides where it is looked for.
        let region = function.parse::<Arn>().ok().and_then(|arn| arn.region());
        let mut scope = scope.clone();
        scope.region = region.unwrap_or(scope.region);
        as_service::call(PRINCIPAL, scope, self.ids.as_ref(), self.clock.as_ref())
    }
}

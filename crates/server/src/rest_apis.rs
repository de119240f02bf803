//! What REST APIs need of the rest of moat: functions and services called in a role, addresses of
//! moat's own as servers, and places for access logs.

use crate::apis::{ApiFunctions, UserApis};
use crate::authority::Authorities;
use crate::functions::FunctionRoles;
use crate::http_apis::place;
use crate::outside::OutsideServers;
use base::{Arn, Clock, Ids, Region, Scope, Timestamp};
use edge::{ApiAddress, ApiCall, Apis};
use policy::{Context, Principal};
use service::{Call, Caller, Pipeline, ServiceError, SessionFacts, Signer, Source, Verdict};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, OnceLock};
use svc_apigateway::needs::{
    AccessLogs, FunctionAnswer, Functions, Invoking, LogPlace, Pending, Policies, ServerError, Servers,
    ServiceCall, Services,
};
use svc_lambda::needs::RolePermissions;
use svc_logs::Logs;
use svc_sts::Sts;
use wire::http::{Request, Response};
use wire::schema::{Model, Protocol};

const PRINCIPAL: &str = "apigateway.amazonaws.com";
/// The name of API Gateway's sessions of roles.
const SESSION: &str = "BackplaneAssumeRoleSession";
/// Where a request of API Gateway's own comes from: an address that is nobody's (RFC 5737), so that no
/// policy takes it for a client's or the host's.
pub(crate) const GATEWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// Bytes of an answer, AWS's quota of a payload.
const BODY_BYTES: usize = 10 * 1024 * 1024;

/// Roles, as API Gateway takes them on.
pub struct GatewayRoles {
    pub sts: Arc<Sts>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl GatewayRoles {
    /// A call in a role that trusts API Gateway.
    fn call(
        &self,
        role: &str,
        scope: &Scope,
        region: Region,
        source_arn: &str,
    ) -> Result<Call, ServiceError> {
        let mut context = Context::default();
        context.set("aws:SourceAccount", [scope.account.to_string()]);
        context.set("aws:SourceArn", [source_arn]);
        let role = self.sts.check_trust(PRINCIPAL, role, context);
        let role = role.map_err(|error| ServiceError::access_denied(error.to_string()))?;
        Ok(Call {
            caller: Caller {
                principal: Principal::RoleSession {
                    account: role.account.clone(),
                    role_arn: role.arn,
                    role_id: role.id,
                    session_name: SESSION.to_owned(),
                },
                account: role.account.clone(),
                access_key_id: String::new(),
                session_policies: Vec::new(),
                session_started: None,
                session_facts: SessionFacts::default(),
            },
            scope: Scope { account: role.account, region },
            request_id: self.ids.uuid(),
            now: self.clock.now(),
            source: Source { ip: GATEWAY, endpoint: None, secure_transport: true, tls: None },
            user_agent: Some(PRINCIPAL.to_owned()),
        })
    }
}

/// Functions behind REST APIs.
pub struct RestApiFunctions {
    pub functions: ApiFunctions,
    pub authorities: Arc<Authorities>,
    pub roles: Arc<GatewayRoles>,
}

impl Functions for RestApiFunctions {
    fn invoke(&self, invoking: Invoking) -> Pending<'_, Result<FunctionAnswer, ServiceError>> {
        Box::pin(async move {
            let Invoking { scope, function, source_arn, credentials, is_event, payload } = invoking;
            let lambda = &self.functions.lambda;
            match credentials {
                None => self.functions.may_invoke_as_gateway(&scope, &function, &source_arn)?,
                Some(role) => {
                    let region = function.parse::<Arn>().ok().and_then(|arn| arn.region());
                    let region = region.unwrap_or_else(|| scope.region.clone());
                    let call = self.roles.call(&role, &scope, region, &source_arn)?;
                    for access in lambda.may_be_invoked(&scope, &function)? {
                        let verdict = Policies::decide(self.authorities.as_ref(), &call, &access)?;
                        if let Verdict::Denied { message, .. } = verdict {
                            return Err(ServiceError::access_denied(message));
                        }
                    }
                }
            }
            let id = self.roles.ids.uuid();
            if is_event {
                lambda.accept_for_service(&scope, &function, id, payload).await?;
                return Ok(FunctionAnswer { payload: Vec::new(), is_error: false });
            }
            let invoked = lambda.invoke_for_service(&scope, &function, id, payload).await?;
            Ok(FunctionAnswer { payload: invoked.payload.to_vec(), is_error: invoked.is_error })
        })
    }
}

/// The services behind REST APIs: moat's own, called in a role.
pub struct RestApiServices {
    pub roles: Arc<GatewayRoles>,
    /// Told once all services are there.
    pub pipeline: Arc<OnceLock<Arc<Pipeline>>>,
}

impl Services for RestApiServices {
    fn call(&self, asked: ServiceCall) -> Pending<'_, Result<Response, ServiceError>> {
        Box::pin(async move {
            let ServiceCall { scope, region, service, action, request, credentials, source_arn } = asked;
            let pipeline = self.pipeline.get().ok_or_else(|| ServiceError::internal("no services yet"))?;
            let mut models = pipeline.registries().map(service::Registry::model);
            let model = models.find(|model| model.service.signing_name == service).ok_or_else(|| {
                ServiceError::not_implemented(&format!("integrations with the service {service}"))
            })?;
            let region: Region =
                region.parse().map_err(|_| ServiceError::client("BadRequestException", "Invalid region"))?;
            let call = self.roles.call(&credentials, &scope, region, &source_arn)?;
            let request = match action {
                Some(action) => for_action(model, &action, request)?,
                None => request,
            };
            let pipeline = pipeline.clone();
            // On a task of its own: an action may be one that calls an API again.
            let answered = tokio::spawn(async move { pipeline.handle(&service, &call, &request).await });
            answered.await.map_err(ServiceError::internal)
        })
    }
}

/// The request for an operation that was named, as its service's protocol wants it.
fn for_action(model: &Model, action: &str, mut request: Request) -> Result<Request, ServiceError> {
    "/".clone_into(&mut request.path);
    "POST".clone_into(&mut request.method);
    let has = |request: &Request, name: &str| request.header(name).is_some();
    match model.service.protocol {
        Protocol::AwsJson => {
            if !has(&request, "x-amz-target") {
                let target = format!("{}.{action}", model.service.target_prefix);
                request.headers.push(("x-amz-target".to_owned(), target));
            }
            request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            let kind = format!("application/x-amz-json-{}", model.service.json_version);
            request.headers.push(("content-type".to_owned(), kind));
            request.query.clear();
            Ok(request)
        }
        Protocol::AwsQuery | Protocol::Ec2Query => {
            let mut form = format!("Action={action}");
            if !format!("&{}", request.query).contains("&Version=") {
                form.push_str(&format!("&Version={}", model.service.api_version));
            }
            let is_form =
                request.header("content-type").is_some_and(|kind| kind.contains("x-www-form-urlencoded"));
            let body =
                if is_form { String::from_utf8_lossy(&request.body).into_owned() } else { String::new() };
            for part in [std::mem::take(&mut request.query), body] {
                if !part.is_empty() {
                    form.push('&');
                    form.push_str(&part);
                }
            }
            request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            request.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
            request.body = form.into();
            Ok(request)
        }
        Protocol::RestJson | Protocol::RestXml | Protocol::RpcV2Cbor => {
            Err(ServiceError::client("BadRequestException", "the service has paths and no actions"))
        }
    }
}

/// Servers behind REST APIs: APIs and functions of moat's own by their addresses. Others are outside.
pub struct OwnServers {
    /// Told once the APIs are there.
    pub apis: Arc<OnceLock<Arc<UserApis>>>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// The servers outside; none while moat has no way there.
    pub outside: Option<Arc<OutsideServers>>,
}

impl Servers for OwnServers {
    fn ask(&self, origin: String, request: Request) -> Pending<'_, Result<Response, ServerError>> {
        Box::pin(async move {
            let own = self.apis.get().cloned().zip(own_address(&origin, &request));
            let Some((apis, address)) = own else {
                return match &self.outside {
                    Some(outside) => outside.ask(&origin, request).await,
                    None => Err(ServerError::NotReachable(format!(
                        "{origin} is outside moat, whose internet is off: `moat up --internet proxy` opens it"
                    ))),
                };
            };
            let call = ApiCall {
                address,
                request,
                source: Source { ip: GATEWAY, endpoint: None, secure_transport: true, tls: None },
                request_id: self.ids.uuid(),
                now: self.clock.now(),
                signer: Signer::Nobody,
            };
            // On a task of its own, for an API may lead to itself.
            let answered = tokio::spawn(async move { apis.answer(call).await });
            whole(answered.await.map_err(|error| ServerError::Failed(error.to_string()))?).await
        })
    }
}

/// The API at an origin, whatever host the request names.
fn own_address(origin: &str, request: &Request) -> Option<ApiAddress> {
    let place = origin.split_once("://").map_or(origin, |(_, place)| place);
    if request.header("host").is_some_and(|host| host.eq_ignore_ascii_case(place)) {
        return ApiAddress::find(request, false);
    }
    let others = request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")).cloned();
    let headers = others.chain([("host".to_owned(), place.to_owned())]).collect();
    ApiAddress::find(&Request { path: request.path.clone(), headers, ..Request::default() }, false)
}

/// An answer that is streamed, with all of its body: API Gateway waits for it.
async fn whole(mut answered: Response) -> Result<Response, ServerError> {
    let Some(rest) = answered.rest.take() else { return Ok(answered) };
    let mut body = answered.body.to_vec();
    while let Some(piece) = std::future::poll_fn(|context| rest.poll_piece(context)).await {
        if body.len() + piece.len() > BODY_BYTES {
            return Err(ServerError::Failed(format!("the answer is larger than {BODY_BYTES} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    answered.body = body.into();
    Ok(answered)
}

/// CloudWatch Logs, as the place of access logs, written in the account's role.
pub struct RestApiLogs {
    pub logs: Arc<Logs>,
    pub roles: Arc<FunctionRoles>,
    pub sts: Arc<Sts>,
    pub clock: Arc<dyn Clock>,
}

impl AccessLogs for RestApiLogs {
    fn append(&self, at: LogPlace, lines: Vec<(Timestamp, String)>) -> Pending<'_, Result<(), String>> {
        Box::pin(async move {
            let LogPlace { role, group_arn, stream, makes_group } = at;
            let (scope, name) = place(&group_arn).ok_or_else(|| format!("`{group_arn}` is no log group"))?;
            let arn: Arn = role.parse().map_err(|_| format!("`{role}` is no role"))?;
            let resource = format!("{group_arn}:log-stream:{stream}");
            if !self.may_use(&role) || !self.roles.allows(&arn, "logs:PutLogEvents", &resource) {
                return Err(format!("the role `{role}` may not write to `{group_arn}`"));
            }
            let now = self.clock.now();
            if makes_group {
                if !self.roles.allows(&arn, "logs:CreateLogGroup", &group_arn) {
                    return Err(format!("the role `{role}` may not make `{group_arn}`"));
                }
                self.logs.ensure_group(&scope, name, now).await.map_err(|e| e.to_string())?;
            }
            self.logs.ensure_stream(&scope, name, &stream, now).await.map_err(|e| e.to_string())?;
            let lines = lines.into_iter().map(|(at, message)| svc_logs::Line { at, message }).collect();
            self.logs.append(&scope, name, &stream, lines, now).await.map_err(|e| e.to_string())?;
            Ok(())
        })
    }

    fn may_use(&self, role: &str) -> bool {
        self.sts.check_trust(PRINCIPAL, role, Context::default()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_says_which_server_is_asked_and_a_mapped_host_does_not() {
        let api = "abc.execute-api.us-east-1.amazonaws.com";
        for (origin, host, wanted) in [
            (api, api, Some("abc")),
            (api, "other.example", Some("abc")),
            (api, "def.execute-api.us-east-1.amazonaws.com", Some("abc")),
            ("other.example", api, None),
            ("other.example:8443", "other.example:8443", None),
        ] {
            let headers = vec![("host".to_owned(), host.to_owned())];
            let request = Request { path: "/v1/a".to_owned(), headers, ..Request::default() };
            let found = own_address(&format!("https://{origin}"), &request);
            assert_eq!(found.map(|address| address.api).as_deref(), wanted, "{origin} {host}");
        }
    }
}

//! A request to a function URL, from its arrival to its answer.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>

use super::event::{EventParts, event};
use super::{cors, reply, stream};
use crate::lambda::Lambda;
use crate::model::{FunctionUrl, UrlAuth};
use crate::ops;
use crate::run::Invocation;
use base::{Region, Timestamp};
use bytes::Bytes;
use policy::Principal;
use serde_json::json;
use service::{Access, Call, Caller, ServiceError, SessionFacts, Signer, Source, Verdict};
use std::sync::Arc;
use store::Fault;
use wire::http::{Request, Response};

/// One request as it arrived.
pub struct UrlCall<'a> {
    /// The first label of the host name.
    pub id: &'a str,
    /// Where the host name says it.
    pub region: Option<&'a Region>,
    pub request: &'a Request,
    pub source: &'a Source,
    pub request_id: &'a str,
    pub now: Timestamp,
    pub signer: Signer,
}

/// What asks the policies.
pub type Decide<'a> = &'a (dyn Fn(&Call, &Access) -> Result<Verdict, Fault> + Send + Sync);

const FORBIDDEN: &str = "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

impl Lambda {
    /// Answers a request to a function URL.
    pub async fn answer_url(&self, call: UrlCall<'_>, decide: Decide<'_>) -> Response {
        match self.try_answer_url(&call, decide).await {
            Ok(response) => response,
            Err(error) => refused(&error),
        }
    }

    async fn try_answer_url(&self, call: &UrlCall<'_>, decide: Decide<'_>) -> Result<Response, ServiceError> {
        let Some(url) = self.url(call)? else {
            return Ok(reply::refusal(404, "ResourceNotFoundException", &json!({ "Message": null })));
        };
        if let Some(response) = url.cors.as_ref().and_then(|cors| cors::preflight(cors, call.request)) {
            return Ok(response);
        }
        let caller = match (url.auth, &call.signer) {
            (UrlAuth::None, _) => anonymous(call, &url),
            (UrlAuth::Iam, Signer::Caller(signed)) => Call::clone(signed),
            (UrlAuth::Iam, Signer::Nobody) => return Ok(forbidden()),
            (UrlAuth::Iam, Signer::Invalid { code, message }) => {
                return Ok(reply::refusal(403, code, &json!({ "Message": message })));
            }
        };
        if !self.may_call(&url, &caller, decide)? {
            return Ok(forbidden());
        }
        let mut response = self.invoke_url(call, &url, &caller).await?;
        if let Some(cors) = &url.cors {
            cors::dress(cors, call.request, &mut response);
        }
        Ok(response)
    }

    fn url(&self, call: &UrlCall<'_>) -> Result<Option<Arc<FunctionUrl>>, Fault> {
        let mut all = self.store.read().scan::<FunctionUrl>("")?.into_iter();
        Ok(all.find(|url| url.id == call.id && call.region.is_none_or(|r| *r == url.scope.region)))
    }

    /// Both permissions are needed, as AWS does it for addresses made since October 2025.
    fn may_call(&self, url: &FunctionUrl, caller: &Call, decide: Decide<'_>) -> Result<bool, ServiceError> {
        let auth = vec![url.auth.as_str().to_owned()];
        for (action, key, value) in [
            ("InvokeFunctionUrl", "lambda:FunctionUrlAuthType", auth),
            ("InvokeFunction", "lambda:InvokedViaFunctionUrl", vec!["true".to_owned()]),
        ] {
            for access in ops::access(self, action, &url.named())? {
                let verdict = decide(caller, &access.context(key, value.clone()))?;
                if let Verdict::Denied { message, .. } = verdict {
                    tracing::info!(url = %url.domain(), %message, "a function URL refused");
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    async fn invoke_url(
        &self,
        call: &UrlCall<'_>,
        url: &FunctionUrl,
        caller: &Call,
    ) -> Result<Response, ServiceError> {
        let event = event(&EventParts {
            id: &url.id,
            domain: &url.domain(),
            request: call.request,
            source: call.source,
            request_id: call.request_id,
            now: call.now,
            caller: (url.auth == UrlAuth::Iam).then_some(&caller.caller),
        });
        let named = url.named();
        let payload = Bytes::from(event.to_string());
        let invocation = Invocation::new(&named, call.request_id.to_owned(), payload, None);
        if url.streams {
            return Ok(stream::answer(self.invoke_streaming(&named, invocation).await?.answer).await);
        }
        let invoked = self.invoke(&named, invocation).await?;
        Ok(if invoked.is_error { reply::internal_error() } else { reply::reply(&invoked.payload) })
    }
}

fn anonymous(call: &UrlCall<'_>, url: &FunctionUrl) -> Call {
    Call {
        caller: Caller {
            principal: Principal::Anonymous,
            account: url.scope.account.clone(),
            access_key_id: String::new(),
            session_policies: Vec::new(),
            session_started: None,
            session_facts: SessionFacts::default(),
        },
        scope: url.scope.clone(),
        request_id: call.request_id.to_owned(),
        now: call.now,
        source: call.source.clone(),
        user_agent: call.request.header("user-agent").map(str::to_owned),
    }
}

fn forbidden() -> Response {
    reply::refusal(403, "AccessDeniedException", &json!({ "Message": FORBIDDEN }))
}

/// What invoking refused, in the words it would have had for an SDK.
fn refused(error: &ServiceError) -> Response {
    let status = if error.status >= 500 { 502 } else { error.status };
    reply::refusal(status, &error.code, &json!({ "Message": error.message }))
}

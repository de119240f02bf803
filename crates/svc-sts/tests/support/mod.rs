//! STS behind its pipeline, with roles, keys and documents of a test's own.
#![allow(clippy::unwrap_used, clippy::panic, dead_code, reason = "each test file takes what it needs")]

use base::{AccountId, Ids, SequentialIds, Timestamp};
use expect_test::Expect;
use policy::{
    Context, Decision, Document, Policies, Policy, Principal, Request as Asked, ResourceRule, evaluate,
};
use service::testing::{pipeline_under, root_call};
use service::{Access, Authority, Call, Caller, IdentifyError, Identity, Pipeline, Verdict};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use store::{Durability, Fault, Store};
use svc_sts::{Directory, Fetch, FetchError, Fetched, IdentityProvider, Noted, Role, SealError, Sealer, Sts};
use wire::http::Request;

pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
pub const OWN: &str = "000000000000";

/// Two roles: one trusts user ann, if she gives the word, the other Lambda.
#[derive(Default)]
pub struct Roles {
    pub used: Mutex<Vec<String>>,
}

pub fn trust(statement: &str) -> Arc<Document> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    Arc::new(Document::parse(&text).unwrap())
}

impl Directory for Roles {
    fn role(&self, arn: &str) -> Result<Option<Role>, Fault> {
        let trust = match arn {
            "arn:aws:iam::000000000000:role/p/worker" => trust(
                r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"word"}}},{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:role/p/worker"},"Action":"sts:AssumeRole"}"#,
            ),
            "arn:aws:iam::000000000000:role/function" => trust(
                r#"{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}"#,
            ),
            "arn:aws:iam::000000000000:role/tagged" => trust(
                r#"{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::000000000000:user/ann","arn:aws:iam::000000000000:role/tagged"]},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Condition":{"StringEqualsIfExists":{"aws:RequestTag/team":["blue","red"]}}}"#,
            ),
            "arn:aws:iam::000000000000:role/web" => trust(
                r#"{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::000000000000:oidc-provider/127.0.0.1:1/realm"},"Action":["sts:AssumeRoleWithWebIdentity","sts:SetSourceIdentity"],"Condition":{"StringEquals":{"127.0.0.1:1/realm:aud":"app"},"StringLike":{"127.0.0.1:1/realm:sub":"repo:*"}}},{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::000000000000:oidc-provider/127.0.0.1:1/realm"},"Action":"sts:TagSession","Condition":{"StringEquals":{"aws:RequestTag/team":"blue"}}}"#,
            ),
            _ => return Ok(None),
        };
        let (account, id) = (OWN.parse().unwrap(), "AROAROLE".to_owned());
        Ok(Some(Role { account, arn: arn.to_owned(), id, trust, max_session_duration_s: 7200 }))
    }

    fn managed_policy(&self, _: &AccountId, arn: &str) -> Result<Option<Arc<Document>>, Fault> {
        Ok((arn == "arn:aws:iam::aws:policy/Known").then(|| trust(r#"{"Effect":"Allow"}"#)))
    }

    fn identity_provider(
        &self,
        account: &AccountId,
        issuer: &str,
    ) -> Result<Option<IdentityProvider>, Fault> {
        Ok((issuer == "127.0.0.1:1/realm").then(|| IdentityProvider {
            arn: format!("arn:aws:iam::{account}:oidc-provider/{issuer}"),
            client_ids: vec!["app".to_owned(), "party".to_owned()],
            thumbprints: vec!["ab".repeat(20)],
        }))
    }

    fn decide(&self, call: &Call, principal: &Principal, access: &Access) -> Result<Decision, Fault> {
        Ok(decide(principal, access, &service::global_keys(call)))
    }

    fn note_role_use<'a>(&'a self, arn: &'a str, region: &'a str, now: Timestamp) -> Noted<'a> {
        Box::pin(async move {
            self.used.lock().unwrap().push(format!("{arn} {region} {}", now.iso8601()));
            Ok(())
        })
    }

    fn new_key_id(&self, ids: &dyn Ids, prefix: &str, _: &AccountId) -> String {
        format!("{prefix}{}", ids.pick(16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
    }

    fn new_secret(&self, ids: &dyn Ids) -> String {
        ids.hex(40)
    }

    fn account_of_key(&self, id: &str) -> Option<AccountId> {
        id.starts_with("AKIA").then(|| OWN.parse().unwrap())
    }
}

/// A check byte and reversed bits: enough to see that a changed token is refused.
pub struct Toy;

impl Sealer for Toy {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let sum = plain.iter().fold(0u8, |sum, b| sum.wrapping_mul(31).wrapping_add(*b));
        Ok(plain.iter().map(|b| !b).chain([sum]).collect())
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (_, body) = sealed.split_last().ok_or(SealError::Open)?;
        let plain: Vec<u8> = body.iter().map(|b| !b).collect();
        if self.seal(&plain)? == sealed { Ok(plain) } else { Err(SealError::Open) }
    }
}

pub fn decide(principal: &Principal, access: &Access, context: &Context) -> Decision {
    let mut context = context.clone();
    for (key, values) in &access.context {
        context.set(key, values.iter().cloned());
    }
    let request = Asked::new(principal, &access.action, &access.resource).with_context(context);
    let trust = access.resource_policy.clone().map(|d| Policy::new("trust", d));
    let of_trust =
        ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"];
    let assumes = of_trust.contains(&access.action.as_str());
    let resource_rule = if assumes { ResourceRule::Trust } else { ResourceRule::Either };
    let policies = Policies { resource: trust.as_ref(), resource_rule, ..Policies::default() };
    evaluate(&request, &policies)
}

/// The evaluator over the trust policy alone.
pub struct Trusting;

impl Authority for Trusting {
    fn identify(&self, _: &str, _: Option<&str>, _: Timestamp) -> Result<Identity, IdentifyError> {
        Err(IdentifyError::UnknownKey)
    }

    fn decide(&self, call: &Call, access: &Access, context: &Context) -> Result<Verdict, Fault> {
        let principal = &call.caller.principal;
        let decision = decide(principal, access, context);
        if decision.is_allowed() {
            return Ok(Verdict::Allowed);
        }
        Ok(Verdict::Denied {
            message: decision.message(&principal.arn(), &access.action, &access.resource),
            decision: None,
        })
    }
}

/// What issuers publish, by URL, and how often it was read.
#[derive(Default)]
pub struct Documents {
    pub by_url: Mutex<BTreeMap<String, Result<String, FetchError>>>,
    pub read: AtomicUsize,
}

impl Documents {
    pub fn publish(&self, url: &str, document: Result<String, FetchError>) {
        self.by_url.lock().unwrap().insert(url.to_owned(), document);
    }
}

impl Fetch for Documents {
    fn get<'a>(&'a self, url: &'a str, thumbprints: &'a [String]) -> Fetched<'a> {
        assert_eq!(thumbprints, ["ab".repeat(20)]);
        self.read.fetch_add(1, Ordering::Relaxed);
        let absent = || Err(FetchError::Status { url: url.to_owned(), status: 404 });
        let document = self.by_url.lock().unwrap().get(url).cloned().unwrap_or_else(absent);
        Box::pin(async move { document.map(String::into_bytes) })
    }
}

pub struct World {
    pub sts: Arc<Sts>,
    pub roles: Arc<Roles>,
    pub documents: Arc<Documents>,
    pub now: Timestamp,
    pub pipeline: Pipeline,
    pub caller: Caller,
    pub runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

pub fn ann() -> Principal {
    Principal::User {
        account: OWN.parse().unwrap(),
        path: "/".into(),
        name: "ann".into(),
        id: "AIDAANN".into(),
    }
}

pub fn caller(principal: Principal) -> Caller {
    Caller { principal, access_key_id: "AKIAANN".into(), ..root_call(NOW).caller }
}

impl World {
    pub fn new(principal: Principal) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let roles = Arc::new(Roles::default());
        let documents = Arc::new(Documents::default());
        let sts = Arc::new(Sts::new(
            roles.clone(),
            Arc::new(Toy),
            Arc::new(SequentialIds::seeded(3)),
            documents.clone(),
        ));
        let registry = svc_sts::ops::registry(sts.clone());
        let pipeline = pipeline_under(Arc::new(Trusting), registry, &store);
        Self { sts, roles, documents, now: NOW, pipeline, caller: caller(principal), runtime, _dir: dir }
    }

    pub fn call(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", "2011-06-15");
        form.extend_pairs(parameters);
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: form.finish().into(),
            ..Request::default()
        };
        let call = Call { caller: self.caller.clone(), ..root_call(self.now) };
        let response = self.runtime.block_on(self.pipeline.handle("sts", &call, &request));
        let body = String::from_utf8(response.body.to_vec()).unwrap().replace("&quot;", "\"");
        match element(&body, "Message") {
            Some(text) => format!("{} {}: {text}", response.status, element(&body, "Code").unwrap()),
            None => format!("{} {body}", response.status),
        }
    }

    pub fn check(&self, action: &str, parameters: &[(&str, &str)], expect: Expect) {
        expect.assert_eq(&self.call(action, parameters));
    }

    /// Whose the credentials in an answer are, at a time.
    pub fn whose(&self, answer: &str, now: Timestamp) -> Result<Identity, IdentifyError> {
        let key = element(answer, "AccessKeyId").unwrap();
        self.sts.identify(key, element(answer, "SessionToken"), now)
    }
}

pub fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let start = text.find(&format!("<{name}>"))? + name.len() + 2;
    let end = text[start..].find(&format!("</{name}>"))? + start;
    Some(&text[start..end])
}

pub const WORKER: (&str, &str) = ("RoleArn", "arn:aws:iam::000000000000:role/p/worker");
pub const NAME: (&str, &str) = ("RoleSessionName", "s1");
pub const WORD: (&str, &str) = ("ExternalId", "word");

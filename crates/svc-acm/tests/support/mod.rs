//! Calls go through the whole pipeline; the authority and the certificates to import are made here.

use base::{Ids, ManualClock, SequentialIds, Timestamp};
use keyring::Keyring;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use service::Pipeline;
use service::testing::root_call;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::{Durability, Fault, Snapshot, Store};
use svc_acm::needs::{Authority, AuthorityError, Needs, Signed, Users, Wanted};
use svc_acm::{Acm, Material};
use wire::http::Request;

pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn authority_params(now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.not_before = now.plus_ms(-DAY_MS).to_utc();
    params.not_after = now.plus_ms(4000 * DAY_MS).to_utc();
    params
}

fn leaf_params(names: &[String], (from, until): (Timestamp, Timestamp)) -> CertificateParams {
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, names[0].as_str());
    (params.not_before, params.not_after) = (from.to_utc(), until.to_utc());
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn days(from: Timestamp, days: i64) -> (Timestamp, Timestamp) {
    (from, from.plus_ms(days * DAY_MS))
}

/// Certificate and key in PEM.
pub fn self_signed(name: &str, from: Timestamp, life_days: i64) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = leaf_params(&[name.to_owned()], days(from, life_days));
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// Certificate, key and the certificate of who signed it.
pub fn signed_by(name: &str, from: Timestamp, life_days: i64) -> (String, String, String) {
    let authority =
        CertifiedIssuer::self_signed(authority_params(from), KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = leaf_params(&[name.to_owned()], days(from, life_days)).signed_by(&key, &authority).unwrap();
    (leaf.pem(), key.serialize_pem(), authority.pem())
}

/// Fails unless a TLS server can show the certificate and prove that it is its own.
pub fn serves(material: &Material) {
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(material.chain_pem.as_bytes()).collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(material.private_key_pem.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    builder.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap();
}

struct TestAuthority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority for TestAuthority {
    fn sign(&self, wanted: &Wanted<'_>) -> Result<Signed, AuthorityError> {
        let key = KeyPair::try_from(wanted.key).unwrap();
        let params = leaf_params(wanted.names, (wanted.not_before, wanted.not_after));
        let certificate_pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Ok(Signed { certificate_pem, chain_pem: self.pem.clone() })
    }
}

/// Who uses a certificate, by its ARN.
#[derive(Clone, Default)]
struct Uses(Arc<Mutex<BTreeMap<String, String>>>);

impl Users for Uses {
    fn using(&self, _: &Snapshot, certificate: &str) -> Result<Vec<String>, Fault> {
        Ok(self.0.lock().unwrap().get(certificate).cloned().into_iter().collect())
    }
}

pub struct World {
    pub acm: Arc<Acm>,
    pub store: Store,
    pub now: ManualClock,
    pub used: Arc<Mutex<BTreeMap<String, String>>>,
    pipeline: Pipeline,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let ids: Arc<dyn Ids> = Arc::new(SequentialIds::seeded(1));
        let key = KeyPair::generate().unwrap();
        let pem = authority_params(NOW).self_signed(&key).unwrap().pem();
        let authority = Arc::new(TestAuthority { issuer: Issuer::new(authority_params(NOW), key), pem });
        let keyring = Keyring::with_key(&[7; 32], ids.clone());
        let acm = Arc::new(Acm::new(store.clone(), Needs { keyring, authority, ids }));
        let uses = Uses::default();
        acm.supply(vec![Arc::new(uses.clone())]);
        let pipeline = service::testing::pipeline(svc_acm::ops::registry(acm.clone()), &store);
        let now = ManualClock::at(NOW);
        Self { acm, store, now, used: uses.0, pipeline, runtime, _dir: dir }
    }

    pub fn renew(&self, now: Timestamp) {
        self.runtime.block_on(self.acm.renew_due(now)).unwrap();
    }

    /// The body of an import.
    pub fn import(&self, certificate: &str, key: &str, chain: Option<&str>) -> Value {
        let mut body = json!({"Certificate": base64(certificate), "PrivateKey": base64(key)});
        if let Some(chain) = chain {
            body["CertificateChain"] = json!(base64(chain));
        }
        body
    }

    pub fn ok(&self, operation: &str, body: Value) -> Value {
        let (status, answer) = self.call(operation, &body);
        assert_eq!(status, 200, "{operation} {body}: {answer}");
        answer
    }

    /// `CODE: MESSAGE`.
    pub fn fails(&self, operation: &str, body: Value) -> String {
        let (status, answer) = self.call(operation, &body);
        assert_ne!(status, 200, "{operation} {body}: {answer}");
        let message = answer.get("message").or(answer.get("Message"));
        format!("{}: {}", answer["__type"].as_str().unwrap(), message.unwrap().as_str().unwrap())
    }

    fn call(&self, operation: &str, body: &Value) -> (u16, Value) {
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![
                ("content-type".into(), "application/x-amz-json-1.1".into()),
                ("x-amz-target".into(), format!("CertificateManager.{operation}")),
            ],
            body: body.to_string().into(),
            ..Request::default()
        };
        let call = root_call(base::Clock::now(&self.now));
        let response = self.runtime.block_on(self.pipeline.handle("acm", &call, &request));
        (response.status, serde_json::from_slice(&response.body).unwrap_or(Value::Null))
    }
}

fn base64(text: &str) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(text)
}

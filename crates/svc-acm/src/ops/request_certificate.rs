//! <https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html>

use super::room_for_one;
use crate::keys::{self, Algorithm};
use crate::model::{domain, pem};
use crate::renew::Issued;
use crate::state::{Certificate, Origin, Requested, Tags};
use crate::{Acm, DOMAIN_NAMES_PER_CERTIFICATE_MAX, access, api, error, tags};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Snapshot;

/// A common name has no more octets.
const COMMON_NAME_MAX: usize = 64;
/// moat answers under these itself, to clients that trust the authority which signs here.
const AWS_DOMAINS: [&str; 3] = ["amazonaws.com", "amazonaws.com.cn", "aws"];
/// For how long a token stands for the certificate that it asked for.
const TOKEN_MS: i64 = 60 * 60 * 1000;

impl Handler<Acm> for api::RequestCertificate {
    fn access(_: &Acm, _: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let options = input.options.clone().unwrap_or_default();
        let logging =
            options.certificate_transparency_logging_preference.unwrap_or_else(|| "ENABLED".to_owned());
        let algorithm = input.key_algorithm.clone().unwrap_or_else(|| "RSA_2048".to_owned());
        let method = input.validation_method.clone().unwrap_or_else(|| "EMAIL".to_owned());
        let access = Access::to("acm:RequestCertificate", "*")
            .context("acm:DomainNames", names(input))
            .context("acm:KeyAlgorithm", vec![algorithm])
            .context("acm:ValidationMethod", vec![method])
            .context("acm:CertificateTransparencyLogging", vec![logging]);
        Ok(vec![access::with_request_tags(access, input.tags.as_deref())])
    }

    /// The authority signs at once: see the crate's documentation.
    async fn run(
        acm: &Acm,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let wanted = wanted(&input)?;
        let state = acm.store.read();
        if let Some(known) = asked_before(&state, call, &wanted)? {
            return Ok(api::RequestCertificateResponse { certificate_arn: Some(known.arn()) });
        }
        room_for_one(&state, call)?;
        let key = new_key(acm, wanted.algorithm).await?;
        let issued = acm.issue(&wanted.requested.names, &key, call.now).map_err(ServiceError::internal)?;
        let key = pem::encode_key(&PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)));
        let arn = acm
            .store
            .write(|tx| {
                // The same request may have been met while this one's key was made.
                let state = tx.snapshot();
                if let Some(known) = asked_before(&state, call, &wanted)? {
                    return Ok::<_, ServiceError>(known.arn());
                }
                room_for_one(&state, call)?;
                let certificate = certificate(acm, call, wanted, issued);
                tx.put(&certificate)?;
                let sealed = acm.seal_key(&certificate, &key).map_err(ServiceError::internal)?;
                tx.put(&sealed)?;
                Ok(certificate.arn())
            })
            .await?;
        Ok(api::RequestCertificateResponse { certificate_arn: Some(arn) })
    }
}

/// A request that can be met.
struct WantedCertificate {
    requested: Requested,
    algorithm: Algorithm,
    tags: Tags,
}

fn wanted(input: &api::RequestCertificateRequest) -> Result<WantedCertificate, ServiceError> {
    refuse_what_is_not_there(input)?;
    let algorithm = input.key_algorithm.as_deref().unwrap_or("RSA_2048");
    let algorithm = Algorithm::parse(algorithm).ok_or_else(|| {
        error::validation(format!(
            "The key algorithm {algorithm} is supported for imported certificates only."
        ))
    })?;
    let names = names(input);
    if let Some(own) = names.iter().find(|name| AWS_DOMAINS.iter().any(|aws| domain::is_above(aws, name))) {
        return Err(error::validation(format!("{own} is a name of AWS, which nobody else can validate.")));
    }
    if names.first().is_some_and(|name| name.len() > COMMON_NAME_MAX) {
        return Err(error::validation("The first domain name can be no longer than 64 characters."));
    }
    if names.len() > DOMAIN_NAMES_PER_CERTIFICATE_MAX {
        return Err(error::limit_exceeded(
            "An ACM limit has been exceeded. Need to request SAN limit to be raised",
        ));
    }
    let validation_domains = validation_domains(input, &names)?;
    let preference =
        input.options.as_ref().and_then(|o| o.certificate_transparency_logging_preference.as_deref());
    let mut found = Tags::new();
    tags::add(&mut found, input.tags.clone())?;
    let requested = Requested {
        token: input.idempotency_token.clone(),
        names,
        validation_domains,
        is_logged: preference != Some("DISABLED"),
        renewed: None,
    };
    Ok(WantedCertificate { requested, algorithm, tags: found })
}

/// Nobody reads mail in moat's world, private authorities are a service of their own, and keys do not leave.
fn refuse_what_is_not_there(input: &api::RequestCertificateRequest) -> Result<(), ServiceError> {
    if let Some(method) = input.validation_method.as_deref().filter(|method| *method != "DNS") {
        return Err(ServiceError::not_implemented(&format!("ValidationMethod {method}")));
    }
    if input.certificate_authority_arn.is_some() {
        return Err(ServiceError::not_implemented("CertificateAuthorityArn"));
    }
    if input.managed_by.is_some() {
        return Err(ServiceError::not_implemented("ManagedBy"));
    }
    let export = input.options.as_ref().and_then(|options| options.export.as_deref());
    if export == Some("ENABLED") {
        return Err(ServiceError::not_implemented("Export ENABLED"));
    }
    Ok(())
}

/// The domain name and the others, each once.
fn names(input: &api::RequestCertificateRequest) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in input.domain_name.iter().chain(input.subject_alternative_names.iter().flatten()) {
        let name = name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn validation_domains(
    input: &api::RequestCertificateRequest,
    names: &[String],
) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut found = BTreeMap::new();
    for option in input.domain_validation_options.iter().flatten() {
        let name = option.domain_name.clone().unwrap_or_default().to_ascii_lowercase();
        let above = option.validation_domain.clone().unwrap_or_default();
        if !names.contains(&name) || !domain::is_above(&above, &name) {
            return Err(ServiceError::client(
                "InvalidDomainValidationOptionsException",
                format!("The validation domain {above} is not a superdomain of a requested domain {name}."),
            ));
        }
        found.insert(name, above);
    }
    Ok(found)
}

fn asked_before(
    state: &Snapshot,
    call: &Call,
    wanted: &WantedCertificate,
) -> Result<Option<Arc<Certificate>>, ServiceError> {
    if wanted.requested.token.is_none() {
        return Ok(None);
    }
    let known = state.scan::<Certificate>(&call.scope.prefix())?;
    Ok(known.into_iter().find(|known| {
        let same = match &known.origin {
            Origin::Requested(before) => Requested { renewed: None, ..before.clone() } == wanted.requested,
            Origin::Imported => false,
        };
        same && known.tags == wanted.tags && call.now < known.created.plus_ms(TOKEN_MS)
    }))
}

/// Large primes take a while to find, so that is done beside the threads that answer, one after the other: however
/// many are asked for at once, they take one processor.
async fn new_key(acm: &Acm, algorithm: Algorithm) -> Result<Vec<u8>, ServiceError> {
    let (ids, turn) = (acm.ids.clone(), acm.key_making.clone().lock_owned().await);
    let made = tokio::task::spawn_blocking(move || {
        // It lasts as long as the work, also when who asked goes.
        let _turn = turn;
        keys::generate(algorithm, ids.as_ref())
    })
    .await;
    made.map_err(ServiceError::internal)?.map_err(ServiceError::internal)
}

fn certificate(acm: &Acm, call: &Call, wanted: WantedCertificate, issued: Issued) -> Certificate {
    Certificate {
        scope: call.scope.clone(),
        id: acm.ids.uuid(),
        origin: Origin::Requested(wanted.requested),
        created: call.now,
        issued: call.now,
        pem: issued.pem,
        chain_pem: Some(issued.chain_pem),
        facts: issued.facts,
        tags: wanted.tags,
    }
}

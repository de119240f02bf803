//! How certificates are shown.
//! <https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html>

use crate::api;
use crate::model::validation_record;
use crate::state::{Certificate, Origin, Requested};
use base::Timestamp;

/// Of a certificate's other names, a summary shows as many.
const NAMES_IN_SUMMARY: usize = 100;

/// ACM writes `RSA-2048` where its requests have `RSA_2048`.
fn key_algorithm(certificate: &Certificate) -> String {
    certificate.facts.key_algorithm.replacen('_', "-", 1)
}

/// What is in use is renewed before it ends.
fn renewal_eligibility(certificate: &Certificate, is_used: bool) -> String {
    let is_ours = matches!(certificate.origin, Origin::Requested(_));
    if is_ours && is_used { "ELIGIBLE" } else { "INELIGIBLE" }.to_owned()
}

pub fn detail(certificate: &Certificate, users: Vec<String>, now: Timestamp) -> api::CertificateDetail {
    let facts = &certificate.facts;
    let usage = |name: &String| api::KeyUsage { name: Some(name.clone()) };
    let extended = |(name, oid): &(String, String)| api::ExtendedKeyUsage {
        name: Some(name.clone()),
        oid: Some(oid.clone()),
    };
    let shown = api::CertificateDetail {
        certificate_arn: Some(certificate.arn()),
        domain_name: certificate.domain(),
        subject_alternative_names: Some(certificate.names()),
        serial: Some(facts.serial.clone()),
        subject: Some(facts.subject.clone()),
        issuer: Some(facts.issuer.clone()),
        created_at: Some(certificate.created),
        status: Some(certificate.status(now).to_owned()),
        not_before: Some(facts.not_before),
        not_after: Some(facts.not_after),
        key_algorithm: Some(key_algorithm(certificate)),
        signature_algorithm: Some(facts.signature_algorithm.clone()),
        renewal_eligibility: Some(renewal_eligibility(certificate, !users.is_empty())),
        in_use_by: Some(users),
        r#type: Some(certificate.kind().to_owned()),
        key_usages: Some(facts.key_usages.iter().map(usage).collect()),
        extended_key_usages: Some(facts.extended_key_usages.iter().map(extended).collect()),
        options: Some(options(&certificate.origin)),
        ..Default::default()
    };
    match &certificate.origin {
        Origin::Imported => api::CertificateDetail { imported_at: Some(certificate.issued), ..shown },
        Origin::Requested(requested) => api::CertificateDetail {
            issued_at: Some(certificate.issued),
            domain_validation_options: Some(validations(certificate, requested)),
            renewal_summary: requested.renewed.map(|updated| api::RenewalSummary {
                renewal_status: Some("SUCCESS".to_owned()),
                domain_validation_options: Some(validations(certificate, requested)),
                updated_at: Some(updated),
                ..Default::default()
            }),
            ..shown
        },
    }
}

/// moat writes to no transparency log; what was asked is told back.
fn options(origin: &Origin) -> api::CertificateOptions {
    let is_logged = match origin {
        Origin::Requested(requested) => requested.is_logged,
        Origin::Imported => false,
    };
    let preference = if is_logged { "ENABLED" } else { "DISABLED" };
    api::CertificateOptions {
        certificate_transparency_logging_preference: Some(preference.to_owned()),
        export: Some("DISABLED".to_owned()),
    }
}

fn validations(certificate: &Certificate, requested: &Requested) -> Vec<api::DomainValidation> {
    let of = |name: &String| {
        let record = validation_record::of(&certificate.scope.account, name);
        let domain = requested.validation_domains.get(name).unwrap_or(name);
        api::DomainValidation {
            domain_name: Some(name.clone()),
            validation_domain: Some(domain.clone()),
            validation_status: Some("SUCCESS".to_owned()),
            validation_method: Some("DNS".to_owned()),
            resource_record: Some(api::ResourceRecord {
                name: Some(record.name),
                r#type: Some("CNAME".to_owned()),
                value: Some(record.value),
            }),
            ..Default::default()
        }
    };
    requested.names.iter().map(of).collect()
}

pub fn summary(certificate: &Certificate, is_used: bool, now: Timestamp) -> api::CertificateSummary {
    let facts = &certificate.facts;
    let names = certificate.names();
    let is_imported = certificate.origin == Origin::Imported;
    api::CertificateSummary {
        certificate_arn: Some(certificate.arn()),
        domain_name: certificate.domain(),
        has_additional_subject_alternative_names: Some(names.len() > NAMES_IN_SUMMARY),
        subject_alternative_name_summaries: Some(names.into_iter().take(NAMES_IN_SUMMARY).collect()),
        status: Some(certificate.status(now).to_owned()),
        r#type: Some(certificate.kind().to_owned()),
        key_algorithm: Some(key_algorithm(certificate)),
        key_usages: Some(facts.key_usages.clone()),
        extended_key_usages: Some(facts.extended_key_usages.iter().map(|(name, _)| name.clone()).collect()),
        export_option: Some("DISABLED".to_owned()),
        in_use: Some(is_used),
        renewal_eligibility: Some(renewal_eligibility(certificate, is_used)),
        not_before: Some(facts.not_before),
        not_after: Some(facts.not_after),
        created_at: Some(certificate.created),
        issued_at: (!is_imported).then_some(certificate.issued),
        imported_at: is_imported.then_some(certificate.issued),
        ..Default::default()
    }
}

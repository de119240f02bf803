//! One file per operation, named as AWS names it; this is the registry.

mod add_tags_to_certificate;
mod delete_certificate;
mod describe_certificate;
mod get_certificate;
mod import_certificate;
mod list_certificates;
mod list_tags_for_certificate;
mod remove_tags_from_certificate;
mod request_certificate;

use crate::state::Certificate;
use crate::{Acm, CERTIFICATES_MAX, api, error, find};
use base::Arn;
use service::{Call, ServiceError};
use std::sync::Arc;
use store::Snapshot;

/// The operations that certificates are served by.
pub fn registry(acm: Arc<Acm>) -> service::Registry {
    service::Registry::builder(&api::MODEL, acm)
        .with::<api::AddTagsToCertificate>()
        .with::<api::DeleteCertificate>()
        .with::<api::DescribeCertificate>()
        .with::<api::GetCertificate>()
        .with::<api::ImportCertificate>()
        .with::<api::ListCertificates>()
        .with::<api::ListTagsForCertificate>()
        .with::<api::RemoveTagsFromCertificate>()
        .with::<api::RequestCertificate>()
        .build()
}

/// The certificate that a request names.
fn named(state: &Snapshot, call: &Call, arn: Option<&str>) -> Result<Arc<Certificate>, ServiceError> {
    let arn = arn.unwrap_or_default();
    let parsed: Arn = arn.parse().map_err(|_| error::invalid_arn(arn))?;
    if parsed.service != "acm" || !parsed.resource.starts_with("certificate/") {
        return Err(error::invalid_arn(arn));
    }
    find(state, &call.scope, arn)?.ok_or_else(|| error::not_found(arn))
}

fn room_for_one(state: &Snapshot, call: &Call) -> Result<(), ServiceError> {
    if state.scan::<Certificate>(&call.scope.prefix())?.len() < CERTIFICATES_MAX {
        return Ok(());
    }
    let message = format!("Cannot have more than {CERTIFICATES_MAX} certificates in this account");
    Err(error::limit_exceeded(message))
}

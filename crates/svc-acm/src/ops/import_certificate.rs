//! <https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html>

use super::named;
use super::room_for_one;
use crate::model::import::{self, Imported};
use crate::state::{Certificate, Origin};
use crate::{Acm, access, api, error, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Acm> for api::ImportCertificate {
    fn access(acm: &Acm, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let access = match input.certificate_arn.as_deref() {
            Some(arn) => access::on(&acm.store.read(), call, "ImportCertificate", Some(arn)),
            None => access::on_new(call, "ImportCertificate"),
        };
        Ok(vec![access::with_request_tags(access, input.tags.as_deref())])
    }

    async fn run(
        acm: &Acm,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let given = |blob: &Option<Vec<u8>>| blob.clone().unwrap_or_default();
        let imported = import::check(
            &given(&input.certificate),
            &given(&input.private_key),
            input.certificate_chain.as_deref(),
            call.now,
        )
        .map_err(|error| error::validation(error.to_string()))?;
        let certificate = acm
            .store
            .write(|tx| {
                let certificate = match input.certificate_arn.as_deref() {
                    Some(arn) => again(tx, call, arn, &imported, input.tags.is_some())?,
                    None => anew(acm, tx, call, &imported, input.tags.clone())?,
                };
                tx.put(&certificate)?;
                let key = acm.seal_key(&certificate, &imported.private_key_pem);
                tx.put(&key.map_err(ServiceError::internal)?)?;
                Ok::<_, ServiceError>(certificate)
            })
            .await?;
        Ok(api::ImportCertificateResponse { certificate_arn: Some(certificate.arn()) })
    }
}

fn anew(
    acm: &Acm,
    tx: &Tx,
    call: &Call,
    imported: &Imported,
    list: Option<Vec<api::Tag>>,
) -> Result<Certificate, ServiceError> {
    room_for_one(&tx.snapshot(), call)?;
    let mut certificate = Certificate {
        scope: call.scope.clone(),
        id: acm.ids.uuid(),
        origin: Origin::Imported,
        created: call.now,
        issued: call.now,
        pem: imported.pem.clone(),
        chain_pem: imported.chain_pem.clone(),
        facts: imported.facts.clone(),
        tags: Default::default(),
    };
    tags::add(&mut certificate.tags, list)?;
    Ok(certificate)
}

/// The same ARN with another certificate.
fn again(
    tx: &Tx,
    call: &Call,
    arn: &str,
    imported: &Imported,
    has_tags: bool,
) -> Result<Certificate, ServiceError> {
    let found = named(&tx.snapshot(), call, Some(arn))?;
    if found.origin != Origin::Imported {
        return Err(error::validation(format!("Certificate {arn} was not imported.")));
    }
    if has_tags {
        return Err(error::validation("Tagging is not permitted on re-import."));
    }
    Ok(Certificate {
        issued: call.now,
        pem: imported.pem.clone(),
        chain_pem: imported.chain_pem.clone(),
        facts: imported.facts.clone(),
        ..(*found).clone()
    })
}

//! <https://docs.aws.amazon.com/acm/latest/APIReference/API_AddTagsToCertificate.html>

use super::named;
use crate::{Acm, access, api, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Acm> for api::AddTagsToCertificate {
    fn access(acm: &Acm, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let arn = input.certificate_arn.as_deref();
        let access = access::on(&acm.store.read(), call, "AddTagsToCertificate", arn);
        Ok(vec![access::with_request_tags(access, input.tags.as_deref())])
    }

    async fn run(
        acm: &Acm,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        acm.store
            .write(|tx| {
                let mut certificate =
                    (*named(&tx.snapshot(), call, input.certificate_arn.as_deref())?).clone();
                tags::add(&mut certificate.tags, input.tags.clone())?;
                Ok::<_, ServiceError>(tx.put(&certificate)?)
            })
            .await?;
        Ok(Default::default())
    }
}

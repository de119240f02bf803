//! <https://docs.aws.amazon.com/acm/latest/APIReference/API_ListTagsForCertificate.html>

use super::named;
use crate::{Acm, access, api, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Acm> for api::ListTagsForCertificate {
    fn access(acm: &Acm, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let arn = input.certificate_arn.as_deref();
        Ok(vec![access::on(&acm.store.read(), call, "ListTagsForCertificate", arn)])
    }

    async fn run(
        acm: &Acm,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let certificate = named(&acm.store.read(), call, input.certificate_arn.as_deref())?;
        Ok(api::ListTagsForCertificateResponse { tags: Some(tags::list(&certificate.tags)) })
    }
}

//! <https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html>

use super::named;
use crate::{Acm, access, answer, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Acm> for api::DescribeCertificate {
    fn access(acm: &Acm, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let arn = input.certificate_arn.as_deref();
        Ok(vec![access::on(&acm.store.read(), call, "DescribeCertificate", arn)])
    }

    async fn run(
        acm: &Acm,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = acm.store.read();
        let certificate = named(&state, call, input.certificate_arn.as_deref())?;
        let users = acm.users_of(&state, &certificate)?;
        let shown = answer::detail(&certificate, users, call.now);
        Ok(api::DescribeCertificateResponse { certificate: Some(shown) })
    }
}

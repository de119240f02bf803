//! <https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html>

use super::named;
use crate::state::{Certificate, PrivateKey};
use crate::{Acm, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Acm> for api::DeleteCertificate {
    fn access(acm: &Acm, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let arn = input.certificate_arn.as_deref();
        Ok(vec![access::on(&acm.store.read(), call, "DeleteCertificate", arn)])
    }

    async fn run(
        acm: &Acm,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        acm.store
            .write(|tx| {
                let state = tx.snapshot();
                let certificate = named(&state, call, input.certificate_arn.as_deref())?;
                if !acm.users_of(&state, &certificate)?.is_empty() {
                    let (arn, account) = (certificate.arn(), &call.scope.account);
                    let message = format!("Certificate {arn} in account {account} is in use.");
                    return Err(ServiceError::client("ResourceInUseException", message));
                }
                tx.delete::<Certificate>(&certificate.key())?;
                tx.delete::<PrivateKey>(&certificate.key())?;
                Ok(())
            })
            .await?;
        Ok(Default::default())
    }
}

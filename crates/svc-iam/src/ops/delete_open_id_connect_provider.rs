//! Ends the trust in an OpenID Connect issuer.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html>

use crate::access;
use crate::api;
use crate::model::OpenIdConnectProvider;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::DeleteOpenIDConnectProvider {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::provider(iam, call, "DeleteOpenIDConnectProvider", &input.open_id_connect_provider_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.open_id_connect_provider_arn, "openIDConnectProviderArn")?;
        iam.store
            .write(|tx| {
                let provider = state::provider(&tx.snapshot(), &call.scope.account, arn)?;
                tx.delete::<OpenIdConnectProvider>(&provider.key()).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::DeleteOpenIDConnectProviderOutput::default())
    }
}

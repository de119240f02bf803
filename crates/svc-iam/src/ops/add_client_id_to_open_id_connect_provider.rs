//! Adds an audience that tokens of an OpenID Connect issuer may have.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::AddClientIDToOpenIDConnectProvider {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::provider(iam, call, "AddClientIDToOpenIDConnectProvider", &input.open_id_connect_provider_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.open_id_connect_provider_arn, "openIDConnectProviderArn")?;
        iam.edit_provider(call, arn, |provider| provider.add_client(given(&input.client_id, "clientID")?))
            .await?;
        Ok(api::AddClientIDToOpenIDConnectProviderOutput::default())
    }
}

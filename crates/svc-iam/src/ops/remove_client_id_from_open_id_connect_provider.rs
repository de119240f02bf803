//! Takes an audience of an OpenID Connect issuer away. One that is not there stays away.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::RemoveClientIDFromOpenIDConnectProvider {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::provider(
            iam,
            call,
            "RemoveClientIDFromOpenIDConnectProvider",
            &input.open_id_connect_provider_arn,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.open_id_connect_provider_arn, "openIDConnectProviderArn")?;
        iam.edit_provider(call, arn, |provider| {
            provider.client_ids.retain(|id| Some(id) != input.client_id.as_ref());
            Ok(())
        })
        .await?;
        Ok(api::RemoveClientIDFromOpenIDConnectProviderOutput::default())
    }
}

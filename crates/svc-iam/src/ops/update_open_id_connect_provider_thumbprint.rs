//! Replaces the thumbprints of an OpenID Connect issuer.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UpdateOpenIDConnectProviderThumbprint {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::provider(
            iam,
            call,
            "UpdateOpenIDConnectProviderThumbprint",
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
            provider.set_thumbprints(input.thumbprint_list.as_deref().unwrap_or_default())
        })
        .await?;
        Ok(api::UpdateOpenIDConnectProviderThumbprintOutput::default())
    }
}

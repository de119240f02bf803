//! Removes tags from an OpenID Connect issuer.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagOpenIDConnectProvider.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UntagOpenIDConnectProvider {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with_tag_keys(
            access::provider(iam, call, "UntagOpenIDConnectProvider", &input.open_id_connect_provider_arn),
            &input.tag_keys,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.open_id_connect_provider_arn, "openIDConnectProviderArn")?;
        iam.edit_provider(call, arn, |provider| {
            provider.tags.remove(input.tag_keys.as_deref().unwrap_or_default());
            Ok(())
        })
        .await?;
        Ok(api::UntagOpenIDConnectProviderOutput::default())
    }
}

//! Adds tags to an OpenID Connect issuer, or replaces their values.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagOpenIDConnectProvider.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::TagOpenIDConnectProvider {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with_tags(
            access::provider(iam, call, "TagOpenIDConnectProvider", &input.open_id_connect_provider_arn),
            &input.tags,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.open_id_connect_provider_arn, "openIDConnectProviderArn")?;
        iam.edit_provider(call, arn, |provider| provider.tags.set(input.tags.as_deref().unwrap_or_default()))
            .await?;
        Ok(api::TagOpenIDConnectProviderOutput::default())
    }
}

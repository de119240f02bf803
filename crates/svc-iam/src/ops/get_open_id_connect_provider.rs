//! Shows a trusted OpenID Connect issuer.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetOpenIDConnectProvider {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::provider(iam, call, "GetOpenIDConnectProvider", &input.open_id_connect_provider_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.open_id_connect_provider_arn, "openIDConnectProviderArn")?;
        let provider = state::provider(&iam.read(), &call.scope.account, arn)?;
        Ok(api::GetOpenIDConnectProviderResponse {
            url: Some(provider.url.clone()),
            client_id_list: Some(provider.client_ids.clone()),
            thumbprint_list: Some(provider.thumbprints.clone()),
            create_date: Some(provider.created),
            tags: provider.tags.describe_some(),
        })
    }
}

//! Lists the tags of an OpenID Connect issuer.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviderTags.html>

use crate::access;
use crate::api;
use crate::model::{given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListOpenIDConnectProviderTags {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::provider(iam, call, "ListOpenIDConnectProviderTags", &input.open_id_connect_provider_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.open_id_connect_provider_arn, "openIDConnectProviderArn")?;
        let provider = state::provider(&iam.read(), &call.scope.account, arn)?;
        let key = |tag: &api::Tag| tag.key.clone().unwrap_or_default().to_lowercase();
        let page = page(provider.tags.describe(), key, &input.marker, input.max_items)?;
        Ok(api::ListOpenIDConnectProviderTagsResponse {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

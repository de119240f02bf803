//! Lists the trusted OpenID Connect issuers.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html>

use crate::api;
use crate::model::OpenIdConnectProvider;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListOpenIDConnectProviders {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:ListOpenIDConnectProviders", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        _input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let all = state::all::<OpenIdConnectProvider>(&iam.read(), &call.scope.account)?;
        let entry = |arn| api::OpenIDConnectProviderListEntry { arn: Some(arn) };
        Ok(api::ListOpenIDConnectProvidersResponse {
            open_id_connect_provider_list: Some(all.iter().map(|provider| entry(provider.arn())).collect()),
        })
    }
}

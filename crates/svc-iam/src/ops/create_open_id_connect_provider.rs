//! Trusts an OpenID Connect issuer: its tokens can then stand for roles that name it.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>

use crate::access;
use crate::api;
use crate::error::{already_exists, quota};
use crate::model::given;
use crate::model::{OpenIdConnectProvider, Tags};
use crate::quota::OPEN_ID_CONNECT_PROVIDERS;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::CreateOpenIDConnectProvider {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let host = OpenIdConnectProvider::host_and_path(given(&input.url, "url")?)?;
        let arn = OpenIdConnectProvider::arn_of(&call.scope.account, host);
        access::with_tags(Ok(vec![Access::to("iam:CreateOpenIDConnectProvider", arn)]), &input.tags)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let url = given(&input.url, "url")?;
        let mut provider = OpenIdConnectProvider {
            account: call.scope.account.clone(),
            url: OpenIdConnectProvider::host_and_path(url)?.to_owned(),
            client_ids: Vec::new(),
            thumbprints: Vec::new(),
            created: call.now,
            tags: Tags::new(&input.tags)?,
        };
        provider.set_thumbprints(input.thumbprint_list.as_deref().unwrap_or_default())?;
        for client in input.client_id_list.iter().flatten() {
            provider.add_client(client)?;
        }
        iam.store
            .write(|tx| {
                let state = tx.snapshot();
                if state.get::<OpenIdConnectProvider>(&provider.key())?.is_some() {
                    return Err(already_exists(format!("Provider with url {url} already exists.")));
                }
                if state::all::<OpenIdConnectProvider>(&state, &provider.account)?.len()
                    >= OPEN_ID_CONNECT_PROVIDERS
                {
                    return Err(quota("OpenIdConnectProvidersPerAccount", OPEN_ID_CONNECT_PROVIDERS));
                }
                tx.put(&provider).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::CreateOpenIDConnectProviderResponse {
            open_id_connect_provider_arn: Some(provider.arn()),
            tags: provider.tags.describe_some(),
        })
    }
}

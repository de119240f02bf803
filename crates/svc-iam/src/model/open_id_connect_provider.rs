//! OpenID Connect issuers that an account trusts.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>

use super::Tags;
use crate::error::{invalid_input, quota, validation};
use crate::quota::{CLIENT_IDS_PER_PROVIDER, THUMBPRINTS_PER_PROVIDER};
use base::{AccountId, Arn, Timestamp, is_loopback_host};
use serde::{Deserialize, Serialize};
use service::ServiceError;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenIdConnectProvider {
    pub account: AccountId,
    /// Without its scheme, as the ARN has it.
    pub url: String,
    /// The audiences that tokens may have.
    pub client_ids: Vec<String>,
    /// Of certificates that are believed though no known authority signed them; lower case.
    pub thumbprints: Vec<String>,
    pub(crate) created: Timestamp,
    pub(crate) tags: Tags,
}

impl store::Table for OpenIdConnectProvider {
    const NAME: &'static str = "iam_open_id_connect_provider";
    fn key(&self) -> String {
        Self::key_of(self.account.as_str(), &self.url)
    }
}

impl OpenIdConnectProvider {
    pub(crate) fn key_of(account: &str, url: &str) -> String {
        format!("{account}/{url}")
    }

    /// Host and path of an issuer's URL, which is `https`. An issuer on this machine, which AWS does
    /// not know, may do without.
    pub(crate) fn host_and_path(url: &str) -> Result<&str, ServiceError> {
        let host = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
        let local = || url.strip_prefix("http://").filter(|rest| is_loopback_host(&host(rest)));
        let rest = url.strip_prefix("https://").or_else(local);
        rest.filter(|rest| !host(rest).is_empty())
            .ok_or_else(|| validation("Invalid Open ID Connect Provider URL"))
    }

    pub(crate) fn arn_of(account: &AccountId, url: &str) -> String {
        Arn::global("iam", account, format!("oidc-provider/{url}")).to_string()
    }

    pub fn arn(&self) -> String {
        Self::arn_of(&self.account, &self.url)
    }

    pub(crate) fn set_thumbprints(&mut self, all: &[String]) -> Result<(), ServiceError> {
        if all.len() > THUMBPRINTS_PER_PROVIDER {
            return Err(invalid_input("Thumbprint list must contain fewer than 5 entries."));
        }
        self.thumbprints = all.iter().map(|text| text.to_lowercase()).collect();
        Ok(())
    }

    pub(crate) fn add_client(&mut self, id: &str) -> Result<(), ServiceError> {
        if !self.client_ids.iter().any(|known| known == id) {
            self.client_ids.push(id.to_owned());
        }
        if self.client_ids.len() > CLIENT_IDS_PER_PROVIDER {
            return Err(quota("ClientIdsPerOpenIdConnectProvider", CLIENT_IDS_PER_PROVIDER));
        }
        Ok(())
    }
}

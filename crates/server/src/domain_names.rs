//! Domain names of APIs: what they need of others, where their requests go, and what they show as TLS servers.

use crate::apis::UserApis;
use crate::listeners::public_address;
use crate::refusals::About;
use base::{AccountId, Region, Scope};
use domains::needs::{StageFound, Surroundings};
use domains::{DomainName, Mapping, Routed};
use edge::{ApiCall, ApiKind, DomainCertificate};
use std::net::Ipv4Addr;
use std::sync::Arc;
use store::{Fault, Snapshot, Store};
use svc_acm::Acm;
use wire::http::Response;

/// Certificates are ACM's; the APIs are those of both interfaces.
pub struct Around;

impl Surroundings for Around {
    fn certificate(&self, rows: &Snapshot, scope: &Scope, arn: &str) -> Result<Option<Vec<String>>, Fault> {
        Ok(svc_acm::find(rows, scope, arn)?.map(|certificate| certificate.names()))
    }

    fn stage(&self, rows: &Snapshot, scope: &Scope, api: &str, stage: &str) -> Result<StageFound, Fault> {
        let found = match svc_apigateway::has_stage(rows, scope, api, stage)? {
            None => svc_apigatewayv2::has_stage(rows, scope, api, stage)?,
            found => found,
        };
        Ok(match found {
            None => StageFound::NoApi,
            Some(false) => StageFound::NoStage,
            Some(true) => StageFound::Found,
        })
    }
}

/// Domain names use certificates.
pub struct DomainUses;

impl svc_acm::needs::Users for DomainUses {
    fn using(&self, state: &Snapshot, certificate: &str) -> Result<Vec<String>, Fault> {
        domains::using(state, certificate)
    }
}

/// The domain names, as the edge asks for them.
pub struct DomainNames {
    pub store: Store,
    pub acm: Arc<Acm>,
}

impl DomainNames {
    pub fn find(&self, host: &str) -> Option<Arc<DomainName>> {
        let found = domains::find(&self.store.read(), host);
        found.inspect_err(|fault| tracing::error!(%fault, host, "look for a domain name")).ok().flatten()
    }

    /// What a TLS server of this name shows, if the asker does not have it.
    pub fn certificate(&self, host: &str, known: Option<&str>) -> Option<DomainCertificate> {
        let domain = self.find(host)?;
        let rows = self.store.read();
        let arn = &domain.certificate;
        let found = arn.parse::<base::Arn>().ok().and_then(|arn| {
            let scope = Scope { account: arn.account_id()?, region: arn.region()? };
            svc_acm::find(&rows, &scope, &domain.certificate).ok().flatten()
        });
        let version = format!("{arn} {}", found?.issued.millis());
        if known == Some(version.as_str()) {
            return Some(DomainCertificate::AsKnown);
        }
        let material = self.acm.material(arn);
        let material =
            material.inspect_err(|error| tracing::error!(%error, arn, "read a certificate")).ok()??;
        let (chain, key) = (material.chain_pem, material.private_key_pem);
        Some(DomainCertificate::Anew { version, chain, key })
    }

    fn route(&self, call: &ApiCall) -> Result<Option<Routed>, Fault> {
        domains::route(&self.store.read(), &call.address.domain, &call.address.path)
    }
}

/// Where a domain name leads inside VPCs: as if its owner's DNS had the alias that AWS asks for.
pub fn address(rows: &Snapshot, name: &str, region: &Region) -> Result<Option<Ipv4Addr>, Fault> {
    let found = domains::find(rows, name)?;
    Ok(found.and_then(|domain| public_address(&domain.regional_host(), region)))
}

impl UserApis {
    /// The call at the API that its domain name's mapping leads to.
    pub(crate) fn mapped(&self, mut call: ApiCall) -> Result<ApiCall, Response> {
        if call.address.kind != ApiKind::Domain {
            return Ok(call);
        }
        let routed = match self.domains.route(&call) {
            Ok(routed) => routed,
            Err(fault) => return Err(self.unmapped(&call, None, fault.to_string())),
        };
        let Some(Routed { domain, route }) = routed else {
            let reason = format!("there is no domain name {}", call.address.domain);
            return Err(self.unmapped(&call, None, reason));
        };
        let Some(route) = route else {
            let reason = self.nothing_at(&domain, &call.address.path);
            return Err(self.unmapped(&call, Some(domain.scope.account.clone()), reason));
        };
        let address = &mut call.address;
        address.kind = ApiKind::Gateway;
        (address.api, address.stage, address.path) = (route.api, route.stage, route.path);
        address.region = Some(domain.scope.region.clone());
        address.base_path = Some(route.prefix);
        Ok(call)
    }

    fn nothing_at(&self, domain: &DomainName, path: &str) -> String {
        let known =
            self.domains.store.read().scan::<Mapping>(&domain.scope.key(&format!("{}/", domain.name)));
        let mut known: Vec<String> = known
            .unwrap_or_default()
            .iter()
            .map(|mapping| format!("/{}", mapping.base_path.as_str()))
            .collect();
        known.sort();
        let name = &domain.name;
        if known.is_empty() {
            return format!("the domain name {name} has no mappings to APIs");
        }
        format!(
            "the path {path} is below no base path of the domain name {name}, which has {}",
            known.join(", ")
        )
    }

    fn unmapped(&self, call: &ApiCall, owner: Option<AccountId>, reason: String) -> Response {
        let (request_id, domain) = (&call.request_id, &call.address.domain);
        tracing::info!(%request_id, domain, reason, "a domain name led nowhere");
        let (response, refusal) = svc_apigateway::Refusal::unmapped(request_id, reason);
        self.refusals.note(&About::from(call), owner, &refusal.into());
        response
    }
}

//! `moat map`: gathers networks and what people call the things in them, and has them drawn.

use crate::why::{Explainer, WhyError};
use base::{NetworkInterfaceId, Scope};
use map::{Label, Labels, What, survey, svg, text};
use serde::Deserialize;
use std::collections::BTreeMap;
use svc_ec2::Ec2;
use svc_ec2::state::{Instance, InterfaceType, NatGateway, NetworkInterface, Subnet, Vpc, VpcEndpoint};
use svc_rds::DbInstance;
use vpc::Network;

/// The tag that people name things by.
const NAME: &str = "Name";

#[derive(Debug, Deserialize)]
pub struct Mapping {
    /// All of the account's VPCs in the region that have something in them, unless one is named.
    vpc: Option<String>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Text,
    Svg,
}

impl Explainer {
    pub fn map(&self, scope: &Scope, asked: &Mapping) -> Result<String, WhyError> {
        let networks = self.mapped(scope, asked.vpc.as_deref())?;
        let map = survey(&networks, &self.labels(scope)?);
        Ok(match asked.format {
            Format::Text => text(&map),
            Format::Svg => svg(&map),
        })
    }

    fn mapped(&self, scope: &Scope, wanted: Option<&str>) -> Result<Vec<Network>, WhyError> {
        let vpcs = self.store.read().scan::<Vpc>(&scope.prefix())?;
        if let Some(wanted) = wanted.filter(|wanted| !vpcs.iter().any(|vpc| vpc.id.as_str() == *wanted)) {
            return Err(WhyError::NotFound(format!("there is no VPC `{wanted}`")));
        }
        let mut networks = Vec::new();
        for vpc in vpcs.iter().filter(|vpc| wanted.is_none_or(|wanted| vpc.id.as_str() == wanted)) {
            let network = self.network.network(&vpc.id)?;
            networks.extend(network.filter(|network| wanted.is_some() || !network.interfaces.is_empty()));
        }
        Ok(networks)
    }

    fn labels(&self, scope: &Scope) -> Result<Labels, store::Fault> {
        let read = self.store.read();
        let mut labels = Labels::default();
        for vpc in read.scan::<Vpc>(&scope.prefix())? {
            labels.vpcs.extend(vpc.tags.get(NAME).map(|name| (vpc.id.clone(), name.clone())));
        }
        for subnet in read.scan::<Subnet>(&scope.prefix())? {
            labels.subnets.extend(subnet.tags.get(NAME).map(|name| (subnet.id.clone(), name.clone())));
        }
        let databases: BTreeMap<NetworkInterfaceId, String> = read
            .scan::<DbInstance>(&scope.prefix())?
            .iter()
            .filter_map(|db| Some((db.interface.clone()?, db.identifier.clone())))
            .collect();
        for row in read.scan::<NetworkInterface>(&scope.prefix())? {
            let label = match databases.get(&row.id) {
                Some(name) => Some(Label { what: What::Database, name: name.clone() }),
                None => label(&read, scope, &self.ec2, &row)?,
            };
            labels.interfaces.extend(label.map(|label| (row.id.clone(), label)));
        }
        Ok(labels)
    }
}

fn label(
    read: &store::Snapshot,
    scope: &Scope,
    ec2: &Ec2,
    row: &NetworkInterface,
) -> Result<Option<Label>, store::Fault> {
    let named = |what, name: String| Some(Label { what, name });
    Ok(match row.interface_type {
        InterfaceType::Lambda => {
            let names: Vec<&str> = row.users.keys().filter_map(|arn| function_name(arn)).collect();
            let first = names.first().map(|name| (*name).to_owned());
            first.and_then(|first| match names.len() {
                1 => named(What::Function, first),
                all => named(What::Function, format!("{first} and {} more", all - 1)),
            })
        }
        InterfaceType::NatGateway => {
            let gateways = read.scan::<NatGateway>(&scope.prefix())?;
            let gateway = gateways.iter().find(|gateway| gateway.interface == row.id);
            gateway.and_then(|gateway| {
                let name = gateway.tags.get(NAME).cloned();
                named(What::NatGateway, name.unwrap_or_else(|| gateway.id.to_string()))
            })
        }
        InterfaceType::VpcEndpoint => {
            let endpoints = read.scan::<VpcEndpoint>(&scope.prefix())?;
            let endpoint = endpoints.iter().find(|e| e.interfaces.values().any(|id| *id == row.id));
            endpoint.and_then(|endpoint| {
                let service = endpoint.service_name.rsplit('.').next().unwrap_or_default().to_owned();
                named(What::Endpoint, endpoint.tags.get(NAME).cloned().unwrap_or(service))
            })
        }
        _ => attached(read, scope, ec2, row)?,
    })
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]`.
fn function_name(arn: &str) -> Option<&str> {
    arn.split(':').nth(6)
}

fn attached(
    read: &store::Snapshot,
    scope: &Scope,
    ec2: &Ec2,
    row: &NetworkInterface,
) -> Result<Option<Label>, store::Fault> {
    let instance = row.attachment.as_ref().and_then(|attachment| attachment.instance.clone());
    let found = match &instance {
        Some(id) => read.get::<Instance>(&scope.key(id.as_str()))?,
        None => None,
    };
    Ok(match found {
        Some(instance) => {
            let name = instance.tags.get(NAME).cloned().unwrap_or_else(|| instance.id.to_string());
            let what = if ec2.is_program(&instance) { What::Program } else { What::Instance };
            Some(Label { what, name })
        }
        None => row.tags.get(NAME).map(|name| Label { what: What::Interface, name: name.clone() }),
    })
}

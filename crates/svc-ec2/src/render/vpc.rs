//! VPCs.

use super::{described, many, one, text};
use crate::api;
use crate::filter::Facts;
use crate::state::{Ipv6Association, Vpc};
use crate::tags;
use base::Scope;
use ipnet::Ipv4Net;

pub(crate) fn vpc(row: &Vpc) -> api::Vpc {
    let primary = cidr_association(&row.cidr_association, row.cidr, "associated");
    let others = row.secondary_cidrs.iter().map(|a| cidr_association(&a.id, a.cidr, "associated"));
    api::Vpc {
        vpc_id: text(&row.id),
        owner_id: text(&row.scope.account),
        cidr_block: text(row.cidr),
        cidr_block_association_set: Some(std::iter::once(primary).chain(others).collect()),
        ipv6_cidr_block_association_set: Some(
            row.ipv6_cidrs.iter().map(|a| ipv6_association(&row.scope, a, "associated")).collect(),
        ),
        dhcp_options_id: text(&row.dhcp_options),
        instance_tenancy: text("default"),
        is_default: Some(row.is_default),
        state: text("available"),
        block_public_access_states: Some(api::BlockPublicAccessStates {
            internet_gateway_block_mode: text("off"),
        }),
        tags: tags::rendered(&row.tags),
        ..Default::default()
    }
}

pub(crate) fn cidr_association(id: &str, cidr: Ipv4Net, state: &str) -> api::VpcCidrBlockAssociation {
    api::VpcCidrBlockAssociation {
        association_id: text(id),
        cidr_block: text(cidr),
        cidr_block_state: Some(api::VpcCidrBlockState { state: text(state), status_message: None }),
    }
}

pub(crate) fn ipv6_association(
    scope: &Scope,
    row: &Ipv6Association,
    state: &str,
) -> api::VpcIpv6CidrBlockAssociation {
    api::VpcIpv6CidrBlockAssociation {
        association_id: text(&row.id),
        ipv6_cidr_block: text(row.cidr),
        ipv6_cidr_block_state: Some(api::VpcCidrBlockState { state: text(state), status_message: None }),
        ipv6_pool: text("Amazon"),
        network_border_group: text(&scope.region),
        ip_source: text("amazon"),
        ipv6_address_attribute: text("public"),
    }
}

impl Facts for api::Vpc {
    const FILTERS: &'static [&'static str] = &[
        "cidr",
        "cidr-block",
        "cidrBlock",
        "cidr-block-association.association-id",
        "cidr-block-association.cidr-block",
        "cidr-block-association.state",
        "dhcp-options-id",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.ipv6-pool",
        "ipv6-cidr-block-association.state",
        "is-default",
        "isDefault",
        "owner-id",
        "state",
        "vpc-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        let associations = self.cidr_block_association_set.as_ref();
        let of_ipv6 = self.ipv6_cidr_block_association_set.as_ref();
        match filter {
            "cidr" | "cidr-block" | "cidrBlock" => one(self.cidr_block.as_ref()),
            "cidr-block-association.association-id" => many(associations, |a| a.association_id.clone()),
            "cidr-block-association.cidr-block" => many(associations, |a| a.cidr_block.clone()),
            "cidr-block-association.state" => {
                many(associations, |a| a.cidr_block_state.as_ref().and_then(|s| s.state.clone()))
            }
            "dhcp-options-id" => one(self.dhcp_options_id.as_ref()),
            "ipv6-cidr-block-association.association-id" => many(of_ipv6, |a| a.association_id.clone()),
            "ipv6-cidr-block-association.ipv6-cidr-block" => many(of_ipv6, |a| a.ipv6_cidr_block.clone()),
            "ipv6-cidr-block-association.ipv6-pool" => many(of_ipv6, |a| a.ipv6_pool.clone()),
            "ipv6-cidr-block-association.state" => {
                many(of_ipv6, |a| a.ipv6_cidr_block_state.as_ref().and_then(|s| s.state.clone()))
            }
            "is-default" | "isDefault" => one(self.is_default),
            "owner-id" => one(self.owner_id.as_ref()),
            "state" => one(self.state.as_ref()),
            "vpc-id" => one(self.vpc_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(vpc_id, tags);
}

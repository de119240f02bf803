//! VPCs.

use super::{described, many, one, text};
use crate::api;
use crate::filter::Facts;
use crate::state::Vpc;
use crate::tags;

pub(crate) fn vpc(row: &Vpc) -> api::Vpc {
    let association = api::VpcCidrBlockAssociation {
        association_id: text(&row.cidr_association),
        cidr_block: text(row.cidr),
        cidr_block_state: Some(api::VpcCidrBlockState { state: text("associated"), status_message: None }),
    };
    api::Vpc {
        vpc_id: text(&row.id),
        owner_id: text(&row.scope.account),
        cidr_block: text(row.cidr),
        cidr_block_association_set: Some(vec![association]),
        dhcp_options_id: text(&row.dhcp_options),
        instance_tenancy: text("default"),
        is_default: Some(false),
        state: text("available"),
        block_public_access_states: Some(api::BlockPublicAccessStates {
            internet_gateway_block_mode: text("off"),
        }),
        tags: tags::rendered(&row.tags),
        ..Default::default()
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
        "is-default",
        "isDefault",
        "owner-id",
        "state",
        "vpc-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        let associations = self.cidr_block_association_set.as_ref();
        match filter {
            "cidr" | "cidr-block" | "cidrBlock" => one(self.cidr_block.as_ref()),
            "cidr-block-association.association-id" => many(associations, |a| a.association_id.clone()),
            "cidr-block-association.cidr-block" => many(associations, |a| a.cidr_block.clone()),
            "cidr-block-association.state" => {
                many(associations, |a| a.cidr_block_state.as_ref().and_then(|s| s.state.clone()))
            }
            "dhcp-options-id" => one(self.dhcp_options_id.as_ref()),
            "is-default" | "isDefault" => one(self.is_default),
            "owner-id" => one(self.owner_id.as_ref()),
            "state" => one(self.state.as_ref()),
            "vpc-id" => one(self.vpc_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(vpc_id, tags);
}

//! VPC peering connections, with both ends as they are now.

use super::{described, many, one, text};
use crate::api;
use crate::filter::Facts;
use crate::peering;
use crate::read::Read;
use crate::state::{PeeringEnd, PeeringStatus, VpcPeeringConnection};
use crate::tags;
use base::Timestamp;
use store::Fault;

pub(crate) fn vpc_peering_connection(
    view: &impl Read,
    row: &VpcPeeringConnection,
    now: Timestamp,
) -> Result<api::VpcPeeringConnection, Fault> {
    let code = row.code(now);
    // The accepter's blocks are nobody's business before it accepted, unless it is one's own.
    let told = row.is_active() || row.accepter.scope == *view.scope();
    Ok(api::VpcPeeringConnection {
        vpc_peering_connection_id: text(&row.id),
        requester_vpc_info: Some(end(view, &row.requester, true)?),
        accepter_vpc_info: Some(end(view, &row.accepter, told)?),
        expiration_time: (row.status == PeeringStatus::Pending).then_some(row.expires),
        status: Some(api::VpcPeeringConnectionStateReason {
            code: text(code),
            message: text(message(row, code)),
        }),
        tags: tags::rendered(&row.tags),
    })
}

fn end(view: &impl Read, end: &PeeringEnd, blocks: bool) -> Result<api::VpcPeeringConnectionVpcInfo, Fault> {
    let vpc = peering::vpc_at(view, end)?.filter(|_| blocks);
    let set = vpc
        .as_ref()
        .map(|vpc| vpc.cidrs().map(|cidr| api::CidrBlock { cidr_block: text(cidr) }).collect::<Vec<_>>());
    Ok(api::VpcPeeringConnectionVpcInfo {
        vpc_id: text(&end.vpc),
        owner_id: text(&end.scope.account),
        region: text(&end.scope.region),
        cidr_block: vpc.map(|vpc| vpc.cidr.to_string()),
        cidr_block_set: set,
        peering_options: Some(api::VpcPeeringConnectionOptionsDescription {
            allow_dns_resolution_from_remote_vpc: Some(false),
            allow_egress_from_local_classic_link_to_remote_vpc: Some(false),
            allow_egress_from_local_vpc_to_remote_classic_link: Some(false),
        }),
        ..Default::default()
    })
}

fn message(row: &VpcPeeringConnection, code: &str) -> String {
    match &row.status {
        PeeringStatus::Failed { .. } => {
            "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range".to_owned()
        }
        PeeringStatus::Pending if code == "expired" => "Expired".to_owned(),
        PeeringStatus::Pending => format!("Pending Acceptance by {}", row.accepter.scope.account),
        PeeringStatus::Active => "Active".to_owned(),
        PeeringStatus::Rejected { by, .. } => format!("Rejected by {by}"),
        PeeringStatus::Deleted { by, .. } => format!("Deleted by {by}"),
    }
}

impl Facts for api::VpcPeeringConnection {
    const FILTERS: &'static [&'static str] = &[
        "accepter-vpc-info.cidr-block",
        "accepter-vpc-info.owner-id",
        "accepter-vpc-info.vpc-id",
        "expiration-time",
        "requester-vpc-info.cidr-block",
        "requester-vpc-info.owner-id",
        "requester-vpc-info.vpc-id",
        "status-code",
        "status-message",
        "vpc-peering-connection-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        if let Some(rest) = filter.strip_prefix("accepter-vpc-info.") {
            return end_facts(self.accepter_vpc_info.as_ref(), rest);
        }
        if let Some(rest) = filter.strip_prefix("requester-vpc-info.") {
            return end_facts(self.requester_vpc_info.as_ref(), rest);
        }
        let status = self.status.as_ref();
        match filter {
            "expiration-time" => one(self.expiration_time.map(|at| at.iso8601_ms())),
            "status-code" => one(status.and_then(|s| s.code.clone())),
            "status-message" => one(status.and_then(|s| s.message.clone())),
            "vpc-peering-connection-id" => one(self.vpc_peering_connection_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(vpc_peering_connection_id, tags);
}

fn end_facts(end: Option<&api::VpcPeeringConnectionVpcInfo>, fact: &str) -> Vec<String> {
    let Some(end) = end else { return Vec::new() };
    match fact {
        "cidr-block" => many(end.cidr_block_set.as_ref(), |block| block.cidr_block.clone()),
        "owner-id" => one(end.owner_id.as_ref()),
        "vpc-id" => one(end.vpc_id.as_ref()),
        _ => Vec::new(),
    }
}

//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html>

use crate::model::identifier;
use crate::needs::SubnetPlace;
use crate::state::{DbSubnetGroup, Tags};
use crate::{DB_SUBNET_GROUPS_MAX, Rds, SUBNETS_PER_GROUP_MAX, access, answer, api, need_failed, tags};
use base::{Scope, SubnetId, VpcId};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeSet;

impl Handler<Rds> for api::CreateDBSubnetGroup {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::CreateDBSubnetGroupMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        let access =
            rds.on_subnet_group(call, "CreateDBSubnetGroup", input.db_subnet_group_name.as_deref())?;
        Ok(vec![access::with_request_tags(access, input.tags.as_deref())])
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::CreateDBSubnetGroupMessage>,
    ) -> Result<api::CreateDBSubnetGroupResult, ServiceError> {
        let input = input.into_inner();
        let name = identifier::db_subnet_group(&input.db_subnet_group_name.unwrap_or_default())?;
        let (vpc, subnets) = resolve_subnets(rds, &call.scope, input.subnet_ids.unwrap_or_default())?;
        let mut group_tags = Tags::new();
        tags::add(&mut group_tags, input.tags)?;
        let group = DbSubnetGroup {
            scope: call.scope.clone(),
            name,
            description: input.db_subnet_group_description.unwrap_or_default(),
            vpc,
            subnets,
            tags: group_tags,
        };
        let shown = answer::subnet_group(&group);
        rds.store.write(move |tx| insert(tx, &group)).await?;
        Ok(api::CreateDBSubnetGroupResult { db_subnet_group: Some(shown) })
    }
}

fn insert(tx: &mut store::Tx, group: &DbSubnetGroup) -> Result<(), ServiceError> {
    let existing = tx.scan::<DbSubnetGroup>(&group.scope.prefix())?;
    if existing.iter().any(|other| other.name == group.name) {
        return Err(ServiceError::client(
            "DBSubnetGroupAlreadyExists",
            format!("The DB subnet group '{}' already exists.", group.name),
        ));
    }
    if existing.len() >= DB_SUBNET_GROUPS_MAX {
        return Err(ServiceError::client(
            "DBSubnetGroupQuotaExceeded",
            "The request would result in the user exceeding the allowed number of DB subnet groups.",
        ));
    }
    Ok(tx.put(group)?)
}

/// The VPC and the subnets with their zones, or AWS's reason why they cannot be a group.
pub(super) fn resolve_subnets(
    rds: &Rds,
    scope: &Scope,
    ids: Vec<String>,
) -> Result<(VpcId, Vec<(SubnetId, String)>), ServiceError> {
    let ids: BTreeSet<SubnetId> = ids.into_iter().map(SubnetId::from).collect();
    if ids.len() > SUBNETS_PER_GROUP_MAX {
        return Err(ServiceError::client(
            "DBSubnetQuotaExceededFault",
            "The request would result in the user exceeding the allowed number of subnets in a DB subnet group.",
        ));
    }
    let mut subnets = Vec::new();
    let mut vpcs = BTreeSet::new();
    for id in ids {
        let place = rds.needs.subnets.subnet(scope, &id).map_err(need_failed)?;
        let Some(SubnetPlace { vpc, availability_zone }) = place else {
            return Err(ServiceError::client(
                "InvalidSubnet",
                format!("Some input subnets in :[{id}] are invalid."),
            ));
        };
        vpcs.insert(vpc);
        subnets.push((id, availability_zone));
    }
    let mut vpcs = vpcs.into_iter();
    match (vpcs.next(), vpcs.next()) {
        (Some(vpc), None) => enough_zones(&subnets).map(|()| (vpc, subnets)),
        (Some(_), Some(_)) => Err(ServiceError::client("InvalidSubnet", "Subnets are not in the same VPC.")),
        (None, _) => Err(ServiceError::client(
            "InvalidParameterValue",
            "The request must contain the parameter SubnetIds",
        )),
    }
}

fn enough_zones(subnets: &[(SubnetId, String)]) -> Result<(), ServiceError> {
    let zones: BTreeSet<&str> = subnets.iter().map(|(_, zone)| zone.as_str()).collect();
    if zones.len() >= 2 {
        return Ok(());
    }
    let covered: Vec<&str> = zones.into_iter().collect();
    Err(ServiceError::client(
        "DBSubnetGroupDoesNotCoverEnoughAZs",
        format!(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: {}. \
             Add subnets to cover at least 2 AZs.",
            covered.join(", ")
        ),
    ))
}

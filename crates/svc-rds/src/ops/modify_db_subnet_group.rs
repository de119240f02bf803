//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html>

use super::create_db_subnet_group::resolve_subnets;
use crate::state::{DbInstance, DbSubnetGroup};
use crate::{Rds, answer, api, subnet_group_not_found};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::ModifyDBSubnetGroup {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::ModifyDBSubnetGroupMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![rds.on_subnet_group(call, "ModifyDBSubnetGroup", input.db_subnet_group_name.as_deref())?])
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::ModifyDBSubnetGroupMessage>,
    ) -> Result<api::ModifyDBSubnetGroupResult, ServiceError> {
        let input = input.into_inner();
        let name = input.db_subnet_group_name.unwrap_or_default();
        let (vpc, subnets) = resolve_subnets(rds, &call.scope, input.subnet_ids.unwrap_or_default())?;
        let key = call.scope.key(&name.to_ascii_lowercase());
        let prefix = call.scope.prefix();
        let description = input.db_subnet_group_description;
        let group = rds
            .store
            .write(move |tx| {
                let old = tx.get::<DbSubnetGroup>(&key)?.ok_or_else(|| subnet_group_not_found(&name))?;
                if old.vpc != vpc {
                    return Err(ServiceError::client(
                        "InvalidSubnet",
                        "The subnets are not in the group's VPC.",
                    ));
                }
                let kept = |db: &DbInstance| subnets.iter().any(|(id, _)| *id == db.subnet);
                let dbs = tx.scan::<DbInstance>(&prefix)?;
                if let Some(db) = dbs.iter().find(|db| db.subnet_group == old.name && !kept(db)) {
                    return Err(ServiceError::client(
                        "SubnetAlreadyInUse",
                        format!("The subnet {} is in use by the DB instance {}.", db.subnet, db.identifier),
                    ));
                }
                let mut group = DbSubnetGroup::clone(&old);
                group.subnets = subnets;
                group.description = description.unwrap_or(group.description);
                tx.put(&group)?;
                Ok(group)
            })
            .await?;
        Ok(api::ModifyDBSubnetGroupResult { db_subnet_group: Some(answer::subnet_group(&group)) })
    }
}

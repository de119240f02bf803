//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html>

use crate::state::{DbInstance, DbSubnetGroup};
use crate::{Rds, api, subnet_group_not_found};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::DeleteDBSubnetGroup {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::DeleteDBSubnetGroupMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![rds.on_subnet_group(call, "DeleteDBSubnetGroup", input.db_subnet_group_name.as_deref())?])
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::DeleteDBSubnetGroupMessage>,
    ) -> Result<Self::Output, ServiceError> {
        let name = input.into_inner().db_subnet_group_name.unwrap_or_default();
        let scope = call.scope.clone();
        rds.store
            .write(move |tx| {
                let lower = name.to_ascii_lowercase();
                let dbs = tx.scan::<DbInstance>(&scope.prefix())?;
                if let Some(db) = dbs.iter().find(|db| db.subnet_group == lower) {
                    return Err(ServiceError::client(
                        "InvalidDBSubnetGroupStateFault",
                        format!(
                            "Cannot delete the subnet group '{lower}' because at least one database instance: {} is \
                             still using it.",
                            db.identifier
                        ),
                    ));
                }
                if tx.delete::<DbSubnetGroup>(&scope.key(&lower))? { Ok(()) } else { Err(subnet_group_not_found(&name)) }
            })
            .await?;
        Ok(Default::default())
    }
}

//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html>

use crate::state::{DbInstance, DbSubnetGroup, Status};
use crate::{Rds, answer, api, instance_not_found};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::DeleteDBInstance {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::DeleteDBInstanceMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![rds.on_instance(call, "DeleteDBInstance", input.db_instance_identifier.as_deref())?])
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::DeleteDBInstanceMessage>,
    ) -> Result<api::DeleteDBInstanceResult, ServiceError> {
        let input = input.into_inner();
        let name = input.db_instance_identifier.unwrap_or_default();
        if !input.skip_final_snapshot.unwrap_or(false) {
            return Err(if input.final_db_snapshot_identifier.is_some() {
                ServiceError::not_implemented("a final DB snapshot")
            } else {
                ServiceError::client(
                    "InvalidParameterCombination",
                    "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
                )
            });
        }
        let key = call.scope.key(&name.to_ascii_lowercase());
        let (db, group) = rds
            .store
            .write(move |tx| {
                let found = tx.get::<DbInstance>(&key)?.ok_or_else(|| instance_not_found(&name))?;
                let mut db = DbInstance::clone(&found);
                deletable(&db)?;
                db.status = Status::Deleting;
                tx.put(&db)?;
                let group = tx.get::<DbSubnetGroup>(&db.scope.key(&db.subnet_group))?;
                Ok::<_, ServiceError>((db, group))
            })
            .await?;
        rds.nudge.notify_one();
        Ok(api::DeleteDBInstanceResult { db_instance: Some(answer::db_instance(&db, group.as_deref())) })
    }
}

fn deletable(db: &DbInstance) -> Result<(), ServiceError> {
    if db.status == Status::Deleting {
        return Err(ServiceError::client(
            "InvalidDBInstanceState",
            format!("Instance {} is already being deleted.", db.identifier),
        ));
    }
    if db.deletion_protection {
        return Err(ServiceError::client(
            "InvalidParameterCombination",
            "Cannot delete protected DB Instance, please disable deletion protection and try again.",
        ));
    }
    Ok(())
}

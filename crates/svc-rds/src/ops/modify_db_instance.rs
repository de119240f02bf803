//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html>

use super::create_db_instance::security_groups;
use crate::model::{instance_class, master_user};
use crate::needs::Password;
use crate::state::{DbInstance, DbSubnetGroup, Status};
use crate::{Rds, answer, api, instance_not_found, need_failed, subnet_group_not_found};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::ModifyDBInstance {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::ModifyDBInstanceMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![rds.on_instance(call, "ModifyDBInstance", input.db_instance_identifier.as_deref())?])
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::ModifyDBInstanceMessage>,
    ) -> Result<api::ModifyDBInstanceResult, ServiceError> {
        let input = input.into_inner();
        refuse_what_is_missing(&input)?;
        let name = input.db_instance_identifier.clone().unwrap_or_default();
        let old = rds.instance(&call.scope, &name)?;
        let group_key = call.scope.key(&old.subnet_group);
        let group = rds
            .store
            .read()
            .get::<DbSubnetGroup>(&group_key)?
            .ok_or_else(|| subnet_group_not_found(&old.subnet_group))?;
        let groups = match &input.vpc_security_group_ids {
            Some(wanted) => Some(security_groups(rds, call, &group, Some(wanted))?),
            None => None,
        };
        let sealed = match &input.master_user_password {
            Some(_) if old.managed_password => return Err(managed_password()),
            Some(text) => {
                master_user::password(text)?;
                let password = Password::new(text.clone());
                Some(rds.needs.secrets.seal(&old.resource_id, &password).map_err(need_failed)?)
            }
            None => None,
        };
        if let Some(class) = &input.db_instance_class {
            instance_class::max_connections(class)?;
        }
        let key = old.scope.key(&old.identifier);
        let db = rds
            .store
            .write(move |tx| {
                let found = tx.get::<DbInstance>(&key)?.ok_or_else(|| instance_not_found(&name))?;
                let mut db = DbInstance::clone(&found);
                if db.status != Status::Available {
                    return Err(ServiceError::client(
                        "InvalidDBInstanceState",
                        format!("Database instance is not in available state (it is {}).", db.status.text()),
                    ));
                }
                db.security_groups = groups.unwrap_or(db.security_groups);
                db.pending_password = sealed.or(db.pending_password);
                db.class = input.db_instance_class.unwrap_or(db.class);
                db.deletion_protection = input.deletion_protection.unwrap_or(db.deletion_protection);
                db.copy_tags_to_snapshot = input.copy_tags_to_snapshot.unwrap_or(db.copy_tags_to_snapshot);
                db.preferred_maintenance_window =
                    input.preferred_maintenance_window.unwrap_or(db.preferred_maintenance_window);
                db.preferred_backup_window =
                    input.preferred_backup_window.unwrap_or(db.preferred_backup_window);
                db.auto_minor_version_upgrade =
                    input.auto_minor_version_upgrade.unwrap_or(db.auto_minor_version_upgrade);
                tx.put(&db)?;
                Ok(db)
            })
            .await?;
        rds.settle(&db).await?;
        Ok(api::ModifyDBInstanceResult { db_instance: Some(answer::db_instance(&db, Some(&group))) })
    }
}

fn managed_password() -> ServiceError {
    ServiceError::client(
        "InvalidParameterCombination",
        "You can't specify MasterUserPassword for an instance whose master user password is managed in AWS Secrets Manager.",
    )
}

/// What moat does not change on a running database is refused, not stored.
fn refuse_what_is_missing(input: &api::ModifyDBInstanceMessage) -> Result<(), ServiceError> {
    let missing: &[(bool, &str)] = &[
        (input.allocated_storage.is_some(), "AllocatedStorage"),
        (input.engine_version.is_some(), "EngineVersion"),
        (input.multi_az == Some(true), "MultiAZ"),
        (input.publicly_accessible == Some(true), "PubliclyAccessible"),
        (input.backup_retention_period.unwrap_or(0) > 0, "BackupRetentionPeriod above 0 (automated backups)"),
        (input.new_db_instance_identifier.is_some(), "NewDBInstanceIdentifier"),
        (input.db_port_number.is_some(), "DBPortNumber"),
        (input.db_subnet_group_name.is_some(), "DBSubnetGroupName"),
        (input.db_parameter_group_name.is_some(), "DBParameterGroupName"),
        (input.option_group_name.is_some(), "OptionGroupName"),
        (input.iops.is_some(), "Iops"),
        (input.max_allocated_storage.is_some(), "MaxAllocatedStorage"),
        (input.monitoring_interval.unwrap_or(0) > 0, "MonitoringInterval above 0"),
        (input.enable_performance_insights == Some(true), "EnablePerformanceInsights"),
        (input.enable_iam_database_authentication == Some(true), "EnableIAMDatabaseAuthentication"),
        (input.manage_master_user_password.is_some(), "ManageMasterUserPassword"),
        (input.rotate_master_user_password == Some(true), "RotateMasterUserPassword"),
    ];
    match missing.iter().find(|(asked, _)| *asked) {
        Some((_, name)) => Err(ServiceError::not_implemented(&format!("ModifyDBInstance's {name}"))),
        None => Ok(()),
    }
}

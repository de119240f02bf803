//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>

use crate::model::{engine_version, identifier, instance_class, master_user};
use crate::needs::Password;
use crate::state::{DbInstance, DbSubnetGroup, EndpointSuffix, Status, Tags};
use crate::{
    DB_INSTANCES_MAX, Rds, SECURITY_GROUPS_MAX, access, answer, api, need_failed, subnet_group_not_found,
    tags,
};
use base::SecurityGroupId;
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::sync::Arc;

const PORT_DEFAULT: i32 = 5432;
const PORTS: std::ops::RangeInclusive<i32> = 1150..=65535;
/// GiB that RDS for PostgreSQL takes on general-purpose storage.
const STORAGE_GIB: std::ops::RangeInclusive<i32> = 20..=65_536;

impl Handler<Rds> for api::CreateDBInstance {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::CreateDBInstanceMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        let access = rds.on_instance(call, "CreateDBInstance", input.db_instance_identifier.as_deref())?;
        let create = access::with_request_tags(access::of_wish(access, input), input.tags.as_deref());
        let group = input.db_subnet_group_name.as_deref();
        let within =
            group.map(|name| rds.on_subnet_group(call, "CreateDBInstance", Some(name))).transpose()?;
        Ok([create].into_iter().chain(within).collect())
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::CreateDBInstanceMessage>,
    ) -> Result<api::CreateDBInstanceResult, ServiceError> {
        let input = input.into_inner();
        refuse_what_is_missing(&input)?;
        let group = subnet_group(rds, call, input.db_subnet_group_name.as_deref())?;
        let security_groups = security_groups(rds, call, &group, input.vpc_security_group_ids.as_deref())?;
        let (mut db, password) = instance(rds, call, &group, security_groups, input)?;
        db.pending_password = Some(rds.needs.secrets.seal(&db.resource_id, &password).map_err(need_failed)?);
        let fresh_hash = rds.needs.ids.pick(12, b"abcdefghijklmnopqrstuvwxyz0123456789");
        let db = rds.store.write(move |tx| insert(tx, db, fresh_hash)).await?;
        rds.nudge.notify_one();
        Ok(api::CreateDBInstanceResult { db_instance: Some(answer::db_instance(&db, Some(&group))) })
    }
}

/// What moat does not have is refused, not stored.
fn refuse_what_is_missing(input: &api::CreateDBInstanceMessage) -> Result<(), ServiceError> {
    if input.engine.as_deref() != Some("postgres") {
        let engine = input.engine.as_deref().unwrap_or_default();
        let known = ["mysql", "mariadb", "aurora-mysql", "aurora-postgresql", "db2-se", "db2-ae"];
        return Err(
            if known.contains(&engine) || engine.starts_with("oracle-") || engine.starts_with("sqlserver-") {
                ServiceError::not_implemented(&format!("the DB engine {engine}"))
            } else {
                ServiceError::client("InvalidParameterValue", "Invalid DB engine")
            },
        );
    }
    let missing: &[(bool, &str)] = &[
        (input.multi_az == Some(true), "MultiAZ"),
        (input.publicly_accessible == Some(true), "PubliclyAccessible"),
        (input.storage_encrypted == Some(true), "StorageEncrypted"),
        (input.kms_key_id.is_some(), "KmsKeyId"),
        (input.master_user_secret_kms_key_id.is_some(), "MasterUserSecretKmsKeyId"),
        (input.backup_retention_period.unwrap_or(0) > 0, "BackupRetentionPeriod above 0 (automated backups)"),
        (input.db_cluster_identifier.is_some(), "DBClusterIdentifier"),
        (input.db_parameter_group_name.is_some(), "DBParameterGroupName"),
        (input.option_group_name.is_some(), "OptionGroupName"),
        (input.db_security_groups.as_ref().is_some_and(|g| !g.is_empty()), "DBSecurityGroups"),
        (input.iops.is_some(), "Iops"),
        (input.storage_throughput.is_some(), "StorageThroughput"),
        (input.max_allocated_storage.is_some(), "MaxAllocatedStorage"),
        (input.monitoring_interval.unwrap_or(0) > 0, "MonitoringInterval above 0"),
        (input.enable_performance_insights == Some(true), "EnablePerformanceInsights"),
        (input.enable_iam_database_authentication == Some(true), "EnableIAMDatabaseAuthentication"),
        (input.domain.is_some(), "Domain"),
        (
            input.enable_cloudwatch_logs_exports.as_ref().is_some_and(|l| !l.is_empty()),
            "EnableCloudwatchLogsExports",
        ),
        (input.availability_zone.is_some(), "AvailabilityZone"),
        (input.network_type.as_deref().is_some_and(|t| t != "IPV4"), "NetworkType"),
    ];
    match missing.iter().find(|(asked, _)| *asked) {
        Some((_, name)) => Err(ServiceError::not_implemented(&format!("CreateDBInstance's {name}"))),
        None => Ok(()),
    }
}

fn subnet_group(rds: &Rds, call: &Call, name: Option<&str>) -> Result<Arc<DbSubnetGroup>, ServiceError> {
    let name =
        name.ok_or_else(|| ServiceError::not_implemented("CreateDBInstance's default DB subnet group"))?;
    rds.store
        .read()
        .get::<DbSubnetGroup>(&call.scope.key(&name.to_ascii_lowercase()))?
        .ok_or_else(|| subnet_group_not_found(name))
}

/// The first subnet of the group that has a free address.
fn subnet_with_room(
    rds: &Rds,
    call: &Call,
    group: &DbSubnetGroup,
) -> Result<(base::SubnetId, String), ServiceError> {
    for (subnet, zone) in &group.subnets {
        if rds.needs.subnets.has_room(&call.scope, subnet).map_err(need_failed)? {
            return Ok((subnet.clone(), zone.clone()));
        }
    }
    Err(ServiceError::client(
        "InvalidSubnet",
        format!("There are no free IP addresses in the subnets of the DB subnet group {}.", group.name),
    ))
}

/// The groups asked for, or the VPC's default one.
pub(super) fn security_groups(
    rds: &Rds,
    call: &Call,
    subnets: &DbSubnetGroup,
    wanted: Option<&[String]>,
) -> Result<Vec<SecurityGroupId>, ServiceError> {
    let wanted = wanted.unwrap_or_default();
    if wanted.is_empty() {
        let default = rds.needs.subnets.default_group(&call.scope, &subnets.vpc).map_err(need_failed)?;
        return Ok(vec![default]);
    }
    if wanted.len() > SECURITY_GROUPS_MAX {
        return Err(ServiceError::client(
            "InvalidParameterValue",
            format!("A DB instance can have at most {SECURITY_GROUPS_MAX} VPC security groups."),
        ));
    }
    let mut groups = Vec::new();
    for id in wanted {
        let id = SecurityGroupId::from(id.as_str());
        match rds.needs.subnets.group_vpc(&call.scope, &id).map_err(need_failed)? {
            None => {
                return Err(ServiceError::client(
                    "InvalidParameterValue",
                    format!("Invalid security group , groupId= {id}, groupName=."),
                ));
            }
            Some(vpc) if vpc != subnets.vpc => {
                return Err(ServiceError::client(
                    "InvalidVPCNetworkStateFault",
                    format!(
                        "The DB instance and EC2 security group are in different VPCs. The DB instance is in {} and the EC2 security group is in {vpc}",
                        subnets.vpc
                    ),
                ));
            }
            Some(_) => groups.push(id),
        }
    }
    Ok(groups)
}

/// The record of what was asked for, checked, and the master password.
fn instance(
    rds: &Rds,
    call: &Call,
    group: &DbSubnetGroup,
    security_groups: Vec<SecurityGroupId>,
    input: api::CreateDBInstanceMessage,
) -> Result<(DbInstance, Password), ServiceError> {
    let identifier = identifier::db_instance(&input.db_instance_identifier.unwrap_or_default())?;
    let class = input.db_instance_class.unwrap_or_default();
    instance_class::max_connections(&class)?;
    let engine_version =
        engine_version::choose(input.engine_version.as_deref(), &rds.needs.servers.versions())?;
    let storage_type = storage_type(input.storage_type)?;
    let allocated_storage_gib = storage(input.allocated_storage, &storage_type)?;
    let master_username = input.master_username.ok_or_else(|| missing("MasterUsername"))?;
    master_user::username(&master_username)?;
    let managed = input.manage_master_user_password.unwrap_or(false);
    let password = master_password(rds, managed, input.master_user_password)?;
    let port = port(input.port)?;
    let db_name = input.db_name.as_deref().map(identifier::db_name).transpose()?;
    let mut instance_tags = Tags::new();
    tags::add(&mut instance_tags, input.tags)?;
    let (subnet, availability_zone) = subnet_with_room(rds, call, group)?;
    let resource_id = format!("db-{}", rds.needs.ids.pick(26, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"));
    let db = DbInstance {
        scope: call.scope.clone(),
        identifier,
        resource_id,
        class,
        engine_version,
        allocated_storage_gib,
        storage_type,
        master_username,
        pending_password: None,
        managed_password: managed,
        master_secret: None,
        db_name,
        port,
        subnet_group: group.name.clone(),
        vpc: group.vpc.clone(),
        subnet,
        availability_zone,
        security_groups,
        interface: None,
        address: None,
        host: String::new(),
        status: Status::Creating,
        created: call.now,
        deletion_protection: input.deletion_protection.unwrap_or(false),
        copy_tags_to_snapshot: input.copy_tags_to_snapshot.unwrap_or(false),
        auto_minor_version_upgrade: input.auto_minor_version_upgrade.unwrap_or(true),
        preferred_backup_window: input.preferred_backup_window.unwrap_or_else(|| "03:00-03:30".to_owned()),
        preferred_maintenance_window: input
            .preferred_maintenance_window
            .map_or_else(|| "sun:04:00-sun:04:30".to_owned(), |w| w.to_ascii_lowercase()),
        tags: instance_tags,
    };
    Ok((db, password))
}

fn missing(parameter: &str) -> ServiceError {
    ServiceError::client(
        "InvalidParameterValue",
        format!("The parameter {parameter} must be provided and must not be blank."),
    )
}

fn storage_type(wanted: Option<String>) -> Result<String, ServiceError> {
    match wanted.as_deref() {
        None | Some("gp2") => Ok("gp2".to_owned()),
        Some("gp3") => Ok("gp3".to_owned()),
        Some(other @ ("io1" | "io2" | "standard")) => {
            Err(ServiceError::not_implemented(&format!("the storage type {other}")))
        }
        Some(other) => {
            Err(ServiceError::client("InvalidParameterValue", format!("Invalid storage type: {other}")))
        }
    }
}

fn storage(wanted: Option<i32>, storage_type: &str) -> Result<i32, ServiceError> {
    let gib = wanted.ok_or_else(|| missing("AllocatedStorage"))?;
    if STORAGE_GIB.contains(&gib) {
        return Ok(gib);
    }
    Err(ServiceError::client(
        "InvalidParameterCombination",
        format!("Invalid storage size for engine name postgres and storage type {storage_type}: {gib}"),
    ))
}

fn port(wanted: Option<i32>) -> Result<u16, ServiceError> {
    let port = wanted.unwrap_or(PORT_DEFAULT);
    PORTS.contains(&port).then(|| u16::try_from(port).ok()).flatten().ok_or_else(|| {
        ServiceError::client(
            "InvalidParameterValue",
            format!("Invalid database port {port}; allowed values are {} to {}", PORTS.start(), PORTS.end()),
        )
    })
}

fn master_password(rds: &Rds, managed: bool, given: Option<String>) -> Result<Password, ServiceError> {
    match (managed, given) {
        (true, Some(_)) => Err(ServiceError::client(
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword when you set ManageMasterUserPassword to true.",
        )),
        (true, None) => {
            let ids = &rds.needs.ids;
            Ok(Password::new(ids.pick(master_user::MANAGED_PASSWORD_LENGTH, master_user::PASSWORD_ALPHABET)))
        }
        (false, Some(text)) => master_user::password(&text).map(|()| Password::new(text)),
        (false, None) => Err(missing("MasterUserPassword")),
    }
}

fn insert(tx: &mut store::Tx, mut db: DbInstance, fresh_hash: String) -> Result<DbInstance, ServiceError> {
    let existing = tx.scan::<DbInstance>(&db.scope.prefix())?;
    if existing.iter().any(|other| other.identifier == db.identifier) {
        return Err(ServiceError::client("DBInstanceAlreadyExists", "DB instance already exists"));
    }
    if existing.len() >= DB_INSTANCES_MAX {
        return Err(ServiceError::client(
            "InstanceQuotaExceeded",
            "The request would result in the user exceeding the allowed number of DB instances.",
        ));
    }
    let suffix = tx.get::<EndpointSuffix>(&db.scope.key("suffix"))?;
    let hash = match suffix {
        Some(known) => known.hash.clone(),
        None => {
            let suffix = EndpointSuffix { scope: db.scope.clone(), hash: fresh_hash };
            tx.put(&suffix)?;
            suffix.hash
        }
    };
    db.host = format!("{}.{hash}.{}.rds.amazonaws.com", db.identifier, db.scope.region);
    tx.put(&db)?;
    Ok(db)
}

//! Stored records in the shapes of the API.

use crate::api;
use crate::state::{DbInstance, DbSubnetGroup, Status};
use crate::tags;

pub fn subnet_group(group: &DbSubnetGroup) -> api::DBSubnetGroup {
    let subnets = group.subnets.iter().map(|(subnet, zone)| api::Subnet {
        subnet_identifier: Some(subnet.to_string()),
        subnet_availability_zone: Some(api::AvailabilityZone { name: Some(zone.clone()) }),
        subnet_outpost: Some(api::Outpost::default()),
        subnet_status: Some("Active".to_owned()),
    });
    api::DBSubnetGroup {
        db_subnet_group_name: Some(group.name.clone()),
        db_subnet_group_description: Some(group.description.clone()),
        vpc_id: Some(group.vpc.to_string()),
        subnet_group_status: Some("Complete".to_owned()),
        subnets: Some(subnets.collect()),
        db_subnet_group_arn: Some(group.arn().to_string()),
        supported_network_types: Some(vec!["IPV4".to_owned()]),
    }
}

pub fn db_instance(db: &DbInstance, group: Option<&DbSubnetGroup>) -> api::DBInstance {
    let ready = matches!(db.status, Status::Available | Status::Starting | Status::Deleting);
    let major = db.engine_version.split('.').next().unwrap_or_default();
    let failure = match &db.status {
        Status::Failed { reason } => Some(vec![api::DBInstanceStatusInfo {
            status_type: Some("moat".to_owned()),
            normal: Some(false),
            status: Some("failed".to_owned()),
            message: Some(reason.clone()),
        }]),
        _ => None,
    };
    let groups = db.security_groups.iter().map(|id| api::VpcSecurityGroupMembership {
        vpc_security_group_id: Some(id.to_string()),
        status: Some("active".to_owned()),
    });
    api::DBInstance {
        db_instance_identifier: Some(db.identifier.clone()),
        db_instance_class: Some(db.class.clone()),
        engine: Some("postgres".to_owned()),
        engine_version: Some(db.engine_version.clone()),
        db_instance_status: Some(db.status.text().to_owned()),
        status_infos: failure,
        master_username: Some(db.master_username.clone()),
        master_user_secret: db.managed_password.then(|| api::MasterUserSecret {
            secret_arn: db.master_secret.as_ref().map(ToString::to_string),
            secret_status: Some(if db.master_secret.is_some() { "active" } else { "creating" }.to_owned()),
            ..Default::default()
        }),
        db_name: db.db_name.clone(),
        endpoint: ready.then(|| api::Endpoint {
            address: Some(db.host.clone()),
            port: Some(i32::from(db.port)),
            hosted_zone_id: None,
        }),
        db_instance_port: Some(0),
        allocated_storage: Some(db.allocated_storage_gib),
        storage_type: Some(db.storage_type.clone()),
        instance_create_time: ready.then_some(db.created),
        preferred_backup_window: Some(db.preferred_backup_window.clone()),
        preferred_maintenance_window: Some(db.preferred_maintenance_window.clone()),
        backup_retention_period: Some(0),
        db_security_groups: Some(Vec::new()),
        vpc_security_groups: Some(groups.collect()),
        db_parameter_groups: Some(vec![api::DBParameterGroupStatus {
            db_parameter_group_name: Some(format!("default.postgres{major}")),
            parameter_apply_status: Some("in-sync".to_owned()),
        }]),
        option_group_memberships: Some(vec![api::OptionGroupMembership {
            option_group_name: Some(format!("default:postgres-{major}")),
            status: Some("in-sync".to_owned()),
        }]),
        availability_zone: Some(db.availability_zone.clone()),
        db_subnet_group: group.map(subnet_group),
        pending_modified_values: Some(api::PendingModifiedValues::default()),
        multi_az: Some(false),
        auto_minor_version_upgrade: Some(db.auto_minor_version_upgrade),
        read_replica_db_instance_identifiers: Some(Vec::new()),
        license_model: Some("postgresql-license".to_owned()),
        publicly_accessible: Some(false),
        storage_encrypted: Some(false),
        dbi_resource_id: Some(db.resource_id.clone()),
        ca_certificate_identifier: Some("rds-ca-rsa2048-g1".to_owned()),
        domain_memberships: Some(Vec::new()),
        copy_tags_to_snapshot: Some(db.copy_tags_to_snapshot),
        monitoring_interval: Some(0),
        db_instance_arn: Some(db.arn().to_string()),
        iam_database_authentication_enabled: Some(false),
        performance_insights_enabled: Some(false),
        deletion_protection: Some(db.deletion_protection),
        associated_roles: Some(Vec::new()),
        tag_list: Some(tags::list(&db.tags)),
        customer_owned_ip_enabled: Some(false),
        network_type: Some("IPV4".to_owned()),
        ..Default::default()
    }
}

//! RDS's tables.

use base::{Arn, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId, Timestamp, VpcId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use store::Table;

/// Key to value.
pub type Tags = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DbSubnetGroup {
    pub scope: Scope,
    pub name: String,
    pub description: String,
    pub vpc: VpcId,
    /// With their availability zones, in the order given.
    pub subnets: Vec<(SubnetId, String)>,
    pub tags: Tags,
}

impl Table for DbSubnetGroup {
    const NAME: &'static str = "rds_db_subnet_group";
    fn key(&self) -> String {
        self.scope.key(&self.name)
    }
}

impl DbSubnetGroup {
    pub fn arn(&self) -> Arn {
        Arn::regional("rds", &self.scope, format!("subgrp:{}", self.name))
    }
}

/// ```text
///   create ──> Creating ──> Available ──> Deleting ──> (gone)
///                 │           │ ▲            ▲
///                 │           ▼ │            │
///                 │         Starting ────────┤       (its server ended, or moat was down)
///                 │             │            │
///                 └──> Failed <─┘ ───────────┘       (tried again on a timer)
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Creating,
    Starting,
    Available,
    Failed { reason: String },
    Deleting,
}

impl Status {
    /// What `DBInstanceStatus` says.
    pub fn text(&self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Starting => "starting",
            Self::Available => "available",
            Self::Failed { .. } => "failed",
            Self::Deleting => "deleting",
        }
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct DbInstance {
    pub scope: Scope,
    pub identifier: String,
    /// `db-` and twenty-six capital letters and digits; names the files.
    pub resource_id: String,
    pub class: String,
    pub engine_version: String,
    pub allocated_storage_gib: i32,
    pub storage_type: String,
    pub master_username: String,
    /// Sealed; kept only until the role has it.
    pub pending_password: Option<String>,
    /// Whether Secrets Manager holds the master password.
    pub managed_password: bool,
    /// Its secret, once that is made.
    pub master_secret: Option<Arn>,
    pub db_name: Option<String>,
    pub port: u16,
    pub subnet_group: String,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub availability_zone: String,
    pub security_groups: Vec<SecurityGroupId>,
    pub interface: Option<NetworkInterfaceId>,
    pub address: Option<Ipv4Addr>,
    /// The host name that resolves to the address inside the VPC.
    pub host: String,
    pub status: Status,
    pub created: Timestamp,
    pub deletion_protection: bool,
    pub copy_tags_to_snapshot: bool,
    pub auto_minor_version_upgrade: bool,
    pub preferred_backup_window: String,
    pub preferred_maintenance_window: String,
    pub tags: Tags,
}

impl Table for DbInstance {
    const NAME: &'static str = "rds_db_instance";
    fn key(&self) -> String {
        self.scope.key(&self.identifier)
    }
}

impl DbInstance {
    /// The name of the managed password's secret.
    pub fn secret_name(&self) -> String {
        format!("rds!{}", self.resource_id)
    }

    pub fn arn(&self) -> Arn {
        Arn::regional("rds", &self.scope, format!("db:{}", self.identifier))
    }
}

/// The part of endpoint names that is the same for all databases of an account in a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndpointSuffix {
    pub scope: Scope,
    pub hash: String,
}

impl Table for EndpointSuffix {
    const NAME: &'static str = "rds_endpoint_suffix";
    fn key(&self) -> String {
        self.scope.key("suffix")
    }
}

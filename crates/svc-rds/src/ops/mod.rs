//! One file per operation, named as AWS names it; this is the registry.

mod add_tags_to_resource;
mod create_db_instance;
mod create_db_subnet_group;
mod delete_db_instance;
mod delete_db_subnet_group;
mod describe_db_engine_versions;
mod describe_db_instances;
mod describe_db_subnet_groups;
mod list_tags_for_resource;
mod modify_db_instance;
mod modify_db_subnet_group;
mod remove_tags_from_resource;
mod tagged;

use crate::{Rds, api};
use std::sync::Arc;

/// The operations that RDS serves.
pub fn registry(rds: Arc<Rds>) -> service::Registry {
    service::Registry::builder(&api::MODEL, rds)
        .with::<api::AddTagsToResource>()
        .with::<api::CreateDBInstance>()
        .with::<api::CreateDBSubnetGroup>()
        .with::<api::DeleteDBInstance>()
        .with::<api::DeleteDBSubnetGroup>()
        .with::<api::DescribeDBEngineVersions>()
        .with::<api::DescribeDBInstances>()
        .with::<api::DescribeDBSubnetGroups>()
        .with::<api::ListTagsForResource>()
        .with::<api::ModifyDBInstance>()
        .with::<api::ModifyDBSubnetGroup>()
        .with::<api::RemoveTagsFromResource>()
        .build()
}

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
use service::{Access, Call};
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

/// Access to an instance or, for `*`, to all of them.
fn instance_access(call: &Call, action: &str, identifier: Option<&str>) -> Access {
    named_access(call, action, "db", identifier)
}

fn subnet_group_access(call: &Call, action: &str, name: Option<&str>) -> Access {
    named_access(call, action, "subgrp", name)
}

fn named_access(call: &Call, action: &str, kind: &str, name: Option<&str>) -> Access {
    let name = name.map_or_else(|| "*".to_owned(), str::to_ascii_lowercase);
    Access::to(
        format!("rds:{action}"),
        base::Arn::regional("rds", &call.scope, format!("{kind}:{name}")).to_string(),
    )
}

/// The condition keys of the tags that a request brings.
fn with_request_tags(mut access: Access, tags: Option<&[api::Tag]>) -> Access {
    let tags = tags.unwrap_or_default();
    for tag in tags {
        let (Some(key), Some(value)) = (&tag.key, &tag.value) else { continue };
        access = access.context(format!("aws:RequestTag/{key}"), vec![value.clone()]);
    }
    access.context("aws:TagKeys", tags.iter().filter_map(|t| t.key.clone()).collect())
}

//! What the policies are asked for each kind of operation, with the keys that AWS's reference has for it.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html>

use crate::state::{DbInstance, DbSubnetGroup, Tags};
use crate::{Rds, api};
use base::{Arn, Scope};
use service::{Access, Call};
use store::Fault;

const INSTANCE: &str = "db";
const SUBNET_GROUP: &str = "subgrp";

impl Rds {
    /// The question about an instance or, without a name, about all of them.
    pub(crate) fn on_instance(&self, call: &Call, action: &str, name: Option<&str>) -> Result<Access, Fault> {
        self.on(call, action, INSTANCE, name)
    }

    pub(crate) fn on_subnet_group(
        &self,
        call: &Call,
        action: &str,
        name: Option<&str>,
    ) -> Result<Access, Fault> {
        self.on(call, action, SUBNET_GROUP, name)
    }

    /// The question about what an ARN names.
    pub(crate) fn on_arn(&self, call: &Call, action: &str, arn: Option<&str>) -> Result<Access, Fault> {
        let arn = arn.unwrap_or_default();
        let named = arn.parse::<Arn>().ok().and_then(|arn| {
            arn.resource.split_once(':').map(|(kind, name)| (kind.to_owned(), name.to_owned()))
        });
        let access = Access::to(format!("rds:{action}"), arn);
        match named {
            Some((kind, name)) => self.described(access, &call.scope, &kind, &name),
            None => Ok(access),
        }
    }

    fn on(&self, call: &Call, action: &str, kind: &str, name: Option<&str>) -> Result<Access, Fault> {
        let name = name.map_or_else(|| "*".to_owned(), str::to_ascii_lowercase);
        let arn = Arn::regional("rds", &call.scope, format!("{kind}:{name}"));
        self.described(Access::to(format!("rds:{action}"), arn.to_string()), &call.scope, kind, &name)
    }

    /// Tells what there is of the name.
    fn described(&self, access: Access, scope: &Scope, kind: &str, name: &str) -> Result<Access, Fault> {
        let (state, key) = (self.store.read(), scope.key(name));
        let access = match kind {
            INSTANCE => match state.get::<DbInstance>(&key)? {
                Some(db) => of_instance(with_tags(access, "rds:db-tag", &db.tags), &db),
                None => access,
            },
            SUBNET_GROUP => match state.get::<DbSubnetGroup>(&key)? {
                Some(group) => with_tags(access, "rds:subgrp-tag", &group.tags),
                None => access,
            },
            _ => access,
        };
        Ok(access.with_known_context_only())
    }
}

fn of_instance(access: Access, db: &DbInstance) -> Access {
    let access = access
        .context("rds:DatabaseEngine", vec!["postgres".to_owned()])
        .context("rds:DatabaseClass", vec![db.class.clone()])
        .context("rds:StorageSize", vec![db.allocated_storage_gib.to_string()])
        .context("rds:StorageEncrypted", vec!["false".to_owned()])
        .context("rds:MultiAz", vec!["false".to_owned()])
        .context("rds:Vpc", vec!["true".to_owned()]);
    with(access, "rds:DatabaseName", db.db_name.clone())
}

/// An instance in the making, as the request has it.
pub(crate) fn of_wish(access: Access, input: &api::CreateDBInstanceMessage) -> Access {
    let flag = |given: Option<bool>| Some(given.unwrap_or(false).to_string());
    let told = [
        ("rds:DatabaseEngine", input.engine.clone()),
        ("rds:DatabaseClass", input.db_instance_class.clone()),
        ("rds:DatabaseName", input.db_name.clone()),
        ("rds:StorageSize", input.allocated_storage.map(|gib| gib.to_string())),
        ("rds:StorageEncrypted", flag(input.storage_encrypted)),
        ("rds:MultiAz", flag(input.multi_az)),
        ("rds:PubliclyAccessible", flag(input.publicly_accessible)),
        ("rds:ManageMasterUserPassword", flag(input.manage_master_user_password)),
        ("rds:Piops", input.iops.map(|iops| iops.to_string())),
        ("rds:Vpc", Some("true".to_owned())),
    ];
    told.into_iter().fold(access, |access, (key, value)| with(access, key, value))
}

pub(crate) fn with(access: Access, key: &str, value: Option<String>) -> Access {
    match value {
        Some(value) => access.context(key, vec![value]),
        None => access,
    }
}

fn with_tags(access: Access, family: &str, tags: &Tags) -> Access {
    tags.iter().fold(access, |access, (key, value)| {
        access
            .context(format!("aws:ResourceTag/{key}"), vec![value.clone()])
            .context(format!("{family}/{key}"), vec![value.clone()])
    })
}

/// The condition keys of the tags that a request brings.
pub(crate) fn with_request_tags(mut access: Access, tags: Option<&[api::Tag]>) -> Access {
    let tags = tags.unwrap_or_default();
    for tag in tags {
        let (Some(key), Some(value)) = (&tag.key, &tag.value) else { continue };
        for family in ["aws:RequestTag", "rds:req-tag"] {
            access = access.context(format!("{family}/{key}"), vec![value.clone()]);
        }
    }
    access.context("aws:TagKeys", tags.iter().filter_map(|t| t.key.clone()).collect())
}

//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>

use crate::state::{LogGroup, LogGroupClass, Read};
use crate::{Logs, access, api, error, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Logs> for api::CreateLogGroup {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::CreateLogGroupRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        let snapshot = logs.store.read();
        let tags = input.tags.as_ref().filter(|t| !t.is_empty());
        let create = access::on_group(&snapshot, call, "CreateLogGroup", name)?;
        let mut asked = vec![access::with_request_tags(create, tags)];
        if tags.is_some() {
            let tag = access::on_tags(&snapshot, call, "TagResource", name)?;
            asked.push(access::with_request_tags(tag, tags));
        }
        Ok(asked)
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::CreateLogGroupRequest>,
    ) -> Result<api::CreateLogGroupOutput, ServiceError> {
        let input = input.into_inner();
        refuse_what_is_not_here(&input)?;
        let group = LogGroup {
            scope: call.scope.clone(),
            name: input.log_group_name.unwrap_or_default(),
            created: call.now,
            retention_days: None,
            tags: input.tags.unwrap_or_default(),
            class: match input.log_group_class.as_deref() {
                Some("INFREQUENT_ACCESS") => LogGroupClass::InfrequentAccess,
                _ => LogGroupClass::Standard,
            },
        };
        if group.tags.len() > quota::TAGS {
            return Err(error::too_many_tags(group.arn().to_string()));
        }
        logs.store.write(|tx| insert(tx, &group)).await?;
        Ok(api::CreateLogGroupOutput {})
    }
}

/// Settings that would be kept and not enforced are refused instead.
fn refuse_what_is_not_here(input: &api::CreateLogGroupRequest) -> Result<(), ServiceError> {
    if input.kms_key_id.is_some() {
        return Err(ServiceError::not_implemented("Encryption of a log group with a KMS key"));
    }
    if input.log_group_class.as_deref() == Some("DELIVERY") {
        return Err(ServiceError::not_implemented("The log group class DELIVERY"));
    }
    if input.deletion_protection_enabled == Some(true) {
        return Err(ServiceError::not_implemented("Deletion protection of a log group"));
    }
    Ok(())
}

fn insert(tx: &mut Tx, group: &LogGroup) -> Result<(), ServiceError> {
    if tx.snapshot().group(&group.scope, &group.name)?.is_some() {
        return Err(error::group_exists());
    }
    if tx.scan::<LogGroup>(&group.scope.prefix())?.len() >= quota::LOG_GROUPS {
        return Err(error::limit_exceeded());
    }
    Ok(tx.put(group)?)
}

//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>

use super::page;
use crate::state::{LogGroup, MetricFilter, Read};
use crate::{Logs, access, api, error};
use base::Scope;
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeSet;
use store::Snapshot;

impl Handler<Logs> for api::DescribeLogGroups {
    fn access(
        logs: &Logs,
        call: &Call,
        _: &api::DescribeLogGroupsRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        // The list is not of one group, and AWS asks for the group without a name.
        Ok(vec![access::on_group(&logs.store.read(), call, "DescribeLogGroups", "")?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::DescribeLogGroupsRequest>,
    ) -> Result<api::DescribeLogGroupsResponse, ServiceError> {
        let input = input.into_inner();
        if input.log_group_name_prefix.is_some() && input.log_group_name_pattern.is_some() {
            let text = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.";
            return Err(error::invalid(text));
        }
        if input.include_linked_accounts == Some(true) {
            return Err(ServiceError::not_implemented("Listing the log groups of linked accounts"));
        }
        let snapshot = logs.store.read();
        let wanted = Wanted::of(&call.scope, &input)?;
        let mut groups = snapshot.scan::<LogGroup>(&call.scope.prefix())?;
        groups.retain(|group| wanted.has(group));
        let token = input.next_token.unwrap_or_default();
        let (groups, next_token) = page(groups, input.limit, |g| g.name > token, |g| g.name.clone());
        let shown = groups.iter().map(|group| show(&snapshot, group)).collect::<Result<_, _>>()?;
        Ok(api::DescribeLogGroupsResponse { log_groups: Some(shown), next_token })
    }
}

struct Wanted<'i> {
    prefix: &'i str,
    /// A part of the name, in whatever case.
    part: String,
    class: Option<&'i str>,
    names: Option<BTreeSet<String>>,
}

impl<'i> Wanted<'i> {
    fn of(scope: &Scope, input: &'i api::DescribeLogGroupsRequest) -> Result<Self, ServiceError> {
        let identifiers = input.log_group_identifiers.as_deref();
        let names = identifiers.map(|ids| {
            ids.iter().map(|id| access::group_name(scope, None, Some(id))).collect::<Result<_, _>>()
        });
        Ok(Self {
            prefix: input.log_group_name_prefix.as_deref().unwrap_or_default(),
            part: input.log_group_name_pattern.as_deref().unwrap_or_default().to_lowercase(),
            class: input.log_group_class.as_deref(),
            names: names.transpose()?,
        })
    }

    fn has(&self, group: &LogGroup) -> bool {
        group.name.starts_with(self.prefix)
            && group.name.to_lowercase().contains(&self.part)
            && self.class.is_none_or(|class| class == group.class.as_str())
            && self.names.as_ref().is_none_or(|names| names.contains(&group.name))
    }
}

fn show(snapshot: &Snapshot, group: &LogGroup) -> Result<api::LogGroup, ServiceError> {
    let bytes: usize = snapshot.streams(&group.scope, &group.name)?.iter().map(|s| s.bytes).sum();
    let arn = group.arn().to_string();
    Ok(api::LogGroup {
        arn: Some(format!("{arn}:*")),
        log_group_arn: Some(arn),
        log_group_name: Some(group.name.clone()),
        log_group_class: Some(group.class.as_str().to_owned()),
        creation_time: Some(group.created.millis()),
        metric_filter_count: i32::try_from(
            MetricFilter::of_group(snapshot, &group.scope, &group.name)?.len(),
        )
        .ok(),
        retention_in_days: group.retention_days,
        stored_bytes: i64::try_from(bytes).ok(),
        ..api::LogGroup::default()
    })
}

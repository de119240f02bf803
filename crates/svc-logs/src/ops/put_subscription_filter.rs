//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html>

use super::parse_pattern;
use crate::deliver::delivering;
use crate::state::{Read, SubscriptionFilter};
use crate::{Logs, access, api, error, quota};
use base::{Arn, Scope};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<Logs> for api::PutSubscriptionFilter {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::PutSubscriptionFilterRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_group(&logs.store.read(), call, "PutSubscriptionFilter", name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::PutSubscriptionFilterRequest>,
    ) -> Result<api::PutSubscriptionFilterOutput, ServiceError> {
        let input = input.into_inner();
        refuse_what_is_not_here(&input)?;
        let group = input.log_group_name.unwrap_or_default();
        let found = logs.store.read().group(&call.scope, &group)?.ok_or_else(error::no_group)?;
        found.standard()?;
        let pattern = input.filter_pattern.unwrap_or_default();
        parse_pattern(&pattern)?;
        let destination = input.destination_arn.unwrap_or_default();
        check_destination(&call.scope, &destination, input.role_arn.as_deref())?;
        let filter = SubscriptionFilter {
            scope: call.scope.clone(),
            group,
            name: input.filter_name.unwrap_or_default(),
            pattern,
            destination,
            distribution: input.distribution.unwrap_or_else(|| "ByLogStream".to_owned()),
            created: call.now,
        };
        let functions = logs.functions.get().ok_or_else(error::not_executable)?;
        if !functions.may_invoke(&delivering(&filter))? {
            return Err(error::not_executable());
        }
        logs.store.write(|tx| insert(tx, filter)).await?;
        Ok(api::PutSubscriptionFilterOutput {})
    }
}

fn refuse_what_is_not_here(input: &api::PutSubscriptionFilterRequest) -> Result<(), ServiceError> {
    let what = if input.apply_on_transformed_logs == Some(true) {
        "applyOnTransformedLogs"
    } else if input.field_selection_criteria.is_some() {
        "fieldSelectionCriteria"
    } else if input.emit_system_fields.as_ref().is_some_and(|fields| !fields.is_empty()) {
        "emitSystemFields"
    } else {
        return Ok(());
    };
    Err(ServiceError::not_implemented(&format!("The parameter {what} of a subscription filter")))
}

/// Functions of the group's own account and region are delivered to.
fn check_destination(scope: &Scope, destination: &str, role: Option<&str>) -> Result<(), ServiceError> {
    let invalid = || error::invalid(format!("Invalid destinationArn: {destination}"));
    let arn: Arn = destination.parse().map_err(|_| invalid())?;
    match (arn.service.as_str(), role) {
        ("lambda", None) if arn.account != scope.account.as_str() => Err(ServiceError::client(
            "AccessDeniedException",
            "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create \
             cross account lambda triggers.",
        )),
        ("lambda", None) if arn.region != scope.region.as_str() => Err(error::not_executable()),
        ("lambda", None) => Ok(()),
        ("lambda", Some(_)) => {
            Err(error::invalid("destinationArn for vendor lambda cannot be used with roleArn"))
        }
        (vendor @ ("kinesis" | "firehose"), None) => {
            Err(error::invalid(format!("destinationArn for vendor {vendor} cannot be used without roleArn")))
        }
        ("kinesis" | "firehose" | "logs", _) => Err(ServiceError::not_implemented(
            "A subscription filter with another destination than a function",
        )),
        _ => Err(invalid()),
    }
}

fn insert(tx: &mut Tx, filter: SubscriptionFilter) -> Result<(), ServiceError> {
    let read = tx.snapshot();
    read.group(&filter.scope, &filter.group)?.ok_or_else(error::no_group)?;
    let known = SubscriptionFilter::of_group(&read, &filter.scope, &filter.group)?;
    let created = match known.iter().find(|known| known.key() == filter.key()) {
        Some(known) => known.created,
        None if known.len() >= quota::SUBSCRIPTION_FILTERS => return Err(error::limit_exceeded()),
        None => filter.created,
    };
    Ok(tx.put(&SubscriptionFilter { created, ..filter })?)
}

//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html>

use super::parse_pattern;
use crate::state::{MetricFilter, Read, Transformation};
use crate::{Logs, access, api, error, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<Logs> for api::PutMetricFilter {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::PutMetricFilterRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_group(&logs.store.read(), call, "PutMetricFilter", name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::PutMetricFilterRequest>,
    ) -> Result<api::PutMetricFilterOutput, ServiceError> {
        let input = input.into_inner();
        refuse_what_is_not_here(&input)?;
        let pattern = input.filter_pattern.unwrap_or_default();
        parse_pattern(&pattern)?;
        let given = input.metric_transformations.and_then(|all| all.into_iter().next()).unwrap_or_default();
        let filter = MetricFilter {
            scope: call.scope.clone(),
            group: input.log_group_name.unwrap_or_default(),
            name: input.filter_name.unwrap_or_default(),
            pattern,
            transformation: checked(given)?,
            created: call.now,
        };
        logs.store.write(|tx| insert(tx, filter)).await?;
        Ok(api::PutMetricFilterOutput {})
    }
}

fn refuse_what_is_not_here(input: &api::PutMetricFilterRequest) -> Result<(), ServiceError> {
    let what = if input.apply_on_transformed_logs == Some(true) {
        "applyOnTransformedLogs"
    } else if input.field_selection_criteria.is_some() {
        "fieldSelectionCriteria"
    } else if input.emit_system_field_dimensions.as_ref().is_some_and(|fields| !fields.is_empty()) {
        "emitSystemFieldDimensions"
    } else {
        return Ok(());
    };
    Err(ServiceError::not_implemented(&format!("The parameter {what} of a metric filter")))
}

fn checked(given: api::MetricTransformation) -> Result<Transformation, ServiceError> {
    let value = given.metric_value.unwrap_or_default();
    if !value.starts_with('$') && value.parse::<f64>().map_or(true, |number| !number.is_finite()) {
        return Err(error::invalid(format!("Invalid metric transformation: invalid metric value {value}")));
    }
    let dimensions = given.dimensions.unwrap_or_default();
    if !dimensions.is_empty() && given.default_value.is_some() {
        let text =
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties.";
        return Err(error::invalid(text));
    }
    if dimensions.len() > quota::DIMENSIONS {
        let text = "Invalid metric transformation: a metric filter can have no more than 3 dimensions.";
        return Err(error::invalid(text));
    }
    Ok(Transformation {
        metric: given.metric_name.unwrap_or_default(),
        namespace: given.metric_namespace.unwrap_or_default(),
        value,
        default_value: given.default_value,
        dimensions,
        unit: given.unit,
    })
}

fn insert(tx: &mut Tx, filter: MetricFilter) -> Result<(), ServiceError> {
    let read = tx.snapshot();
    read.group(&filter.scope, &filter.group)?.ok_or_else(error::no_group)?.standard()?;
    let known = MetricFilter::of_group(&read, &filter.scope, &filter.group)?;
    let created = match known.iter().find(|known| known.key() == filter.key()) {
        Some(known) => known.created,
        None if known.len() >= quota::METRIC_FILTERS => return Err(error::limit_exceeded()),
        None => filter.created,
    };
    Ok(tx.put(&MetricFilter { created, ..filter })?)
}

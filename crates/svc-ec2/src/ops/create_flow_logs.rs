//! Makes flow logs of VPCs, subnets or interfaces, which are delivered to CloudWatch Logs.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html>

use crate::flow_logs::{self, Wanted};
use crate::op::*;

impl Handler<Ec2> for api::CreateFlowLogs {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let kind = input.resource_type.as_deref().unwrap_or_default();
        let ids = input.resource_ids.as_ref();
        let asks =
            Asks::new(ec2, call, "CreateFlowLogs").create::<FlowLog>(input.tag_specifications.as_ref())?;
        let asks = match kind {
            "VPC" => asks.each::<Vpc>(ids)?,
            "Subnet" => asks.each::<Subnet>(ids)?,
            "NetworkInterface" => asks.each::<NetworkInterface>(ids)?,
            _ => asks,
        };
        let mut asked = asks.done();
        if let Some(role) = &input.deliver_logs_permission_arn {
            let pass = Access::to("iam:PassRole", role.clone());
            let service = vec!["vpc-flow-logs.amazonaws.com".to_owned()];
            asked.push(pass.context("iam:PassedToService", service));
        }
        Ok(asked)
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let wanted = flow_logs::read(&call.scope, &input)?;
        ec2.change(call, input.dry_run, |change| {
            let (ids, unsuccessful) = create_each(change, &input, &wanted)?;
            Ok(api::CreateFlowLogsResult {
                client_token: Some(input.client_token.clone().unwrap_or_else(|| change.ids().uuid())),
                flow_log_ids: Some(ids),
                unsuccessful: Some(unsuccessful),
            })
        })
        .await
    }
}

/// Most resources in one request.
const MAX_RESOURCES: usize = 1000;

/// A resource that is not there fails alone.
fn create_each(
    change: &mut Change<'_>,
    input: &api::CreateFlowLogsRequest,
    wanted: &Wanted,
) -> Result<(Vec<String>, Vec<api::UnsuccessfulItem>), ServiceError> {
    let kind = required(&input.resource_type, "ResourceType")?;
    let resources = input.resource_ids.as_deref().unwrap_or_default();
    if resources.is_empty() {
        return Err(missing("ResourceId"));
    }
    if resources.len() > MAX_RESOURCES {
        return Err(invalid_value(format!("A request can name up to {MAX_RESOURCES} resources.")));
    }
    let token = input.client_token.as_ref();
    let same = change.having::<FlowLog>(|log| token.is_some() && log.client_token.as_ref() == token)?;
    if !same.is_empty() {
        return Ok((same.iter().map(|log| log.id.to_string()).collect(), Vec::new()));
    }
    let tags = tags::specified(FlowLog::KIND, input.tag_specifications.as_ref())?;
    let (mut ids, mut unsuccessful) = (Vec::new(), Vec::new());
    for resource in resources {
        let of = match flow_logs::watched(change, kind, resource) {
            Err(error) if error.code.ends_with(".NotFound") => {
                unsuccessful.push(failure(resource, &error));
                continue;
            }
            of => of?,
        };
        ids.push(create(change, of, wanted, token, &tags)?.id.to_string());
    }
    Ok((ids, unsuccessful))
}

fn failure(resource: &str, error: &ServiceError) -> api::UnsuccessfulItem {
    api::UnsuccessfulItem {
        resource_id: Some(resource.to_owned()),
        error: Some(api::UnsuccessfulItemError {
            code: Some(error.code.to_string()),
            message: Some(error.message.clone()),
        }),
    }
}

fn create(
    change: &mut Change<'_>,
    of: Watched,
    wanted: &Wanted,
    token: Option<&String>,
    tags: &Tags,
) -> Result<FlowLog, ServiceError> {
    let siblings = change.having::<FlowLog>(|log| log.of == of)?;
    if siblings.iter().any(|log| log.log_group == wanted.log_group && log.traffic == wanted.traffic) {
        return Err(ServiceError::client(
            "FlowLogAlreadyExists",
            "Error. There is an existing Flow Log with the same configuration and log destination.",
        ));
    }
    let quota = change.quotas().flow_logs_per_resource;
    room(siblings.len(), quota, "FlowLogsLimitExceeded", "flow logs for this resource")?;
    let log = FlowLog {
        scope: change.scope().clone(),
        id: change.id("fl"),
        of,
        traffic: wanted.traffic,
        log_group: wanted.log_group.clone(),
        role: wanted.role.clone(),
        format: wanted.format.clone(),
        interval_s: wanted.interval_s,
        created: change.now(),
        client_token: token.cloned(),
        tags: tags.clone(),
    };
    change.put(&log)?;
    Ok(log)
}

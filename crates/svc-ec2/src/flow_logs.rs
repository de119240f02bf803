//! Flow logs as requests ask for them, and as the model knows them.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html>

use crate::Ec2;
use crate::api;
use crate::error::{invalid_parameter, invalid_value, missing, refuse, required};
use crate::read::{Read, View};
use crate::state::{FailedDelivery, FlowLog, NetworkInterface, Subnet, Vpc, Watched};
use base::{Arn, FlowLogId, Scope, VpcId};
use service::ServiceError;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{Fault, Tx};
use vpc::flow_log::{FlowLogFormat, Recorded};

/// The longest times that one record may stand for.
const INTERVALS_S: [i32; 2] = [60, 600];

/// What a request asks of every resource it names.
pub(crate) struct Wanted {
    pub(crate) traffic: Recorded,
    pub(crate) log_group: String,
    pub(crate) role: String,
    pub(crate) format: FlowLogFormat,
    pub(crate) interval_s: u32,
}

pub(crate) fn read(scope: &Scope, input: &api::CreateFlowLogsRequest) -> Result<Wanted, ServiceError> {
    refuse(
        "CreateFlowLogs",
        &[
            (
                "LogDestinationType",
                input.log_destination_type.as_deref().is_some_and(|kind| kind != "cloud-watch-logs"),
            ),
            ("DestinationOptions", input.destination_options.is_some()),
            ("DeliverCrossAccountRole", input.deliver_cross_account_role.is_some()),
        ],
    )?;
    Ok(Wanted {
        traffic: traffic(required(&input.traffic_type, "TrafficType")?)?,
        log_group: log_group(scope, input)?,
        role: role(scope, input)?,
        format: format(input.log_format.as_deref())?,
        interval_s: interval(input.max_aggregation_interval)?,
    })
}

fn traffic(text: &str) -> Result<Recorded, ServiceError> {
    match text {
        "ACCEPT" => Ok(Recorded::Accepted),
        "REJECT" => Ok(Recorded::Rejected),
        "ALL" => Ok(Recorded::All),
        other => Err(invalid_value(format!("Invalid traffic type: {other}"))),
    }
}

/// By name or by ARN, of which only the caller's own groups are reachable.
fn log_group(scope: &Scope, input: &api::CreateFlowLogsRequest) -> Result<String, ServiceError> {
    match (&input.log_group_name, &input.log_destination) {
        (Some(_), Some(_)) => {
            Err(invalid_parameter("Please only provide LogGroupName or only provide LogDestination."))
        }
        (Some(name), None) => Ok(name.clone()),
        (None, Some(arn)) => {
            let prefix = Arn::regional("logs", scope, "log-group:").to_string();
            let name = arn.strip_prefix(&prefix).map(|rest| rest.trim_end_matches(":*"));
            name.filter(|name| !name.is_empty()).map(str::to_owned).ok_or_else(|| {
                invalid_value(format!("LogDestination: {arn} is not a log group of this account."))
            })
        }
        (None, None) => {
            Err(invalid_parameter("LogDestination can't be empty if LogGroupName is not provided."))
        }
    }
}

fn role(scope: &Scope, input: &api::CreateFlowLogsRequest) -> Result<String, ServiceError> {
    let Some(arn) = input.deliver_logs_permission_arn.as_ref() else {
        return Err(invalid_parameter(
            "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.",
        ));
    };
    let prefix = format!("arn:aws:iam::{}:role/", scope.account);
    if arn.strip_prefix(&prefix).is_none_or(str::is_empty) {
        return Err(invalid_value(format!("The ARN {arn} is not that of a role of this account.")));
    }
    Ok(arn.clone())
}

fn format(text: Option<&str>) -> Result<FlowLogFormat, ServiceError> {
    let Some(text) = text else { return Ok(FlowLogFormat::default()) };
    text.parse().map_err(|error| invalid_parameter(format!("Invalid LogFormat: {error}")))
}

fn interval(asked: Option<i32>) -> Result<u32, ServiceError> {
    let asked = asked.unwrap_or(600);
    u32::try_from(asked)
        .ok()
        .filter(|_| INTERVALS_S.contains(&asked))
        .ok_or_else(|| invalid_parameter("Invalid Flow Log Max Aggregation Interval"))
}

/// A resource by the type that a request gives to all of its ids.
pub(crate) fn watched(view: &impl Read, kind: &str, id: &str) -> Result<Watched, ServiceError> {
    match kind {
        "VPC" => Ok(Watched::Vpc(view.find::<Vpc>(id)?.id.clone())),
        "Subnet" => Ok(Watched::Subnet(view.find::<Subnet>(id)?.id.clone())),
        "NetworkInterface" => Ok(Watched::NetworkInterface(view.find::<NetworkInterface>(id)?.id.clone())),
        "TransitGateway" | "TransitGatewayAttachment" | "RegionalNatGateway" => {
            Err(ServiceError::not_implemented(&format!("a flow log of a {kind}")))
        }
        "" => Err(missing("ResourceType")),
        other => Err(invalid_value(format!("Invalid resource type: {other}"))),
    }
}

/// The flow logs of one VPC's interfaces.
pub(crate) fn of_network(
    view: &View,
    vpc: &VpcId,
    interfaces: &[Arc<NetworkInterface>],
) -> Result<Vec<vpc::flow_log::FlowLog>, Fault> {
    let mut out = Vec::new();
    for row in view.all::<FlowLog>()? {
        let covers = |interface: &NetworkInterface| match &row.of {
            Watched::Vpc(id) => id == vpc,
            Watched::Subnet(id) => *id == interface.subnet,
            Watched::NetworkInterface(id) => *id == interface.id,
        };
        let covered: BTreeSet<_> =
            interfaces.iter().filter(|interface| covers(interface)).map(|i| i.id.clone()).collect();
        if !covered.is_empty() {
            out.push(vpc::flow_log::FlowLog {
                id: row.id.clone(),
                scope: row.scope.clone(),
                log_group: row.log_group.clone(),
                interfaces: covered,
                traffic: row.traffic,
                format: row.format.clone(),
                interval_s: row.interval_s,
            });
        }
    }
    Ok(out)
}

/// What came of writing what a flow log recorded.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    Done,
    /// The role may not write, or nobody lets it be assumed.
    Denied,
    Failed,
}

impl Delivery {
    fn error(self) -> Option<&'static str> {
        match self {
            Self::Done => None,
            Self::Denied => Some("Access error"),
            Self::Failed => Some("Unknown error"),
        }
    }
}

impl Ec2 {
    /// The role by which a flow log is written, as long as there is that flow log.
    pub fn flow_log_role(&self, scope: &Scope, id: &FlowLogId) -> Result<Option<String>, Fault> {
        Ok(self.view(scope).lookup::<FlowLog>(id.as_str())?.map(|row| row.role.clone()))
    }

    /// Notes what came of a delivery, for whoever asks how the flow log does.
    pub async fn note_delivery(&self, scope: &Scope, id: &FlowLogId, came: Delivery) -> Result<(), Fault> {
        let key = scope.key(id.as_str());
        let error = came.error().map(str::to_owned);
        let known = self.store.read().get::<FailedDelivery>(&key)?.map(|failed| failed.error.clone());
        if known == error {
            return Ok(());
        }
        let (scope, flow_log) = (scope.clone(), id.clone());
        self.store
            .write(move |tx: &mut Tx| match error {
                Some(error) if tx.get::<FlowLog>(&key)?.is_some() => {
                    tx.put(&FailedDelivery { scope, flow_log, error })
                }
                _ => tx.delete::<FailedDelivery>(&key).map(drop),
            })
            .await
    }
}

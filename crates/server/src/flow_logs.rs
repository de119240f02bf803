//! Flow logs: what the data plane saw at interfaces becomes events of CloudWatch Logs.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html>

use crate::network::NetworkReconciler;
use base::{Arn, Clock, Scope};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use svc_ec2::model::zone::zone_id;
use svc_lambda::needs::RolePermissions;
use svc_logs::{AppendError, Line, Logs};
use vpc::flow_window::{FlowDelivery, FlowWindows};

/// How often flows are taken from the data plane.
const TAKE_INTERVAL: Duration = Duration::from_secs(1);

/// Takes flows and writes them for as long as it is polled. Without a flow log it does nothing.
pub async fn deliver(
    network: Arc<NetworkReconciler>,
    logs: Arc<Logs>,
    permissions: Arc<dyn RolePermissions>,
    clock: Arc<dyn Clock>,
) {
    let mut windows = FlowWindows::default();
    loop {
        tokio::time::sleep(TAKE_INTERVAL).await;
        let networks = network.recorded();
        if networks.is_empty() {
            continue;
        }
        let flows = network.plane().take_flows();
        let zone =
            |scope: &Scope, name: &str| zone_id(&scope.region, name).unwrap_or_else(|| name.to_owned());
        let due = windows.advance(&networks, &flows.records, flows.incomplete, clock.now(), zone);
        for delivery in due {
            if !may_deliver(&network, permissions.as_ref(), &delivery) {
                tracing::warn!(
                    group = delivery.log_group,
                    "no role of a flow log may write to its log group"
                );
                continue;
            }
            if let Err(error) = write(&logs, &delivery, clock.as_ref()).await {
                tracing::error!(%error, group = delivery.log_group, "deliver a flow log");
            }
        }
    }
}

/// Whether the role that the flow log was given may write what it delivers.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html>
fn may_deliver(
    network: &NetworkReconciler,
    permissions: &dyn RolePermissions,
    delivery: &FlowDelivery,
) -> bool {
    let FlowDelivery { scope, log_group, stream, .. } = delivery;
    let name = format!("log-group:{log_group}:log-stream:{stream}");
    let resource = Arn::regional("logs", scope, name).to_string();
    let roles = network.flow_log_roles(scope, log_group).unwrap_or_else(|fault| {
        tracing::error!(%fault, "read the flow logs");
        BTreeSet::new()
    });
    let mut roles = roles.iter().filter_map(|role| role.parse::<Arn>().ok());
    roles.any(|role| {
        ["logs:CreateLogStream", "logs:PutLogEvents"]
            .iter()
            .all(|action| permissions.allows(&role, action, &resource))
    })
}

async fn write(logs: &Logs, delivery: &FlowDelivery, clock: &dyn Clock) -> Result<(), AppendError> {
    let FlowDelivery { scope, log_group, stream, lines } = delivery;
    logs.ensure_group(scope, log_group, clock.now()).await?;
    logs.ensure_stream(scope, log_group, stream, clock.now()).await?;
    let lines = lines.iter().map(|(at, message)| Line { at: *at, message: message.clone() }).collect();
    logs.append(scope, log_group, stream, lines, clock.now()).await
}

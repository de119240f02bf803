//! Flow logs: what the data plane saw at interfaces becomes events of CloudWatch Logs.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html>

use crate::functions::FunctionRoles;
use crate::network::NetworkReconciler;
use base::{Arn, Clock, Scope};
use std::sync::Arc;
use std::time::Duration;
use svc_ec2::model::zone::zone_id;
use svc_ec2::{Delivery, Ec2};
use svc_lambda::needs::RolePermissions;
use svc_logs::{AppendError, Line, Logs};
use vpc::flow_window::{FlowDelivery, FlowWindows};

/// How often flows are taken from the data plane.
const TAKE_INTERVAL: Duration = Duration::from_secs(1);
/// Who assumes a flow log's role.
const SERVICE: &str = "vpc-flow-logs.amazonaws.com";

/// Writes flow logs.
pub struct Writer {
    pub ec2: Arc<Ec2>,
    pub network: Arc<NetworkReconciler>,
    pub logs: Arc<Logs>,
    pub roles: Arc<FunctionRoles>,
    pub clock: Arc<dyn Clock>,
}

impl Writer {
    /// Takes flows and writes them for as long as it is polled. Without a flow log it does nothing.
    pub async fn deliver(self) {
        let mut windows = FlowWindows::default();
        loop {
            tokio::time::sleep(TAKE_INTERVAL).await;
            let networks = self.network.recorded();
            if networks.is_empty() {
                continue;
            }
            let flows = self.network.plane().take_flows();
            let zone =
                |scope: &Scope, name: &str| zone_id(&scope.region, name).unwrap_or_else(|| name.to_owned());
            let due = windows.advance(&networks, &flows.records, flows.incomplete, self.clock.now(), zone);
            for delivery in due {
                let came = self.deliver_one(&delivery).await;
                if let Err(fault) = self.ec2.note_delivery(&delivery.scope, &delivery.flow_log, came).await {
                    tracing::error!(%fault, flow_log = %delivery.flow_log, "note what came of a delivery");
                }
            }
        }
    }

    async fn deliver_one(&self, delivery: &FlowDelivery) -> Delivery {
        match self.may_deliver(delivery) {
            Ok(true) => {}
            Ok(false) => return Delivery::Denied,
            Err(fault) => {
                tracing::error!(%fault, "read a flow log");
                return Delivery::Failed;
            }
        }
        match self.write(delivery).await {
            Ok(()) => Delivery::Done,
            Err(error) => {
                tracing::error!(%error, group = delivery.log_group, "deliver a flow log");
                Delivery::Failed
            }
        }
    }

    /// Whether the role that the flow log was given may be assumed for it, and write what it delivers.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html>
    fn may_deliver(&self, delivery: &FlowDelivery) -> Result<bool, store::Fault> {
        let FlowDelivery { flow_log, scope, log_group, stream, .. } = delivery;
        let Some(role) = self.ec2.flow_log_role(scope, flow_log)? else { return Ok(false) };
        let Ok(role) = role.parse::<Arn>() else { return Ok(false) };
        let own = Arn::regional("ec2", scope, format!("vpc-flow-log/{flow_log}"));
        let name = format!("log-group:{log_group}:log-stream:{stream}");
        let stream = Arn::regional("logs", scope, name).to_string();
        let writes = |action: &&str| self.roles.allows(&role, action, &stream);
        let all_actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
        Ok(self.roles.lets_in(SERVICE, &role, &own) && all_actions.iter().all(writes))
    }

    async fn write(&self, delivery: &FlowDelivery) -> Result<(), AppendError> {
        let FlowDelivery { scope, log_group, stream, lines, .. } = delivery;
        let (logs, now) = (&self.logs, self.clock.now());
        logs.ensure_group(scope, log_group, now).await?;
        logs.ensure_stream(scope, log_group, stream, now).await?;
        let lines = lines.iter().map(|(at, message)| Line { at: *at, message: message.clone() }).collect();
        logs.append(scope, log_group, stream, lines, now).await
    }
}

//! Flow logs.

use super::{described, one, text};
use crate::api;
use crate::filter::Facts;
use crate::read::Read;
use crate::state::{FailedDelivery, FlowLog};
use crate::tags;
use base::Arn;
use store::{Fault, Table};
use vpc::flow_log::Recorded;

pub(crate) fn flow_log(view: &impl Read, row: &FlowLog) -> Result<api::FlowLog, Fault> {
    let failed = view.row::<FailedDelivery>(&row.key())?;
    let traffic = match row.traffic {
        Recorded::Accepted => "ACCEPT",
        Recorded::Rejected => "REJECT",
        Recorded::All => "ALL",
    };
    Ok(api::FlowLog {
        flow_log_id: text(&row.id),
        flow_log_status: text("ACTIVE"),
        resource_id: text(row.of.id()),
        traffic_type: text(traffic),
        log_group_name: text(&row.log_group),
        log_destination_type: text("cloud-watch-logs"),
        log_destination: text(Arn::regional("logs", &row.scope, format!("log-group:{}", row.log_group))),
        log_format: text(&row.format),
        max_aggregation_interval: i32::try_from(row.interval_s).ok(),
        deliver_logs_permission_arn: text(&row.role),
        deliver_logs_status: text(if failed.is_some() { "FAILED" } else { "SUCCESS" }),
        deliver_logs_error_message: failed.map(|failed| failed.error.clone()),
        creation_time: Some(row.created),
        tags: tags::rendered(&row.tags),
        ..Default::default()
    })
}

impl Facts for api::FlowLog {
    const FILTERS: &'static [&'static str] = &[
        "deliver-log-status",
        "flow-log-id",
        "log-destination-type",
        "log-group-name",
        "resource-id",
        "traffic-type",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "deliver-log-status" => one(self.deliver_logs_status.as_ref()),
            "flow-log-id" => one(self.flow_log_id.as_ref()),
            "log-destination-type" => one(self.log_destination_type.as_ref()),
            "log-group-name" => one(self.log_group_name.as_ref()),
            "resource-id" => one(self.resource_id.as_ref()),
            "traffic-type" => one(self.traffic_type.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(flow_log_id, tags);
}

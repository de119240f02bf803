//! Shows whether instances run and answer.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceStatus.html>

use crate::model::zone;
use crate::op::*;
use crate::render::{instance_state, one, text};

impl Handler<Ec2> for api::DescribeInstanceStatus {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeInstanceStatus"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let ids = ("instancesSet", &input.instance_ids);
        let wanted = Wanted::new(&input.filters, input.max_results, &input.next_token, ids);
        let all = input.include_all_instances == Some(true);
        let mut rows = ec2.look(call).await?.named::<Instance>(input.instance_ids.as_ref())?;
        rows.retain(|row| all || row.state == InstanceState::Running);
        let page = wanted.select(rows.iter().map(|row| status(row)).collect())?;
        Ok(api::DescribeInstanceStatusResult {
            instance_statuses: Some(page.items),
            next_token: page.next_token,
        })
    }
}

/// An instance here is its process: while that runs, both of AWS's checks pass.
fn status(row: &Instance) -> api::InstanceStatus {
    let summary = || {
        let (status, details) = match row.state {
            InstanceState::Running => ("ok", "passed"),
            InstanceState::Pending => ("initializing", "initializing"),
            _ => return Some(api::InstanceStatusSummary { status: text("not-applicable"), details: None }),
        };
        let detail = api::InstanceStatusDetails {
            name: text("reachability"),
            status: text(details),
            ..Default::default()
        };
        Some(api::InstanceStatusSummary { status: text(status), details: Some(vec![detail]) })
    };
    api::InstanceStatus {
        instance_id: text(&row.id),
        availability_zone: text(&row.zone),
        availability_zone_id: zone::zone_id(&row.scope.region, &row.zone),
        instance_state: instance_state(row.state),
        instance_status: summary(),
        system_status: summary(),
        ..Default::default()
    }
}

impl Facts for api::InstanceStatus {
    const FILTERS: &'static [&'static str] = &[
        "availability-zone",
        "availability-zone-id",
        "instance-state-code",
        "instance-state-name",
        "instance-status.reachability",
        "instance-status.status",
        "system-status.reachability",
        "system-status.status",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        let state = self.instance_state.as_ref();
        let check = if filter.starts_with("system") { &self.system_status } else { &self.instance_status };
        match filter {
            "availability-zone" => one(self.availability_zone.as_ref()),
            "availability-zone-id" => one(self.availability_zone_id.as_ref()),
            "instance-state-code" => one(state.and_then(|s| s.code)),
            "instance-state-name" => one(state.and_then(|s| s.name.as_ref())),
            _ if filter.ends_with(".status") => one(check.as_ref().and_then(|c| c.status.as_ref())),
            _ => check
                .iter()
                .flat_map(|c| c.details.iter().flatten())
                .filter_map(|d| d.status.clone())
                .collect(),
        }
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.instance_id.as_deref().unwrap_or_default()
    }
}

//! Shows the zones of the region.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html>

use crate::filter::filtered;
use crate::model::zone::{self, Zone};
use crate::op::*;
use crate::render::{one, text};
use base::Region;

impl Handler<Ec2> for api::DescribeAvailabilityZones {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeAvailabilityZones"))
    }

    async fn run(_: &Ec2, call: &Call, input: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let zones = zone::zones(&call.scope.region);
        check_known(&zones, input.zone_names.as_ref(), input.zone_ids.as_ref())?;
        let named =
            |list: Option<&Vec<String>>, name: &String| list.is_none_or(|l| l.is_empty() || l.contains(name));
        let shown = zones
            .into_iter()
            .filter(|z| named(input.zone_names.as_ref(), &z.name) && named(input.zone_ids.as_ref(), &z.id))
            .map(|zone| shown(&call.scope.region, zone))
            .collect();
        let zones = filtered(shown, input.filters.as_ref())?;
        Ok(api::DescribeAvailabilityZonesResult { availability_zones: Some(zones) })
    }
}

fn check_known(
    zones: &[Zone],
    names: Option<&Vec<String>>,
    ids: Option<&Vec<String>>,
) -> Result<(), ServiceError> {
    let wrong_name = names.into_iter().flatten().find(|name| !zones.iter().any(|z| &z.name == *name));
    let wrong_id = ids.into_iter().flatten().find(|id| !zones.iter().any(|z| &z.id == *id));
    match wrong_name.or(wrong_id) {
        Some(wrong) => Err(invalid_value(format!("Invalid availability zone: [{wrong}]"))),
        None => Ok(()),
    }
}

fn shown(region: &Region, zone: Zone) -> api::AvailabilityZone {
    api::AvailabilityZone {
        state: text("available"),
        opt_in_status: text("opt-in-not-required"),
        messages: Some(Vec::new()),
        region_name: text(region),
        zone_name: Some(zone.name),
        zone_id: Some(zone.id),
        group_name: text(format!("{region}-zg-1")),
        network_border_group: text(region),
        zone_type: text("availability-zone"),
        ..Default::default()
    }
}

impl Facts for api::AvailabilityZone {
    const FILTERS: &'static [&'static str] = &[
        "group-name",
        "message",
        "opt-in-status",
        "parent-zone-id",
        "parent-zone-name",
        "region-name",
        "state",
        "zone-id",
        "zone-name",
        "zone-type",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "group-name" => one(self.group_name.as_ref()),
            "opt-in-status" => one(self.opt_in_status.as_ref()),
            "region-name" => one(self.region_name.as_ref()),
            "state" => one(self.state.as_ref()),
            "zone-id" => one(self.zone_id.as_ref()),
            "zone-name" => one(self.zone_name.as_ref()),
            "zone-type" => one(self.zone_type.as_ref()),
            _ => Vec::new(),
        }
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.zone_name.as_deref().unwrap_or_default()
    }
}

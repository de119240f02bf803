//! Shows the regions.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html>

use crate::filter::filtered;
use crate::model::zone;
use crate::op::*;
use crate::render::{one, text};

impl Handler<Ec2> for api::DescribeRegions {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeRegions"))
    }

    async fn run(_: &Ec2, _: &Call, input: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let names: Vec<&str> = zone::regions().collect();
        let wanted = input.region_names.as_deref().unwrap_or_default();
        if let Some(wrong) = wanted.iter().find(|name| !names.contains(&name.as_str())) {
            return Err(invalid_value(format!("Invalid region: {wrong}")));
        }
        let chosen = names.into_iter().filter(|n| wanted.is_empty() || wanted.iter().any(|w| w == n));
        let regions = filtered(chosen.map(shown).collect(), input.filters.as_ref())?;
        Ok(api::DescribeRegionsResult { regions: Some(regions) })
    }
}

fn shown(name: &str) -> api::Region {
    api::Region {
        region_name: text(name),
        endpoint: text(format!("ec2.{name}.amazonaws.com")),
        opt_in_status: text("opt-in-not-required"),
        ..Default::default()
    }
}

impl Facts for api::Region {
    const FILTERS: &'static [&'static str] = &["endpoint", "opt-in-status", "region-name"];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "endpoint" => one(self.endpoint.as_ref()),
            "opt-in-status" => one(self.opt_in_status.as_ref()),
            "region-name" => one(self.region_name.as_ref()),
            _ => Vec::new(),
        }
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.region_name.as_deref().unwrap_or_default()
    }
}

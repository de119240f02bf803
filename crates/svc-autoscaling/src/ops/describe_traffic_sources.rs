//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeTrafficSources.html>

use crate::page::page;
use crate::{Scaling, access, api};
use crate::{find, targets};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DescribeTrafficSources {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeTrafficSources"))
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let group =
            find::group(&scaling.store.read(), &call.scope, input.auto_scaling_group_name.as_deref())?;
        let is_wanted = input.traffic_source_type.as_deref().is_none_or(|kind| kind == "elbv2");
        let all = if is_wanted { group.target_groups.clone() } else { Vec::new() };
        let (arns, next_token) = page(all, String::clone, input.max_records, input.next_token.as_deref())?;
        let mut shown = Vec::new();
        for arn in arns {
            shown.push(api::TrafficSourceState {
                state: Some(targets::state_of(scaling, &group, &arn)?.to_owned()),
                r#type: Some("elbv2".to_owned()),
                identifier: Some(arn.clone()),
                traffic_source: Some(arn),
            });
        }
        Ok(api::DescribeTrafficSourcesResponse { traffic_sources: Some(shown), next_token })
    }
}

//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingInstances.html>

use crate::answer;
use crate::find;
use crate::page::page;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DescribeAutoScalingInstances {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeAutoScalingInstances"))
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let groups = find::groups(&scaling.store.read(), &call.scope)?;
        let members = groups.iter().flat_map(|group| group.members.iter().map(move |member| (group, member)));
        let mut shown: Vec<_> =
            members.filter_map(|(group, member)| answer::instance_details(group, member)).collect();
        if let Some(ids) = input.instance_ids.as_ref().filter(|ids| !ids.is_empty()) {
            shown.retain(|one| one.instance_id.as_ref().is_some_and(|id| ids.contains(id)));
        }
        let key = |one: &api::AutoScalingInstanceDetails| one.instance_id.clone().unwrap_or_default();
        shown.sort_by_key(key);
        let (shown, next_token) = page(shown, key, input.max_records, input.next_token.as_deref())?;
        Ok(api::AutoScalingInstancesType { auto_scaling_instances: Some(shown), next_token })
    }
}

//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html>

use crate::page::page;
use crate::state::TargetGroup;
use crate::{Elb, access, answer, api, find, invalid};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Fault, Table};

impl Handler<Elb> for api::DescribeTargetGroups {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeTargetGroups"))
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = elb.store.read();
        let mut groups = state.scan::<TargetGroup>(&call.scope.prefix())?;
        for arn in input.target_group_arns.iter().flatten() {
            find::target_group(&state, &call.scope, arn)?;
        }
        for name in input.names.iter().flatten() {
            if !groups.iter().any(|group| group.name == *name) {
                return Err(invalid::target_group_not_found());
            }
        }
        if let Some(arns) = input.target_group_arns.as_ref().filter(|arns| !arns.is_empty()) {
            groups.retain(|group| arns.contains(&group.arn()));
        }
        if let Some(names) = input.names.as_ref().filter(|names| !names.is_empty()) {
            groups.retain(|group| names.contains(&group.name));
        }
        if let Some(arn) = &input.load_balancer_arn {
            let lb = find::load_balancer(&state, &call.scope, arn)?.path();
            let mut used = Vec::new();
            for group in groups {
                if find::users_of(&state, &call.scope, &group.arn())?.contains(&lb) {
                    used.push(group);
                }
            }
            groups = used;
        }
        let (shown, next_marker) =
            page(groups, |group| group.key(), input.page_size, input.marker.as_deref())?;
        let shown: Result<Vec<_>, Fault> =
            shown.iter().map(|group| answer::target_group(&state, &call.scope, group)).collect();
        Ok(api::DescribeTargetGroupsOutput { target_groups: Some(shown?), next_marker })
    }
}

//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html>

use crate::page::page;
use crate::state::Activity;
use crate::{Scaling, access, api};
use crate::{answer, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DescribeScalingActivities {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeScalingActivities"))
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = scaling.store.read();
        let mut all = state.scan::<Activity>(&call.scope.prefix())?;
        if input.filters.as_ref().is_some_and(|filters| !filters.is_empty()) {
            return Err(ServiceError::not_implemented("Filters of DescribeScalingActivities"));
        }
        if let Some(named) = input.auto_scaling_group_name.as_deref() {
            match find::group(&state, &call.scope, Some(named)) {
                Ok(group) => all.retain(|activity| activity.group_arn == group.arn()),
                Err(_) if input.include_deleted_groups == Some(true) => {
                    all.retain(|activity| activity.group == named || activity.group_arn == named);
                }
                Err(missing) => return Err(missing),
            }
        } else if input.include_deleted_groups != Some(true) {
            let groups = find::groups(&state, &call.scope)?;
            all.retain(|activity| groups.iter().any(|group| group.arn() == activity.group_arn));
        }
        if let Some(ids) = input.activity_ids.as_ref().filter(|ids| !ids.is_empty()) {
            all.retain(|activity| ids.contains(&activity.id));
        }
        all.sort_by(|a, b| b.began.cmp(&a.began).then_with(|| a.id.cmp(&b.id)));
        let (shown, next_token) =
            page(all, |activity| activity.id.clone(), input.max_records, input.next_token.as_deref())?;
        let shown = shown.iter().map(|activity| answer::activity(activity)).collect();
        Ok(api::ActivitiesType { activities: Some(shown), next_token })
    }
}

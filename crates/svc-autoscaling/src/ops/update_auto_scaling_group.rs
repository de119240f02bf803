//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html>

use crate::find;
use crate::group::{
    check_sizes, heeds_load_balancers, refuse_unknown, seconds, set_desired, stays, termination,
};
use crate::state::Group;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::UpdateAutoScalingGroup {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        let mut access =
            access::on(&state, call, "UpdateAutoScalingGroup", input.auto_scaling_group_name.as_deref());
        let number = |value: Option<i32>| value.map(|value| value.to_string()).into_iter().collect();
        access = access::with(access, "MinSize", number(input.min_size));
        access = access::with(access, "MaxSize", number(input.max_size));
        let subnets = input.vpc_zone_identifier.as_deref().unwrap_or_default().split(',');
        let subnets = subnets.filter(|id| !id.is_empty()).map(str::to_owned).collect();
        access = access::with(access, "VPCZoneIdentifiers", subnets);
        let version = input.launch_template.as_ref().map(|template| template.version.is_some());
        let version = version.map(|is_specified| is_specified.to_string()).into_iter().collect();
        Ok(vec![access::with(access, "LaunchTemplateVersionSpecified", version)])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        refuse_unknown!(&input)?;
        let named = input.auto_scaling_group_name.as_deref();
        let known = find::group(&scaling.store.read(), &call.scope, named)?;
        if input.service_linked_role_arn.as_ref().is_some_and(|given| *given != known.role) {
            return Err(ServiceError::not_implemented("A service-linked role with a suffix"));
        }
        let places =
            scaling.places(call, input.vpc_zone_identifier.as_deref(), input.availability_zones.as_ref())?;
        let template = match &input.launch_template {
            None => None,
            Some(named) => {
                let (choice, found) = scaling.template(call, named)?;
                let mut next = Group { template: choice.clone(), ..Group::clone(&known) };
                if let Some((places, _)) = &places {
                    next.places.clone_from(places);
                }
                scaling.check_launch(call, &next, found).await?;
                Some(choice)
            }
        };
        let health = heeds_load_balancers(input.health_check_type.as_deref())?;
        let policies = termination(input.termination_policies.as_ref())?;
        scaling
            .edit(call, named, |_, group| {
                stays(group)?;
                resize(group, call, &input)?;
                if let Some((places, names_subnets)) = places {
                    (group.places, group.names_subnets) = (places, names_subnets);
                }
                if let Some(template) = template {
                    group.template = template;
                }
                group.cooldown_s = seconds(input.default_cooldown, group.cooldown_s, "DefaultCooldown")?;
                group.grace_s =
                    seconds(input.health_check_grace_period, group.grace_s, "HealthCheckGracePeriod")?;
                group.heeds_load_balancers = health.unwrap_or(group.heeds_load_balancers);
                if let Some(policies) = policies {
                    group.termination = policies;
                }
                group.protects_new =
                    input.new_instances_protected_from_scale_in.unwrap_or(group.protects_new);
                // What failed may succeed with what changed.
                (group.failures, group.launches_after) = (0, None);
                Ok(())
            })
            .await?;
        Ok(Default::default())
    }
}

/// A capacity that is not named moves into the new bounds.
fn resize(
    group: &mut Group,
    call: &Call,
    input: &api::UpdateAutoScalingGroupType,
) -> Result<(), ServiceError> {
    let (min, max) = (input.min_size.unwrap_or(group.min), input.max_size.unwrap_or(group.max));
    let desired = match input.desired_capacity {
        Some(desired) => desired,
        None => group.desired.min(max).max(min),
    };
    check_sizes(min, max, desired)?;
    (group.min, group.max) = (min, max);
    set_desired(group, desired, call, "a user request update of AutoScalingGroup constraints");
    Ok(())
}

//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>

use crate::group::{
    check_sizes, exists, heeds_load_balancers, no_place, refuse, refuse_unknown, seconds, termination,
};
use crate::invalid::validation;
use crate::needs::Template;
use crate::state::{Group, TerminationPolicy};
use crate::{GROUPS_MAX, find, tags, targets};
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeMap;

impl Handler<Scaling> for api::CreateAutoScalingGroup {
    fn access(_: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let name = input.auto_scaling_group_name.as_deref();
        let mut access = access::on_new(call, "CreateAutoScalingGroup", name);
        access = access::with_request_tags(access, input.tags.as_ref());
        access = access::with(access, "TargetGroupARNs", input.target_group_arns.clone().unwrap_or_default());
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
        let (group, template) = wanted(scaling, call, &input)?;
        let role = scaling.needs.roles.linked(call).await?;
        if input.service_linked_role_arn.as_ref().is_some_and(|given| *given != role) {
            return Err(ServiceError::not_implemented("A service-linked role with a suffix"));
        }
        let group = Group { role, ..group };
        scaling.check_launch(call, &group, template).await?;
        scaling
            .store
            .write(move |tx| {
                let have = find::groups(&tx.snapshot(), &group.scope)?.len();
                if exists(tx, &group)? {
                    let text = format!(
                        "AutoScalingGroup by this name already exists - A group with the name {} already exists",
                        group.name
                    );
                    return Err(ServiceError::client("AlreadyExists", text));
                }
                if have >= GROUPS_MAX {
                    let text = "The maximum number of Auto Scaling groups has been reached.";
                    return Err(ServiceError::client("LimitExceeded", text));
                }
                Ok(tx.put(&group)?)
            })
            .await?;
        Ok(Default::default())
    }
}

const COOLDOWN_S: i32 = 300;

fn wanted(
    scaling: &Scaling,
    call: &Call,
    input: &api::CreateAutoScalingGroupType,
) -> Result<(Group, Template), ServiceError> {
    refuse_unknown!(input)?;
    let given = |list: Option<usize>| list.is_some_and(|count| count > 0);
    refuse(&[
        ("InstanceId", input.instance_id.is_some()),
        ("LoadBalancerNames", given(input.load_balancer_names.as_ref().map(Vec::len))),
        (
            "LifecycleHookSpecificationList",
            given(input.lifecycle_hook_specification_list.as_ref().map(Vec::len)),
        ),
    ])?;
    let name = input.auto_scaling_group_name.clone().unwrap_or_default();
    if name.contains(':') {
        return Err(validation("Group name must not contain ':'"));
    }
    let Some(named) = &input.launch_template else {
        return Err(validation(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
        ));
    };
    let (min, max) = (input.min_size.unwrap_or_default(), input.max_size.unwrap_or_default());
    let desired = input.desired_capacity.unwrap_or(min);
    check_sizes(min, max, desired)?;
    let places =
        scaling.places(call, input.vpc_zone_identifier.as_deref(), input.availability_zones.as_ref())?;
    let (places, names_subnets) = places.ok_or_else(no_place)?;
    let mut own_tags = BTreeMap::new();
    for (_, key, tag) in tags::given(input.tags.as_ref(), Some(&name))? {
        own_tags.insert(key, tag);
    }
    tags::capped(&own_tags)?;
    let (template, found) = scaling.template(call, named)?;
    let at = call.now.iso8601();
    let mut group = Group {
        scope: call.scope.clone(),
        name,
        id: scaling.needs.ids.uuid(),
        template,
        min,
        max,
        desired,
        cooldown_s: seconds(input.default_cooldown, COOLDOWN_S, "DefaultCooldown")?,
        places,
        names_subnets,
        target_groups: Vec::new(),
        left_target_groups: Vec::new(),
        heeds_load_balancers: heeds_load_balancers(input.health_check_type.as_deref())?.unwrap_or(false),
        grace_s: seconds(input.health_check_grace_period, 0, "HealthCheckGracePeriod")?,
        termination: termination(input.termination_policies.as_ref())?
            .unwrap_or_else(|| vec![TerminationPolicy::Default]),
        protects_new: input.new_instances_protected_from_scale_in == Some(true),
        role: String::new(),
        suspended: BTreeMap::new(),
        created: call.now,
        is_deleting: false,
        tags: own_tags,
        members: Vec::new(),
        reason: format!(
            "At {at} a user request created an AutoScalingGroup changing the desired capacity from 0 to {desired}. "
        ),
        scaled: None,
        failures: 0,
        launches_after: None,
    };
    let arns = input.target_group_arns.clone().unwrap_or_default();
    let arns: Vec<String> =
        arns.into_iter().chain(targets::of_sources(input.traffic_sources.as_ref())?).collect();
    scaling.check_target_groups(call, &arns)?;
    targets::add(&mut group, arns);
    targets::capped(&group)?;
    Ok((group, found))
}

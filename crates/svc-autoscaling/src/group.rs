//! What operations that make and change groups have in common.

use crate::invalid::{not_in_group, validation};
use crate::model::advance::{Event, begin};
use crate::needs::{Launch, Template};
use crate::run::note;
use crate::state::{Activity, Group, Member, Outcome, Place, Stage, TemplateChoice, TerminationPolicy};
use crate::{Scaling, answer, api, find, tags};
use service::{Call, ServiceError};
use std::collections::BTreeSet;
use store::{Table, Tx};

impl Scaling {
    /// Changes a group's row in one transaction.
    pub(crate) async fn edit<R: Send>(
        &self,
        call: &Call,
        named: Option<&str>,
        change: impl FnOnce(&mut Tx, &mut Group) -> Result<R, ServiceError> + Send,
    ) -> Result<R, ServiceError> {
        self.store
            .write(|tx| {
                let found = find::group(&tx.snapshot(), &call.scope, named)?;
                let mut group = Group::clone(&found);
                let done = change(tx, &mut group)?;
                if group != *found {
                    tx.put(&group)?;
                }
                Ok(done)
            })
            .await
    }

    /// The template that a request names, with what it says.
    pub(crate) fn template(
        &self,
        call: &Call,
        given: &api::LaunchTemplateSpecification,
    ) -> Result<(TemplateChoice, Template), ServiceError> {
        let (id, name) = (given.launch_template_id.as_deref(), given.launch_template_name.as_deref());
        if id.is_none() == name.is_none() {
            return Err(validation(
                "Valid requests must contain either launchTemplateId or LaunchTemplateName",
            ));
        }
        let found = self.needs.machines.template(&call.scope, id, name, given.version.as_deref());
        let found = found.map_err(|error| ill_formed(&error.message))?;
        if found.names_subnet {
            return Err(ill_formed(
                "The launch template must not name a subnet or an existing network interface: the group names the subnets",
            ));
        }
        let (id, name) = (found.version.id.clone(), found.version.name.clone());
        Ok((TemplateChoice { id, name, version: given.version.clone() }, found))
    }

    /// Asks EC2 whether the caller could launch what the group will launch: who may make a group must not come by
    /// it to instances and roles that are not theirs.
    pub(crate) async fn check_launch(
        &self,
        call: &Call,
        group: &Group,
        template: Template,
    ) -> Result<(), ServiceError> {
        if group.places.is_empty() {
            return Err(no_place());
        }
        let own = |(key, _): &(String, String)| !key.starts_with("aws:");
        for place in group.places.iter().collect::<BTreeSet<_>>() {
            let launch = Launch {
                scope: call.scope.clone(),
                role: group.role.clone(),
                template: template.clone(),
                place: place.clone(),
                token: String::new(),
                tags: tags::of_instances(group).into_iter().filter(own).collect(),
            };
            self.needs.machines.check(call, &launch).await.map_err(|refused| {
                if refused.is_denied {
                    let id = &group.template.id;
                    let text = format!("You are not authorized to use launch template: {id}");
                    return ServiceError::client("AccessDenied", text).status(403);
                }
                ill_formed(&refused.message)
            })?;
        }
        Ok(())
    }

    /// The places of subnets that are named, or of zones of the default VPC.
    pub(crate) fn places(
        &self,
        call: &Call,
        subnets: Option<&str>,
        zones: Option<&Vec<String>>,
    ) -> Result<Option<(Vec<Place>, bool)>, ServiceError> {
        let named = subnets.unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty());
        let named: Vec<&str> = named.collect();
        let zones = zones.filter(|zones| !zones.is_empty());
        if named.is_empty() {
            return zones.map(|zones| Ok((self.places_of_zones(call, zones)?, false))).transpose();
        }
        let mut places = Vec::new();
        for id in named {
            let place = self.needs.machines.subnet(&call.scope, id)?;
            places.push(place.ok_or_else(|| validation(format!("The subnet ID '{id}' does not exist")))?);
        }
        let is_elsewhere = |place: &Place| zones.is_some_and(|zones| !zones.contains(&place.zone));
        if places.iter().any(is_elsewhere) {
            return Err(validation(
                "The availability zones of the specified subnets and the Auto Scaling group do not match",
            ));
        }
        Ok(Some((places, true)))
    }

    fn places_of_zones(&self, call: &Call, zones: &[String]) -> Result<Vec<Place>, ServiceError> {
        let own = self.needs.machines.default_subnets(&call.scope)?;
        let of = |zone: &String| {
            own.iter()
                .find(|place| place.zone == *zone)
                .cloned()
                .ok_or_else(|| validation(format!("No default subnet for availability zone: '{zone}'")))
        };
        zones.iter().map(of).collect()
    }

    /// Refuses target groups that there are not.
    pub(crate) fn check_target_groups(&self, call: &Call, arns: &[String]) -> Result<(), ServiceError> {
        for arn in arns {
            if self.needs.targets.of(&call.scope, arn)?.is_none() {
                return Err(crate::invalid::no_target_groups());
            }
        }
        Ok(())
    }

    /// Writes an activity, which ended unless it is one of a member, and gives it as it is shown.
    pub(crate) fn log(
        &self,
        tx: &mut Tx,
        group: &Group,
        call: &Call,
        event: Event,
    ) -> Result<api::Activity, ServiceError> {
        let Event::Began { activity, .. } = &event else { return Ok(api::Activity::default()) };
        let key = group.scope.key(activity);
        note(tx, group, vec![event], call.now)?;
        let row = tx.get::<Activity>(&key)?;
        Ok(row.map(|row| answer::activity(&row)).unwrap_or_default())
    }

    /// Takes members out of service: each gets an activity.
    pub(crate) fn take_out(
        &self,
        tx: &mut Tx,
        group: &mut Group,
        call: &Call,
        instance: &str,
        stage: Stage,
        cause: &str,
    ) -> Result<api::Activity, ServiceError> {
        let name = group.name.clone();
        let member = group.member_mut(instance).ok_or_else(|| not_in_group(instance, &name))?;
        let before = member.activity.take();
        member.stage = stage;
        member.is_extra = false;
        let description = match stage {
            Stage::Terminating => format!("Terminating EC2 instance: {instance}"),
            Stage::Detaching => format!("Detaching EC2 instance: {instance}"),
            Stage::EnteringStandby => format!("Moving EC2 instance to Standby: {instance}"),
            Stage::Pending | Stage::InService | Stage::Standby => {
                format!("Moving EC2 instance out of Standby: {instance}")
            }
        };
        let cause = format!("At {} {cause}", call.now.iso8601());
        let event = begin(member, self.needs.ids.uuid(), description, cause);
        let ended =
            before.map(|activity| Event::Ended { activity, outcome: Outcome::Cancelled, message: None });
        note(tx, group, ended.into_iter().collect(), call.now)?;
        self.log(tx, group, call, event)
    }
}

pub(crate) fn no_place() -> ServiceError {
    validation("At least one Availability Zone or VPC Subnet is required.")
}

fn ill_formed(why: &str) -> ServiceError {
    validation(format!("You must use a valid fully-formed launch template. {why}"))
}

pub(crate) fn check_sizes(min: i32, max: i32, desired: i32) -> Result<(), ServiceError> {
    if min < 0 || max < 0 {
        return Err(validation("Min and max sizes must not be negative"));
    }
    if max < min {
        return Err(validation(format!(
            "Max bound, {max}, must be greater than or equal to min bound, {min}"
        )));
    }
    if !(min..=max).contains(&desired) {
        return Err(validation(format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
        )));
    }
    Ok(())
}

/// Sets the capacity, and why.
pub(crate) fn set_desired(group: &mut Group, desired: i32, call: &Call, why: &str) {
    if group.desired != desired {
        let (at, before) = (call.now.iso8601(), group.desired);
        group.reason = format!("At {at} {why} changing the desired capacity from {before} to {desired}. ");
        group.desired = desired;
    }
}

/// One instance less, if the caller asked for it.
pub(crate) fn decrement(group: &mut Group, by: usize, call: &Call) -> Result<(), ServiceError> {
    let less = i32::try_from(by).unwrap_or(i32::MAX);
    if group.desired - less < group.min {
        return Err(validation(format!(
            "Currently, desiredSize equals minSize ({}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
            group.min
        )));
    }
    let wanted = group.desired - less;
    set_desired(group, wanted, call, "a user request");
    Ok(())
}

pub(crate) fn heeds_load_balancers(text: Option<&str>) -> Result<Option<bool>, ServiceError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let mut elb = false;
    for kind in text.split(',').map(str::trim) {
        match kind {
            "EC2" => {}
            "ELB" => elb = true,
            "EBS" | "VPC_LATTICE" => {
                return Err(ServiceError::not_implemented(&format!("The health check type {kind}")));
            }
            _ => return Err(validation(format!("Invalid Health Check Type: {text}"))),
        }
    }
    Ok(Some(elb))
}

pub(crate) fn termination(
    given: Option<&Vec<String>>,
) -> Result<Option<Vec<TerminationPolicy>>, ServiceError> {
    let Some(given) = given.filter(|given| !given.is_empty()) else { return Ok(None) };
    let parse = |text: &String| {
        if text.starts_with("arn:") {
            return Err(ServiceError::not_implemented("A termination policy by a Lambda function"));
        }
        TerminationPolicy::parse(text)
            .ok_or_else(|| validation(format!("Invalid termination policy: {text}")))
    };
    given.iter().map(parse).collect::<Result<_, _>>().map(Some)
}

/// Seconds that cannot be negative.
pub(crate) fn seconds(value: Option<i32>, usual: i32, what: &str) -> Result<i32, ServiceError> {
    match value.unwrap_or(usual) {
        value if value >= 0 => Ok(value),
        value => Err(validation(format!("{what} must not be negative: {value}"))),
    }
}

/// Parameters that ask for something that moat does not have. Each is refused by its name.
pub(crate) fn refuse(asked: &[(&str, bool)]) -> Result<(), ServiceError> {
    match asked.iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => Err(ServiceError::not_implemented(&format!("The parameter {name} of a group"))),
        None => Ok(()),
    }
}

/// What groups that are made and changed cannot have, by the fields that both requests have.
macro_rules! refuse_unknown {
    ($input:expr) => {{
        let input = $input;
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        crate::group::refuse(&[
            ("LaunchConfigurationName", given(&input.launch_configuration_name)),
            ("MixedInstancesPolicy", input.mixed_instances_policy.is_some()),
            ("AvailabilityZoneIds", input.availability_zone_ids.as_ref().is_some_and(|ids| !ids.is_empty())),
            ("PlacementGroup", given(&input.placement_group)),
            ("MaxInstanceLifetime", input.max_instance_lifetime.is_some_and(|seconds| seconds != 0)),
            ("CapacityRebalance", input.capacity_rebalance == Some(true)),
            ("Context", given(&input.context)),
            (
                "DesiredCapacityType",
                input.desired_capacity_type.as_deref().is_some_and(|kind| kind != "units"),
            ),
            ("DefaultInstanceWarmup", input.default_instance_warmup.is_some_and(|seconds| seconds >= 0)),
            ("InstanceMaintenancePolicy", input.instance_maintenance_policy.is_some()),
            (
                "AvailabilityZoneDistribution",
                input.availability_zone_distribution.as_ref().is_some_and(|given| {
                    given.capacity_distribution_strategy.as_deref() == Some("balanced-only")
                }),
            ),
            ("AvailabilityZoneImpairmentPolicy", input.availability_zone_impairment_policy.is_some()),
            ("CapacityReservationSpecification", input.capacity_reservation_specification.is_some()),
            ("InstanceLifecyclePolicy", input.instance_lifecycle_policy.is_some()),
            (
                "DeletionProtection",
                input.deletion_protection.as_deref().is_some_and(|protection| protection != "none"),
            ),
        ])
    }};
}
pub(crate) use refuse_unknown;

/// The instances that a request names, each once.
pub(crate) fn named_once(given: Option<Vec<String>>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in given.unwrap_or_default() {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Refuses to change what is on its way out.
pub(crate) fn stays(group: &Group) -> Result<(), ServiceError> {
    match group.is_deleting {
        true => Err(validation("The AutoScaling group may not be modified while it is pending delete")),
        false => Ok(()),
    }
}

/// The members of these instances, which must all be in the group and in one of the stages.
pub(crate) fn members<'a>(
    group: &'a Group,
    ids: &[String],
    stages: &[Stage],
) -> Result<Vec<&'a Member>, ServiceError> {
    if ids.is_empty() {
        return Err(validation("At least one instance ID is required."));
    }
    let one = |id: &String| {
        let member = group.member(id).ok_or_else(|| not_in_group(id, &group.name))?;
        if stages.contains(&member.stage) {
            return Ok(member);
        }
        Err(validation(format!(
            "The instance {id} is not in {} or is in a state that does not allow this.",
            stages.first().map_or("", |s| s.text())
        )))
    };
    ids.iter().map(one).collect()
}

/// The key of a group's row.
pub(crate) fn exists(tx: &Tx, group: &Group) -> Result<bool, store::Fault> {
    Ok(tx.get::<Group>(&group.key())?.is_some())
}

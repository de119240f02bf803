//! Target groups of a group, by either of the names that AWS has for them: target groups, traffic sources.

use crate::invalid::validation;
use crate::state::Group;
use crate::{Scaling, TARGET_GROUPS_PER_GROUP_MAX, api};
use service::{Call, ServiceError};

/// The target groups among traffic sources.
pub fn of_sources(sources: Option<&Vec<api::TrafficSourceIdentifier>>) -> Result<Vec<String>, ServiceError> {
    let one = |source: &api::TrafficSourceIdentifier| {
        let identifier = source.identifier.clone().unwrap_or_default();
        match source.r#type.as_deref() {
            Some("elbv2") => Ok(identifier),
            None if identifier.contains(":targetgroup/") => Ok(identifier),
            kind => Err(ServiceError::not_implemented(&format!(
                "A traffic source of type {}",
                kind.unwrap_or("elb")
            ))),
        }
    };
    sources.into_iter().flatten().map(one).collect()
}

impl Scaling {
    pub(crate) async fn attach(
        &self,
        call: &Call,
        group: Option<&str>,
        arns: Vec<String>,
    ) -> Result<(), ServiceError> {
        self.check_target_groups(call, &arns)?;
        self.edit(call, group, |_, group| {
            add(group, arns);
            capped(group)
        })
        .await
    }

    pub(crate) async fn detach(
        &self,
        call: &Call,
        group: Option<&str>,
        arns: Vec<String>,
    ) -> Result<(), ServiceError> {
        self.edit(call, group, |_, group| {
            if arns.iter().any(|arn| !group.target_groups.contains(arn)) {
                return Err(validation("Trying to remove Target Groups that are not part of the group"));
            }
            group.target_groups.retain(|arn| !arns.contains(arn));
            for arn in arns {
                if !group.left_target_groups.contains(&arn) {
                    group.left_target_groups.push(arn);
                }
            }
            Ok(())
        })
        .await
    }
}

pub fn add(group: &mut Group, arns: Vec<String>) {
    for arn in arns {
        group.left_target_groups.retain(|left| *left != arn);
        if !group.target_groups.contains(&arn) {
            group.target_groups.push(arn);
        }
    }
}

pub fn capped(group: &Group) -> Result<(), ServiceError> {
    if group.target_groups.len() <= TARGET_GROUPS_PER_GROUP_MAX {
        return Ok(());
    }
    Err(ServiceError::client("LimitExceeded", "The maximum number of target groups has been reached."))
}

/// How each target group stands: `InService` once all the instances that serve are in it.
pub fn state_of(scaling: &Scaling, group: &Group, arn: &str) -> Result<&'static str, ServiceError> {
    let of = scaling.needs.targets.of(&group.scope, arn)?.unwrap_or_default();
    let serving: Vec<&str> = group
        .members
        .iter()
        .filter(|member| member.stage.counts())
        .filter_map(|member| member.instance.as_deref())
        .collect();
    let is_in = |id: &&str| of.iter().any(|target| target.instance == **id);
    let is_healthy =
        |id: &&str| of.iter().any(|t| t.instance == **id && t.health == crate::needs::TargetHealth::Healthy);
    if !serving.iter().all(is_in) {
        return Ok("Adding");
    }
    Ok(if serving.iter().any(is_healthy) { "InService" } else { "Added" })
}

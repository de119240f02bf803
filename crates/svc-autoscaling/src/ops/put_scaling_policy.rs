//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html>

use crate::group::refuse;
use crate::invalid::validation;
use crate::state::{AdjustmentType, Policy};
use crate::{POLICIES_PER_GROUP_MAX, find};
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::PutScalingPolicy {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on(&state, call, "PutScalingPolicy", input.auto_scaling_group_name.as_deref())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let kind = input.policy_type.as_deref().unwrap_or("SimpleScaling");
        if kind != "SimpleScaling" {
            return Err(ServiceError::not_implemented(&format!("A scaling policy of type {kind}")));
        }
        let adjustment = input
            .scaling_adjustment
            .ok_or_else(|| validation("ScalingAdjustment is required for policy type SimpleScaling"))?;
        let text = input.adjustment_type.as_deref().unwrap_or_default();
        let adjustment_type = AdjustmentType::parse(text)
            .ok_or_else(|| validation(format!("Invalid adjustment type: '{text}'")))?;
        if adjustment_type == AdjustmentType::ExactCapacity && adjustment < 0 {
            return Err(validation("ScalingAdjustment must not be negative with ExactCapacity"));
        }
        refuse(&[
            ("StepAdjustments", input.step_adjustments.as_ref().is_some_and(|steps| !steps.is_empty())),
            ("TargetTrackingConfiguration", input.target_tracking_configuration.is_some()),
            ("PredictiveScalingConfiguration", input.predictive_scaling_configuration.is_some()),
            ("EstimatedInstanceWarmup", input.estimated_instance_warmup.is_some()),
            ("MetricAggregationType", input.metric_aggregation_type.is_some()),
            ("MinAdjustmentStep", input.min_adjustment_step.is_some()),
            ("Enabled=false", input.enabled == Some(false)),
        ])?;
        let least = input.min_adjustment_magnitude;
        if least.is_some() && adjustment_type != AdjustmentType::PercentChangeInCapacity {
            return Err(validation("MinAdjustmentMagnitude is only for PercentChangeInCapacity"));
        }
        let arn = scaling
            .store
            .write(|tx| {
                let state = tx.snapshot();
                let group = find::group(&state, &call.scope, input.auto_scaling_group_name.as_deref())?;
                let own = state.scan::<Policy>(&Policy::prefix(&call.scope, &group.name))?;
                let name = input.policy_name.clone().unwrap_or_default();
                let known = own.iter().find(|policy| policy.name == name);
                if known.is_none() && own.len() >= POLICIES_PER_GROUP_MAX {
                    let text = "The maximum number of scaling policies has been reached.";
                    return Err(ServiceError::client("LimitExceeded", text));
                }
                let policy = Policy {
                    scope: call.scope.clone(),
                    group: group.name.clone(),
                    name,
                    id: known.map_or_else(|| scaling.needs.ids.uuid(), |known| known.id.clone()),
                    adjustment_type,
                    adjustment,
                    min_magnitude: least,
                    cooldown_s: input.cooldown,
                };
                tx.put(&policy)?;
                Ok(policy.arn())
            })
            .await?;
        Ok(api::PolicyARNType { policy_arn: Some(arn), alarms: Some(Vec::new()) })
    }
}

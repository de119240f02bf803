//! The stages of usage plans.

use super::plan_wanted::throttle;
use crate::state::{PlanStage, UsagePlan};
use crate::{api, error, read};
use base::Scope;
use service::ServiceError;
use store::{Fault, Snapshot, Tx};

pub fn plan_stage(stage: api::ApiStage) -> Result<PlanStage, ServiceError> {
    let (Some(api), Some(name)) = (stage.api_id, stage.stage) else {
        return Err(error::bad_request("Invalid API Stage specified"));
    };
    let throttles = stage.throttle.unwrap_or_default().into_iter();
    let throttles = throttles.map(|(method, settings)| Ok((method, throttle(&settings)?)));
    Ok(PlanStage { api, stage: name, throttles: throttles.collect::<Result<_, ServiceError>>()? })
}

pub fn stages_exist(rows: &Snapshot, plan: &UsagePlan) -> Result<(), ServiceError> {
    for PlanStage { api, stage, .. } in &plan.stages {
        read::stage(rows, &plan.scope, api, stage).map_err(|_| {
            error::not_found(format!(
                "Invalid API Stage {{api: {api}, stage: {stage}}} specified for usageplan {}",
                plan.id
            ))
        })?;
    }
    for key in &plan.keys {
        one_plan_a_stage(rows, plan, key)?;
    }
    Ok(())
}

/// A key may not be in two plans that have the same stage: no one could say which limits it has.
pub fn one_plan_a_stage(rows: &Snapshot, plan: &UsagePlan, key: &str) -> Result<(), ServiceError> {
    let shared = |other: &UsagePlan| {
        let same =
            |mine: &&PlanStage| other.stages.iter().any(|s| s.api == mine.api && s.stage == mine.stage);
        plan.stages.iter().find(same).map(|stage| format!("{}:{}", stage.api, stage.stage))
    };
    for other in rows.scan::<UsagePlan>(&plan.scope.prefix())? {
        if other.id != plan.id
            && other.keys.contains(key)
            && let Some(stage) = shared(&other)
        {
            return Err(error::conflict(format!(
                "Stage {stage} is already associated with API Key {key} by usage plan {}",
                other.id
            )));
        }
    }
    Ok(())
}

/// Takes stages that are no more out of the plans that have them.
pub fn forget_stages(tx: &mut Tx, scope: &Scope, gone: impl Fn(&PlanStage) -> bool) -> Result<(), Fault> {
    for plan in tx.scan::<UsagePlan>(&scope.prefix())? {
        if plan.stages.iter().any(&gone) {
            let mut plan = UsagePlan::clone(&plan);
            plan.stages.retain(|stage| !gone(stage));
            tx.put(&plan)?;
        }
    }
    Ok(())
}

//! What a usage plan is to be.

use super::plan_stages::plan_stage;
use crate::patch::{Op, Patch};
use crate::state::{Period, Quota, Throttle, UsagePlan};
use crate::{api, error};
use service::ServiceError;

pub fn throttle(settings: &api::ThrottleSettings) -> Result<Throttle, ServiceError> {
    let throttle =
        Throttle { rate: settings.rate_limit.unwrap_or(0.0), burst: settings.burst_limit.unwrap_or(0) };
    check(&throttle)?;
    Ok(throttle)
}

pub fn check(throttle: &Throttle) -> Result<(), ServiceError> {
    if throttle.rate.is_finite() && throttle.rate >= 0.0 && throttle.burst >= 0 {
        return Ok(());
    }
    Err(error::bad_request("Usage Plan throttle rate limit and burst limit must not be negative"))
}

pub fn quota(settings: &api::QuotaSettings) -> Result<Quota, ServiceError> {
    let limit = settings.limit.unwrap_or(0);
    if limit <= 0 {
        return Err(error::bad_request("Usage Plan quota limit must be greater than 0"));
    }
    let quota = Quota {
        limit,
        offset: settings.offset.unwrap_or(0),
        period: period(settings.period.as_deref().unwrap_or_default())?,
    };
    check_offset(&quota)?;
    Ok(quota)
}

fn period(text: &str) -> Result<Period, ServiceError> {
    match text {
        "DAY" => Ok(Period::Day),
        "WEEK" => Ok(Period::Week),
        "MONTH" => Ok(Period::Month),
        _ => Err(error::bad_request("Invalid period specified. Must be one of: [DAY, WEEK, MONTH]")),
    }
}

/// The offset is in days here, as AWS has it: when in the period the count begins anew.
fn check_offset(quota: &Quota) -> Result<(), ServiceError> {
    let most = match quota.period {
        Period::Day => 0,
        Period::Week => 6,
        Period::Month => 27,
    };
    if (0..=most).contains(&quota.offset) {
        return Ok(());
    }
    Err(error::bad_request(format!(
        "Usage Plan quota offset must be zero in the {} period",
        quota.period.text()
    )))
}

pub fn change(plan: &mut UsagePlan, patch: &Patch) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["name"] => patch.value()?.clone_into(&mut plan.name),
        ["description"] => plan.description = patch.text(),
        ["throttle"] if patch.op == Op::Remove => plan.throttle = None,
        ["throttle", limit] => {
            let throttle = plan.throttle.get_or_insert(Throttle { rate: 0.0, burst: 0 });
            set(throttle, limit, patch)?;
        }
        ["quota"] if patch.op == Op::Remove => plan.quota = None,
        ["quota", part] => quota_part(plan, part, patch)?,
        ["apiStages"] => {
            let (api, stage) = patch
                .value()?
                .split_once(':')
                .ok_or_else(|| error::bad_request("Invalid API Stage specified"))?;
            plan.stages.retain(|known| known.api != api || known.stage != stage);
            if patch.op != Op::Remove {
                let (api_id, stage) = (Some(api.to_owned()), Some(stage.to_owned()));
                plan.stages.push(plan_stage(api::ApiStage { api_id, stage, throttle: None })?);
            }
        }
        ["apiStages", stage, "throttle", ..] => stage_throttle(plan, stage, patch)?,
        _ => return Err(patch.unknown(&["/name", "/description", "/throttle", "/quota", "/apiStages"])),
    }
    Ok(())
}

fn set(throttle: &mut Throttle, limit: &str, patch: &Patch) -> Result<(), ServiceError> {
    match limit {
        "rateLimit" => throttle.rate = patch.number()?,
        "burstLimit" => throttle.burst = patch.number()?,
        _ => return Err(patch.unknown(&["/throttle/rateLimit", "/throttle/burstLimit"])),
    }
    check(throttle)
}

fn quota_part(plan: &mut UsagePlan, part: &str, patch: &Patch) -> Result<(), ServiceError> {
    let mut quota = plan.quota.unwrap_or(Quota { limit: 1, offset: 0, period: Period::Day });
    match part {
        "limit" => quota.limit = patch.number()?,
        "offset" => quota.offset = patch.number()?,
        "period" => quota.period = period(patch.value()?)?,
        _ => return Err(patch.unknown(&["/quota/limit", "/quota/offset", "/quota/period"])),
    }
    plan.quota = Some(quota);
    Ok(())
}

/// `/apiStages/API:STAGE/throttle/~1orders/GET/rateLimit`.
fn stage_throttle(plan: &mut UsagePlan, stage: &str, patch: &Patch) -> Result<(), ServiceError> {
    let found = plan.stages.iter_mut().find(|known| format!("{}:{}", known.api, known.stage) == stage);
    let found = found.ok_or_else(|| error::bad_request("Invalid API Stage specified"))?;
    match patch.parts()[..] {
        [_, _, _, path, verb, limit] => {
            let method = format!("{path}/{verb}");
            set(found.throttles.entry(method).or_insert(Throttle { rate: 0.0, burst: 0 }), limit, patch)
        }
        [_, _, _, path, verb] if patch.op == Op::Remove => {
            found.throttles.remove(&format!("{path}/{verb}"));
            Ok(())
        }
        [_, _, _] if patch.op == Op::Remove => {
            found.throttles.clear();
            Ok(())
        }
        _ => Err(patch.unknown(&["/apiStages/{api:stage}/throttle/{path}/{verb}/rateLimit"])),
    }
}

//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html>

use super::may;
use crate::page::page;
use crate::{ApiGateway, api};
use crate::{error, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeMap;

/// `2026-01-31` as days since 1970-01-01.
fn day(text: Option<&str>) -> Result<i64, ServiceError> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    let date = time::Date::parse(text.unwrap_or_default(), &format);
    let date =
        date.map_err(|_| error::bad_request("Usage date is invalid. It must be in the form yyyy-MM-dd"))?;
    Ok(date.midnight().assume_utc().unix_timestamp().div_euclid(86_400))
}

impl Handler<ApiGateway> for api::GetUsage {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!("/usageplans/{}/usage", input.usage_plan_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let plan = read::usage_plan(
            &gateway.store.read(),
            &call.scope,
            input.usage_plan_id.as_deref().unwrap_or_default(),
        )?;
        let (start, end) = (day(input.start_date.as_deref())?, day(input.end_date.as_deref())?);
        if end < start || end - start > 90 {
            return Err(error::bad_request("Usage range must be at most 90 days and not negative"));
        }
        let wanted =
            plan.keys.iter().filter(|key| input.key_id.as_ref().is_none_or(|id| id == *key)).cloned();
        let (keys, position) =
            page(wanted.collect(), String::as_str, input.limit, input.position.as_deref())?;
        let mut items = BTreeMap::new();
        for key in keys {
            items.insert(key.clone(), gateway.days(&plan, &key, start, end)?);
        }
        Ok(api::Usage {
            usage_plan_id: Some(plan.id),
            start_date: input.start_date.clone(),
            end_date: input.end_date.clone(),
            items: Some(items),
            position,
        })
    }
}

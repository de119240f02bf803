//! How many requests the keys of usage plans made. Counted in memory, written every second: a
//! crash forgets at most a second's requests, and no request waits for the disk.

use super::Refusal;
use crate::ApiGateway;
use crate::state::{ApiKey, DayUse, Period, Quota, UsagePlan};
use base::{Scope, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::{Fault, Tx};

const FLUSH: Duration = Duration::from_secs(1);
const DAY_SECS: i64 = 86_400;

/// Requests of one day.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    requests: u64,
    /// How many of them are on the disk.
    written: u64,
}

/// A key of a plan, and its requests by day since 1970-01-01.
struct KeyUse {
    scope: Scope,
    plan: String,
    api_key: String,
    days: BTreeMap<i64, Count>,
}

/// By the prefix of the rows.
#[derive(Default)]
pub struct Usage {
    keys: Mutex<HashMap<String, KeyUse>>,
}

/// Days since 1970-01-01, UTC.
fn day_of(now: Timestamp) -> i64 {
    now.secs().div_euclid(DAY_SECS)
}

/// The first day of the quota's period that `day` is in.
fn period_start(quota: &Quota, day: i64) -> i64 {
    let offset = i64::from(quota.offset);
    match quota.period {
        Period::Day => day,
        // 1970-01-01 was a Thursday; weeks begin on Sunday, plus the offset.
        Period::Week => day - (day + 4 - offset).rem_euclid(7),
        Period::Month => {
            let of_month = i64::from(date(day).day()) - 1;
            if of_month >= offset {
                return day - of_month + offset;
            }
            let last = day - of_month - 1;
            last - i64::from(date(last).day()) + 1 + offset
        }
    }
}

fn date(day: i64) -> time::Date {
    Timestamp::from_secs(day * DAY_SECS).to_utc().date()
}

impl ApiGateway {
    /// Counts a request of a key, unless its plan's quota is used up.
    pub(super) fn count(&self, plan: &UsagePlan, key: &ApiKey, now: Timestamp) -> Result<(), Refusal> {
        let today = day_of(now);
        self.with_use(plan, &key.id, |days| {
            if let Some(quota) = &plan.quota {
                let first = period_start(quota, today);
                let used: u64 = days.range(first..=today).map(|(_, count)| count.requests).sum();
                if used >= u64::try_from(quota.limit).unwrap_or(0) {
                    let (plan, limit, period) = (&plan.id, quota.limit, quota.period.text());
                    return Err(Refusal::limit_exceeded(format!(
                        "the usage plan {plan} allows {limit} requests a {period}"
                    )));
                }
            }
            days.entry(today).or_default().requests += 1;
            Ok(())
        })?
    }

    /// Used and remaining requests of each day, as GetUsage shows them.
    pub(crate) fn days(
        &self,
        plan: &UsagePlan,
        key: &str,
        first: i64,
        last: i64,
    ) -> Result<Vec<Vec<i64>>, Fault> {
        self.with_use(plan, key, |days| {
            let of = |from: i64, to: i64| -> i64 {
                let requests: u64 = days.range(from..=to).map(|(_, count)| count.requests).sum();
                i64::try_from(requests).unwrap_or(i64::MAX)
            };
            let remaining = |day: i64| {
                let Some(quota) = &plan.quota else { return 0 };
                i64::from(quota.limit).saturating_sub(of(period_start(quota, day), day)).max(0)
            };
            (first..=last).map(|day| vec![of(day, day), remaining(day)]).collect()
        })
    }

    /// The counts of a key, read from the disk when they are first needed.
    fn with_use<R>(
        &self,
        plan: &UsagePlan,
        key: &str,
        f: impl FnOnce(&mut BTreeMap<i64, Count>) -> R,
    ) -> Result<R, Fault> {
        let prefix = plan.scope.key(&format!("{}/{key}/", plan.id));
        let mut keys = self.usage.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = keys.get_mut(&prefix) {
            return Ok(f(&mut known.days));
        }
        let rows = self.store.read().scan::<DayUse>(&prefix)?;
        let count = |row: &DayUse| Count { requests: row.requests, written: row.requests };
        let mut known = KeyUse {
            scope: plan.scope.clone(),
            plan: plan.id.clone(),
            api_key: key.to_owned(),
            days: rows.iter().map(|row| (row.day, count(row))).collect(),
        };
        let result = f(&mut known.days);
        keys.insert(prefix, known);
        Ok(result)
    }

    /// Writes what was counted.
    pub async fn write_usage(&self) -> Result<(), Fault> {
        let rows = self.unwritten();
        if rows.is_empty() {
            return Ok(());
        }
        let put = |tx: &mut Tx| rows.iter().try_for_each(|(_, row)| tx.put(row));
        self.store.write::<_, Fault, _>(put).await?;
        let mut keys = self.usage.keys.lock().unwrap_or_else(PoisonError::into_inner);
        for (prefix, row) in &rows {
            if let Some(count) = keys.get_mut(prefix).and_then(|known| known.days.get_mut(&row.day)) {
                count.written = row.requests;
            }
        }
        Ok(())
    }

    fn unwritten(&self) -> Vec<(String, DayUse)> {
        let keys = self.usage.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = keys.iter().flat_map(|(prefix, known)| {
            let fresh = known.days.iter().filter(|(_, count)| count.requests != count.written);
            fresh.map(move |(day, count)| (prefix.clone(), known.row(*day, count.requests)))
        });
        rows.collect()
    }

    /// Writes what was counted, every second.
    pub async fn write_usage_forever(&self) {
        loop {
            tokio::time::sleep(FLUSH).await;
            if let Err(fault) = self.write_usage().await {
                tracing::error!(%fault, "write the usage of API keys");
            }
        }
    }

    /// Forgets the counts of a plan that is no more.
    pub(crate) fn forget_usage(&self, plan: &UsagePlan) {
        let prefix = plan.scope.key(&format!("{}/", plan.id));
        let mut keys = self.usage.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|known, _| !known.starts_with(&prefix));
    }
}

impl KeyUse {
    fn row(&self, day: i64, requests: u64) -> DayUse {
        DayUse {
            scope: self.scope.clone(),
            plan: self.plan.clone(),
            api_key: self.api_key.clone(),
            day,
            requests,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(period: Period, offset: i32, date: &str, expected: &str) {
        let format = time::macros::format_description!("[year]-[month]-[day]");
        let day = |text: &str| {
            time::Date::parse(text, &format).unwrap().midnight().assume_utc().unix_timestamp() / DAY_SECS
        };
        let quota = Quota { limit: 1, offset, period };
        assert_eq!(period_start(&quota, day(date)), day(expected), "{date}");
    }

    #[test]
    fn periods_begin_where_aws_begins_them() {
        check(Period::Day, 0, "2026-11-21", "2026-11-21");
        check(Period::Week, 0, "2026-11-21", "2026-11-15");
        check(Period::Week, 0, "2026-11-15", "2026-11-15");
        check(Period::Week, 6, "2026-11-20", "2026-11-14");
        check(Period::Month, 0, "2026-11-21", "2026-11-01");
        check(Period::Month, 9, "2026-11-21", "2026-11-10");
        check(Period::Month, 27, "2026-03-21", "2026-02-28");
    }
}

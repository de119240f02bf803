//! The usage plan of a key at a stage. An account has up to 300 plans and 10,000 keys, and a
//! request must not look through them: which plans a key is in is put together once and kept until
//! a plan changes.

use crate::state::{ApiKey, PlanStage, UsagePlan};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use store::{Fault, Snapshot, Table};

/// A usage plan, and which of its stages is called.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) plan: Arc<UsagePlan>,
    stage: usize,
}

impl Planned {
    pub(super) fn stage(&self) -> Option<&PlanStage> {
        self.plan.stages.get(self.stage)
    }
}

/// The plans of every key, as of one state of their table.
#[derive(Default)]
pub(crate) struct Plans {
    kept: RwLock<Arc<Index>>,
}

#[derive(Default)]
struct Index {
    /// None until it is first needed.
    edits: Option<u64>,
    /// By account, region and id of the key; each list in the order of the plans' ids.
    of_key: HashMap<String, Vec<Arc<UsagePlan>>>,
}

impl Plans {
    /// The first plan that has both the key and the stage.
    pub(super) fn of(
        &self,
        rows: &Snapshot,
        key: &ApiKey,
        api: &str,
        stage: &str,
    ) -> Result<Option<Planned>, Fault> {
        let index = self.index(rows)?;
        let here = |s: &PlanStage| s.api == api && s.stage == stage;
        let planned = |plan: &Arc<UsagePlan>| {
            plan.stages.iter().position(here).map(|stage| Planned { plan: plan.clone(), stage })
        };
        let plans = index.of_key.get(&key.key()).map(Vec::as_slice).unwrap_or_default();
        Ok(plans.iter().find_map(planned))
    }

    fn index(&self, rows: &Snapshot) -> Result<Arc<Index>, Fault> {
        let edits = rows.edits(UsagePlan::NAME);
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner).clone();
        if kept.edits == Some(edits) {
            return Ok(kept);
        }
        let fresh = Arc::new(Index { edits: Some(edits), of_key: by_key(rows)? });
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        // Another request may have read a newer state in the meantime.
        if kept.edits < Some(edits) {
            *kept = fresh.clone();
        }
        Ok(fresh)
    }
}

fn by_key(rows: &Snapshot) -> Result<HashMap<String, Vec<Arc<UsagePlan>>>, Fault> {
    let mut of_key: HashMap<String, Vec<Arc<UsagePlan>>> = HashMap::new();
    for plan in rows.scan::<UsagePlan>("")? {
        for id in &plan.keys {
            of_key.entry(plan.scope.key(id)).or_default().push(plan.clone());
        }
    }
    Ok(of_key)
}

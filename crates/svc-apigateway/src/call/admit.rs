//! API keys, throttles and quotas.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>

use super::throttles::Bucket;
use super::{Aimed, Refusal};
use crate::ApiGateway;
use crate::ops::digest;
use crate::quota;
use crate::state::{ApiKey, ApiKeyDigest, ApiKeySource, PlanStage, Throttle, UsagePlan};
use std::sync::Arc;

impl ApiGateway {
    /// The key that let the request in, if the method wants one. Plan, method, stage, account: the
    /// order in which AWS throttles.
    pub(super) fn admit(&self, aimed: &Aimed<'_>) -> Result<Option<Arc<ApiKey>>, Refusal> {
        let wanted = aimed.matched.method.api_key_required;
        let found = if wanted { Some(self.key_and_plan(aimed)?) } else { None };
        let mut buckets = Vec::new();
        if let Some((key, plan, stage)) = &found {
            let own = aimed.methods().into_iter().find_map(|m| Some((m.clone(), stage.throttles.get(&m)?)));
            let (part, throttle) = match own {
                Some((method, throttle)) => (method, Some(throttle)),
                None => (String::new(), plan.throttle.as_ref()),
            };
            buckets.extend(throttle.map(|t| {
                let name = format!("plan {} key {} {}/{} {part}", plan.id, key.id, stage.api, stage.stage);
                Bucket::new(name, *t)
            }));
        }
        buckets.extend(aimed.stage_throttle().map(|(method, throttle)| {
            Bucket::new(format!("stage {}/{} {method}", aimed.api.id, aimed.stage.name), *throttle)
        }));
        let account = Throttle { rate: quota::ACCOUNT_RATE, burst: quota::ACCOUNT_BURST };
        buckets.push(Bucket::new(format!("account {}", aimed.api.scope.prefix()), account));
        if let Some(name) = self.throttles.refuses(&buckets, aimed.request.now) {
            return Err(Refusal::too_many(format!("throttled by {name}")));
        }
        if let Some((key, plan, _)) = &found {
            self.count(plan, key, aimed.request.now)?;
        }
        Ok(found.map(|(key, ..)| key))
    }

    fn key_and_plan(&self, aimed: &Aimed<'_>) -> Result<(Arc<ApiKey>, Arc<UsagePlan>, PlanStage), Refusal> {
        let refuse = |reason: &str| Refusal::forbidden(reason.to_owned());
        if aimed.api.api_key_source == ApiKeySource::Authorizer {
            return Err(refuse("the API reads its key from an authorizer, and the method has none"));
        }
        let value = aimed.request.http.header("x-api-key");
        let value = value.ok_or_else(|| refuse("the method wants an API key and x-api-key is missing"))?;
        let scope = &aimed.api.scope;
        let known = aimed.rows.get::<ApiKeyDigest>(&scope.key(&digest(value)))?;
        let known = known.ok_or_else(|| refuse("no API key has this value"))?;
        let key = aimed.rows.get::<ApiKey>(&scope.key(&known.id))?;
        let key = key.ok_or_else(|| refuse("no API key has this value"))?;
        if !key.enabled {
            return Err(Refusal::forbidden(format!("the API key {} is disabled", key.id)));
        }
        for plan in aimed.rows.scan::<UsagePlan>(&scope.prefix())? {
            let here = |s: &&PlanStage| s.api == aimed.api.id && s.stage == aimed.stage.name;
            if plan.keys.contains(&key.id)
                && let Some(stage) = plan.stages.iter().find(here).cloned()
            {
                return Ok((key, plan, stage));
            }
        }
        Err(Refusal::forbidden(format!("no usage plan has the API key {} and this stage", key.id)))
    }
}

impl Aimed<'_> {
    /// The names under which a throttle of this method may stand, the verb's own first.
    fn methods(&self) -> [String; 2] {
        let name = |verb: &str| format!("{}/{verb}", self.matched.resource.path);
        let verb = &self.request.http.method;
        [name(verb), name(if self.matched.any { "ANY" } else { verb })]
    }

    /// The stage's throttle for this method: its own, else that of all methods.
    fn stage_throttle(&self) -> Option<(&String, &Throttle)> {
        let methods = self.methods();
        let throttles = &self.stage.throttles;
        let own = |(spelled, _): &(&String, &Throttle)| {
            let read = spelled.replace("~1", "/");
            methods.iter().any(|method| method.trim_start_matches('/') == read.trim_start_matches('/'))
        };
        throttles.iter().find(own).or_else(|| throttles.get_key_value("*/*"))
    }
}

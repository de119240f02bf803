//! API keys, throttles and quotas.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>

use super::plans::Planned;
use super::{Aimed, Known, Refusal};
use crate::ApiGateway;
use crate::ops::digest;
use crate::state::{ApiKey, ApiKeyDigest, ApiKeySource, Throttle};
use std::collections::BTreeMap;
use std::sync::Arc;
use throttle::Bucket;

impl ApiGateway {
    /// The key that let the request in, if the method wants one. Plan, method, stage, account: the
    /// order in which AWS throttles.
    pub(super) fn admit(&self, aimed: &Aimed<'_>, known: &Known) -> Result<Option<Arc<ApiKey>>, Refusal> {
        let wanted = aimed.matched.method.api_key_required;
        let found = if wanted { Some(self.key_and_plan(aimed, known)?) } else { None };
        let mut buckets = Vec::new();
        if let Some((key, planned)) = &found {
            buckets.extend(planned.bucket(aimed, key));
        }
        buckets.extend(aimed.stage_throttle().map(|(method, throttle)| {
            Bucket::new(format!("stage {}/{} {method}", aimed.api.id, aimed.stage.name), throttle)
        }));
        buckets.push(throttle::of_account(&aimed.api.scope));
        if let Some(name) = self.needs.throttles.refuses(&buckets, aimed.request.now) {
            return Err(Refusal::too_many(format!("throttled by {name}")));
        }
        if let Some((key, planned)) = &found {
            self.count(&planned.plan, key, aimed.request.now)?;
        }
        Ok(found.map(|(key, _)| key))
    }

    fn key_and_plan(&self, aimed: &Aimed<'_>, known: &Known) -> Result<(Arc<ApiKey>, Planned), Refusal> {
        let refuse = |reason: &str| Refusal::invalid_key(reason.to_owned());
        let value = match aimed.api.api_key_source {
            ApiKeySource::Header => aimed.request.http.header("x-api-key"),
            ApiKeySource::Authorizer => {
                known.authorized.as_ref().and_then(|a| a.answer.usage_identifier_key.as_deref())
            }
        };
        let value = value.ok_or_else(|| match aimed.api.api_key_source {
            ApiKeySource::Header => refuse("the method wants an API key and x-api-key is missing"),
            ApiKeySource::Authorizer => refuse("the API reads its key from an authorizer, which named none"),
        })?;
        let scope = &aimed.api.scope;
        let known = aimed.rows.get::<ApiKeyDigest>(&scope.key(&digest(value)))?;
        let known = known.ok_or_else(|| refuse("no API key has this value"))?;
        let key = aimed.rows.get::<ApiKey>(&scope.key(&known.id))?;
        let key = key.ok_or_else(|| refuse("no API key has this value"))?;
        if !key.enabled {
            return Err(Refusal::invalid_key(format!("the API key {} is disabled", key.id)));
        }
        let found = self.plans.of(&aimed.rows, &key, &aimed.api.id, &aimed.stage.name)?;
        let none =
            || Refusal::invalid_key(format!("no usage plan has the API key {} and this stage", key.id));
        let plan = found.ok_or_else(none)?;
        Ok((key, plan))
    }
}

impl Planned {
    /// What the plan throttles this key to: by the method if the plan says so, else by the stage.
    fn bucket(&self, aimed: &Aimed<'_>, key: &ApiKey) -> Option<Bucket> {
        let stage = self.stage()?;
        let of = |method| Some((stage.throttles.get(&method)?, method));
        let own = if stage.throttles.is_empty() { None } else { aimed.methods().into_iter().find_map(of) };
        let (throttle, part) = match own {
            Some((throttle, method)) => (throttle, method),
            None => (self.plan.throttle.as_ref()?, String::new()),
        };
        let name = format!("plan {} key {} {}/{} {part}", self.plan.id, key.id, stage.api, stage.stage);
        Some(Bucket::new(name, *throttle))
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
    fn stage_throttle(&self) -> Option<(&String, Throttle)> {
        let (method, own) = self.of_method(&self.stage.throttles)?;
        // What is below zero is not limited here.
        let (rate, burst) = (own.rate >= 0.0, own.burst >= 0);
        let throttle = Throttle {
            rate: if rate { own.rate } else { throttle::ACCOUNT.rate },
            burst: if burst { own.burst } else { throttle::ACCOUNT.burst },
        };
        (rate || burst).then_some((method, throttle))
    }

    /// A setting of this method, else that of all methods.
    pub(super) fn of_method<'s, T>(&self, settings: &'s BTreeMap<String, T>) -> Option<(&'s String, &'s T)> {
        if settings.is_empty() {
            return None;
        }
        let methods = self.methods();
        let own = |(spelled, _): &(&String, &T)| {
            let read = spelled.replace("~1", "/");
            methods.iter().any(|method| method.trim_start_matches('/') == read.trim_start_matches('/'))
        };
        settings.iter().find(own).or_else(|| settings.get_key_value("*/*"))
    }
}

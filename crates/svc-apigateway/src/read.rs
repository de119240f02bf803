//! Look-ups that operations share.

use crate::state::{
    Account, ApiKey, Authorizer, Deployment, GatewayResponse, Model, Parts, RequestValidator, Resource,
    RestApi, Stage, UsagePlan, VpcLink,
};
use crate::{ApiGateway, error, vpc_links};
use base::Scope;
use service::ServiceError;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Snapshot, Tx};

pub fn rest_api(rows: &Snapshot, scope: &Scope, id: &str) -> Result<RestApi, ServiceError> {
    let found = rows.get::<RestApi>(&scope.key(id))?;
    found.map(|api| RestApi::clone(&api)).ok_or_else(|| error::no_api(scope, id))
}

/// A resource of an API that exists.
pub fn resource(rows: &Snapshot, scope: &Scope, api: &str, id: &str) -> Result<Resource, ServiceError> {
    rest_api(rows, scope, api)?;
    let found = rows.get::<Resource>(&scope.key(&format!("{api}/{id}")))?;
    found.map(|resource| Resource::clone(&resource)).ok_or_else(error::no_resource)
}

pub fn resources(rows: &Snapshot, scope: &Scope, api: &str) -> Result<Vec<Arc<Resource>>, ServiceError> {
    rest_api(rows, scope, api)?;
    Ok(rows.scan(&scope.key(&format!("{api}/")))?)
}

pub fn deployment(
    rows: &Snapshot,
    scope: &Scope,
    api: &str,
    id: &str,
) -> Result<Arc<Deployment>, ServiceError> {
    rest_api(rows, scope, api)?;
    rows.get(&scope.key(&format!("{api}/{id}")))?.ok_or_else(error::no_deployment)
}

pub fn stage(rows: &Snapshot, scope: &Scope, api: &str, name: &str) -> Result<Stage, ServiceError> {
    rest_api(rows, scope, api)?;
    let found = rows.get::<Stage>(&scope.key(&format!("{api}/{name}")))?;
    found.map(|stage| Stage::clone(&stage)).ok_or_else(error::no_stage)
}

pub fn stages(rows: &Snapshot, scope: &Scope, api: &str) -> Result<Vec<Arc<Stage>>, ServiceError> {
    rest_api(rows, scope, api)?;
    Ok(rows.scan(&scope.key(&format!("{api}/")))?)
}

pub fn api_key(rows: &Snapshot, scope: &Scope, id: &str) -> Result<ApiKey, ServiceError> {
    let found = rows.get::<ApiKey>(&scope.key(id))?;
    found.map(|key| ApiKey::clone(&key)).ok_or_else(error::no_api_key)
}

pub fn vpc_link(rows: &Snapshot, scope: &Scope, id: &str) -> Result<VpcLink, ServiceError> {
    let found = rows.get::<VpcLink>(&scope.key(id))?;
    found.map(|link| VpcLink::clone(&link)).ok_or_else(vpc_links::no_link)
}

pub fn usage_plan(rows: &Snapshot, scope: &Scope, id: &str) -> Result<UsagePlan, ServiceError> {
    let found = rows.get::<UsagePlan>(&scope.key(id))?;
    found.map(|plan| UsagePlan::clone(&plan)).ok_or_else(error::no_usage_plan)
}

pub fn models(rows: &Snapshot, scope: &Scope, api: &str) -> Result<Vec<Arc<Model>>, ServiceError> {
    rest_api(rows, scope, api)?;
    Ok(rows.scan(&scope.key(&format!("{api}/")))?)
}

pub fn model(rows: &Snapshot, scope: &Scope, api: &str, name: &str) -> Result<Model, ServiceError> {
    rest_api(rows, scope, api)?;
    let found = rows.get::<Model>(&scope.key(&format!("{api}/{name}")))?;
    found.map(|model| Model::clone(&model)).ok_or_else(error::no_model)
}

pub fn validators(
    rows: &Snapshot,
    scope: &Scope,
    api: &str,
) -> Result<Vec<Arc<RequestValidator>>, ServiceError> {
    rest_api(rows, scope, api)?;
    Ok(rows.scan(&scope.key(&format!("{api}/")))?)
}

pub fn validator(
    rows: &Snapshot,
    scope: &Scope,
    api: &str,
    id: &str,
) -> Result<RequestValidator, ServiceError> {
    rest_api(rows, scope, api)?;
    let found = rows.get::<RequestValidator>(&scope.key(&format!("{api}/{id}")))?;
    found.map(|validator| RequestValidator::clone(&validator)).ok_or_else(error::no_validator)
}

pub fn authorizers(rows: &Snapshot, scope: &Scope, api: &str) -> Result<Vec<Arc<Authorizer>>, ServiceError> {
    rest_api(rows, scope, api)?;
    Ok(rows.scan(&scope.key(&format!("{api}/")))?)
}

pub fn authorizer(rows: &Snapshot, scope: &Scope, api: &str, id: &str) -> Result<Authorizer, ServiceError> {
    rest_api(rows, scope, api)?;
    let found = rows.get::<Authorizer>(&scope.key(&format!("{api}/{id}")))?;
    found.map(|authorizer| Authorizer::clone(&authorizer)).ok_or_else(error::no_authorizer)
}

/// Those that the API's owner worded, by type.
pub fn gateway_responses(
    rows: &Snapshot,
    scope: &Scope,
    api: &str,
) -> Result<BTreeMap<String, Arc<GatewayResponse>>, ServiceError> {
    rest_api(rows, scope, api)?;
    let all = rows.scan::<GatewayResponse>(&scope.key(&format!("{api}/")))?;
    Ok(all.into_iter().map(|response| (response.kind.clone(), response)).collect())
}

/// What a deployment copies beside the resources.
pub fn parts(rows: &Snapshot, scope: &Scope, api: &str) -> Result<Parts, ServiceError> {
    let copied = |all: Vec<Arc<Model>>| all.iter().map(|m| (m.name.clone(), Model::clone(m))).collect();
    let (validators, authorizers) = (validators(rows, scope, api)?, authorizers(rows, scope, api)?);
    let worded = gateway_responses(rows, scope, api)?.into_iter();
    Ok(Parts {
        models: copied(models(rows, scope, api)?),
        validators: validators.iter().map(|v| (v.id.clone(), RequestValidator::clone(v))).collect(),
        authorizers: authorizers.iter().map(|a| (a.id.clone(), Authorizer::clone(a))).collect(),
        gateway_responses: worded.map(|(kind, r)| (kind, GatewayResponse::clone(&r))).collect(),
    })
}

impl ApiGateway {
    /// The role in which access logs of an account are written.
    pub(crate) fn cloudwatch_role(&self, scope: &Scope) -> Result<Option<String>, ServiceError> {
        let account = self.store.read().get::<Account>(&scope.key("account"))?;
        Ok(account.and_then(|account| account.cloudwatch_role.clone()))
    }

    /// Changes one method of a resource in one transaction.
    pub(crate) async fn change_resource(
        &self,
        scope: &Scope,
        api: &str,
        id: &str,
        change: impl FnOnce(&mut Resource) -> Result<(), ServiceError>,
    ) -> Result<Resource, ServiceError> {
        self.store
            .write(|tx: &mut Tx| {
                let mut resource = resource(&tx.snapshot(), scope, api, id)?;
                change(&mut resource)?;
                tx.put(&resource)?;
                Ok(resource)
            })
            .await
    }
}

//! Look-ups that operations share.

use crate::state::{ApiKey, Deployment, Resource, RestApi, Stage, UsagePlan};
use crate::{ApiGateway, error};
use base::Scope;
use service::ServiceError;
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

pub fn usage_plan(rows: &Snapshot, scope: &Scope, id: &str) -> Result<UsagePlan, ServiceError> {
    let found = rows.get::<UsagePlan>(&scope.key(id))?;
    found.map(|plan| UsagePlan::clone(&plan)).ok_or_else(error::no_usage_plan)
}

impl ApiGateway {
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

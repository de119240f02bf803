//! Look-ups that operations share.

use crate::state::{Api, Deployment, Stage, VpcLink};
use crate::{ApiGatewayV2, error};
use base::{Scope, Timestamp};
use service::ServiceError;
use std::sync::Arc;
use store::{Snapshot, Tx};

pub fn api(rows: &Snapshot, scope: &Scope, id: &str) -> Result<Arc<Api>, ServiceError> {
    rows.get::<Api>(&scope.key(id))?.ok_or_else(|| error::no("API", &format!("{}:{id}", scope.account)))
}

pub fn vpc_link(rows: &Snapshot, scope: &Scope, id: &str) -> Result<Arc<VpcLink>, ServiceError> {
    rows.get::<VpcLink>(&scope.key(id))?.ok_or_else(|| error::no("VpcLink", id))
}

pub fn stage(rows: &Snapshot, scope: &Scope, id: &str, name: &str) -> Result<Stage, ServiceError> {
    api(rows, scope, id)?;
    let found = rows.get::<Stage>(&scope.key(&format!("{id}/{name}")))?;
    found.map(|stage| Stage::clone(&stage)).ok_or_else(error::no_stage)
}

pub fn stages(rows: &Snapshot, scope: &Scope, id: &str) -> Result<Vec<Arc<Stage>>, ServiceError> {
    api(rows, scope, id)?;
    Ok(rows.scan(&scope.key(&format!("{id}/")))?)
}

pub fn deployment(
    rows: &Snapshot,
    scope: &Scope,
    id: &str,
    deployment: &str,
) -> Result<Arc<Deployment>, ServiceError> {
    api(rows, scope, id)?;
    rows.get(&scope.key(&format!("{id}/{deployment}")))?.ok_or_else(|| error::no("Deployment", deployment))
}

pub fn deployments(rows: &Snapshot, scope: &Scope, id: &str) -> Result<Vec<Arc<Deployment>>, ServiceError> {
    api(rows, scope, id)?;
    Ok(rows.scan(&scope.key(&format!("{id}/")))?)
}

impl ApiGatewayV2 {
    /// Changes an API in one transaction, and deploys it to the stages that follow its changes.
    pub(crate) async fn change_api<R: Send + 'static>(
        &self,
        scope: &Scope,
        id: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Api) -> Result<R, ServiceError> + Send,
    ) -> Result<R, ServiceError> {
        self.change_api_among(scope, id, now, |_, api| change(api)).await
    }

    /// The same, with all rows as they are when it is changed.
    pub(crate) async fn change_api_among<R: Send + 'static>(
        &self,
        scope: &Scope,
        id: &str,
        now: Timestamp,
        change: impl FnOnce(&Snapshot, &mut Api) -> Result<R, ServiceError> + Send,
    ) -> Result<R, ServiceError> {
        self.store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let before = api(&rows, scope, id)?;
                let mut changed = Api::clone(&before);
                let result = change(&rows, &mut changed)?;
                tx.put(&changed)?;
                let is_new = changed.content != before.content
                    || changed.route_selection_expression != before.route_selection_expression;
                if is_new {
                    self.deploy_where_automatic(tx, &changed, now)?;
                }
                Ok(result)
            })
            .await
    }
}

//! Copies of what makes an API, which its stages serve.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html>

use crate::state::{Api, Deployment, Protocol, Stage};
use crate::{ApiGatewayV2, error, quota};
use base::Timestamp;
use service::ServiceError;
use store::{Table, Tx};

const AUTOMATIC: &str = "Automatic deployment triggered by changes to the Api configuration";

/// An API without routes is not deployed.
pub fn check(api: &Api) -> Result<(), ServiceError> {
    if !api.content.routes.is_empty() {
        return Ok(());
    }
    Err(error::bad_request(match api.protocol {
        Protocol::Http => "Unable to deploy API because no routes exist in this API",
        Protocol::WebSocket => "At least one route is required before deploying the Api.",
    }))
}

impl ApiGatewayV2 {
    pub(crate) fn new_deployment(
        &self,
        api: &Api,
        description: Option<String>,
        now: Timestamp,
    ) -> Deployment {
        Deployment {
            scope: api.scope.clone(),
            api: api.id.clone(),
            id: self.id(6),
            description,
            created: now,
            auto: false,
            route_selection_expression: api.route_selection_expression.clone(),
            content: api.content.clone(),
        }
    }

    /// Deploys to every stage that follows the API's changes.
    pub(crate) fn deploy_where_automatic(
        &self,
        tx: &mut Tx,
        api: &Api,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let under = api.scope.key(&format!("{}/", api.id));
        for stage in tx.scan::<Stage>(&under)? {
            if stage.auto_deploy {
                self.deploy_automatically(tx, api, Stage::clone(&stage), now)?;
            }
        }
        Ok(())
    }

    /// Deploys to one stage, in place of the automatic deployment before. A failure is the stage's status.
    pub(crate) fn deploy_automatically(
        &self,
        tx: &mut Tx,
        api: &Api,
        mut stage: Stage,
        now: Timestamp,
    ) -> Result<Stage, ServiceError> {
        stage.updated = now;
        if let Err(refused) = check(api) {
            stage.last_deployment_status = Some(format!("Deployment attempt failed: {}", refused.message));
            tx.put(&stage)?;
            return Ok(stage);
        }
        let made = Deployment { auto: true, ..self.new_deployment(api, Some(AUTOMATIC.to_owned()), now) };
        let before = stage.deployment.replace(made.id.clone());
        stage.last_deployment_status =
            Some(format!("Successfully deployed stage with deployment ID '{}'", made.id));
        tx.put(&made)?;
        tx.put(&stage)?;
        if let Some(before) = before {
            forget_automatic(tx, &stage, &before)?;
        }
        Ok(stage)
    }
}

/// An automatic deployment goes with the last stage that serves it.
pub fn forget_automatic(tx: &mut Tx, stage: &Stage, id: &str) -> Result<(), ServiceError> {
    let under = stage.scope.key(&format!("{}/", stage.api));
    let Some(deployment) = tx.get::<Deployment>(&format!("{under}{id}"))? else { return Ok(()) };
    let is_served = tx.scan::<Stage>(&under)?.iter().any(|stage| stage.deployment.as_deref() == Some(id));
    if deployment.auto && !is_served {
        tx.delete::<Deployment>(&deployment.key())?;
    }
    Ok(())
}

/// Whether an API may have another deployment.
pub fn check_number(tx: &Tx, api: &Api) -> Result<(), ServiceError> {
    let under = api.scope.key(&format!("{}/", api.id));
    if tx.scan::<Deployment>(&under)?.len() < quota::DEPLOYMENTS {
        return Ok(());
    }
    Err(error::bad_request("Maximum number of deployments for this API has been reached."))
}

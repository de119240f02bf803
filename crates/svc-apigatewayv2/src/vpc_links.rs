//! Gives VPC links their interfaces, and takes them away. It takes no input, reads what it needs, and may be
//! interrupted anywhere: the next run goes on from what is there.

use crate::ApiGatewayV2;
use crate::model::integration_uri::with_stage_variables;
use crate::needs::LinkPlace;
use crate::state::{Api, Content, Deployment, LinkStage, Stage, Texts, VpcLink};
use crate::{error, read};
use base::Scope;
use service::ServiceError;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::{Fault, Snapshot, Table};

/// How long it waits before it tries again what could not be done.
const AGAIN: Duration = Duration::from_secs(2);

impl ApiGatewayV2 {
    /// Brings links to what they should be for as long as it is polled.
    pub async fn run_vpc_links(self: Arc<Self>) {
        loop {
            let woken = self.links_changed.notified();
            let is_done = self.place_links().await.unwrap_or_else(|fault| {
                tracing::error!(%fault, "the VPC links");
                false
            });
            if is_done {
                woken.await;
            } else {
                let _ = tokio::time::timeout(AGAIN, woken).await;
            }
        }
    }

    /// One pass; whether nothing is left to do.
    pub async fn place_links(&self) -> Result<bool, Fault> {
        let mut is_done = true;
        for link in self.store.read().scan::<VpcLink>("")? {
            match link.stage {
                LinkStage::Pending => self.bring_up(&link).await?,
                LinkStage::Deleting => is_done &= self.take_down(&link).await?,
                LinkStage::Available | LinkStage::Failed { .. } => {}
            }
        }
        Ok(is_done)
    }

    async fn bring_up(&self, link: &VpcLink) -> Result<(), Fault> {
        let place = LinkPlace {
            scope: link.scope.clone(),
            link: link.id.clone(),
            user: link.arn(),
            subnets: link.subnets.clone(),
            groups: link.groups.clone(),
        };
        let (stage, interfaces) = match self.needs.links.attach(&place).await {
            Ok(interfaces) => (LinkStage::Available, interfaces),
            Err(reason) => (LinkStage::Failed { reason }, Vec::new()),
        };
        let key = link.key();
        self.store
            .write(move |tx| {
                // It may have been deleted meanwhile; then its interfaces go with it.
                let row = tx.get::<VpcLink>(&key)?.filter(|row| row.stage == LinkStage::Pending);
                let Some(row) = row else { return Ok(()) };
                tx.put(&VpcLink { stage, interfaces, ..VpcLink::clone(&row) })
            })
            .await
    }

    /// Whether it is gone.
    async fn take_down(&self, link: &VpcLink) -> Result<bool, Fault> {
        if let Err(reason) = self.needs.links.release(&link.scope, &link.arn()).await {
            tracing::warn!(link = link.id, reason, "give back a VPC link's interfaces");
            return Ok(false);
        }
        let key = link.key();
        self.store.write(move |tx| tx.delete::<VpcLink>(&key).map(drop)).await?;
        Ok(true)
    }
}

/// Whether there is such a link, which is not on its way out; one that a stage's variable names is looked up when it
/// is used.
pub(crate) fn check(rows: &Snapshot, scope: &Scope, id: Option<&str>) -> Result<(), ServiceError> {
    let Some(id) = id.filter(|id| !id.is_empty() && !id.contains("${stageVariables.")) else {
        return Ok(());
    };
    match read::vpc_link(rows, scope, id)?.stage {
        LinkStage::Deleting => Err(error::no("VpcLink", id)),
        LinkStage::Pending | LinkStage::Available | LinkStage::Failed { .. } => Ok(()),
    }
}

/// Where APIs use a link: `METHOD:ROUTE`.
pub(crate) fn uses(rows: &Snapshot, scope: &Scope, id: &str) -> Result<Vec<String>, Fault> {
    let mut uses = BTreeSet::new();
    let no_variables = Texts::new();
    for api in rows.scan::<Api>(&scope.prefix())? {
        uses_of(&api.content, &no_variables, id, &mut uses);
        for stage in rows.scan::<Stage>(&scope.key(&format!("{}/", api.id)))? {
            let Some(served) = &stage.deployment else { continue };
            if let Some(deployment) = rows.get::<Deployment>(&scope.key(&format!("{}/{served}", api.id)))? {
                uses_of(&deployment.content, &stage.variables, id, &mut uses);
            }
        }
    }
    Ok(uses.into_iter().collect())
}

fn uses_of(content: &Content, variables: &Texts, id: &str, uses: &mut BTreeSet<String>) {
    for route in content.routes.values() {
        let integration = route.target.as_ref().and_then(|target| content.integrations.get(target));
        let Some(integration) = integration else { continue };
        let is_used = integration
            .connection
            .as_deref()
            .is_some_and(|named| with_stage_variables(named, variables) == id);
        if is_used {
            let method = integration.method.as_deref().unwrap_or("ANY");
            uses.insert(format!("{method}:{}", route.id));
        }
    }
}

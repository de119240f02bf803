//! VPC links: whether they work, and what uses them.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/vpc-links-v1.html>

use crate::needs::BalancerStatus;
use crate::state::{Deployment, Stage, VpcLink};
use crate::{ApiGateway, api, error, render};
use base::Scope;
use service::ServiceError;
use std::collections::BTreeSet;
use store::{Fault, Snapshot};

impl ApiGateway {
    /// A link with its status, which is its load balancer's.
    pub(crate) fn shown_link(&self, link: &VpcLink) -> Result<api::VpcLink, ServiceError> {
        let (status, message) = match self.needs.links.balancer(&link.scope, &link.target)? {
            BalancerStatus::Active => ("AVAILABLE", None),
            BalancerStatus::Provisioning => ("PENDING", None),
            BalancerStatus::Failed(reason) => ("FAILED", Some(format!("{}: {reason}", link.target))),
            BalancerStatus::Missing => {
                ("FAILED", Some(format!("the load balancer {} does not exist", link.target)))
            }
        };
        let status_message = message.or_else(|| {
            let is_ready = status == "AVAILABLE";
            is_ready.then(|| "Your vpc link is ready for use".to_owned())
        });
        Ok(api::VpcLink { status: Some(status.to_owned()), status_message, ..render::vpc_link(link) })
    }
}

/// Whether a load balancer is at the end of a link, which it may not leave then.
///
/// # Errors
/// When the store cannot be read.
pub fn leads_to(rows: &Snapshot, scope: &Scope, balancer: &str) -> Result<bool, Fault> {
    Ok(rows.scan::<VpcLink>(&scope.prefix())?.iter().any(|link| link.target == balancer))
}

/// Where stages use a link: `API:VERB:RESOURCE:STAGE`.
pub(crate) fn uses(rows: &Snapshot, scope: &Scope, id: &str) -> Result<Vec<String>, Fault> {
    let mut uses = BTreeSet::new();
    for stage in rows.scan::<Stage>(&scope.prefix())? {
        // A canary may name another link in its variables.
        let canary = stage.canary.as_ref().map(|canary| stage.as_canary(canary));
        for stage in std::iter::once(stage.as_ref()).chain(canary.as_ref()) {
            let place = scope.key(&format!("{}/{}", stage.api, stage.deployment));
            let deployment = rows.get::<Deployment>(&place)?;
            for resource in deployment.iter().flat_map(|deployment| &deployment.resources) {
                for (verb, method) in &resource.methods {
                    let connection = method.integration.as_ref().and_then(|i| i.connection.as_deref());
                    let is_used = connection.is_some_and(|named| {
                        super::model::integration_uri::with_stage_variables(named, &stage.variables) == id
                    });
                    if is_used {
                        uses.insert(format!("{}:{verb}:{}:{}", stage.api, resource.id, stage.name));
                    }
                }
            }
        }
    }
    Ok(uses.into_iter().collect())
}

pub(crate) fn no_link() -> ServiceError {
    error::not_found("Invalid Vpc Link identifier specified")
}

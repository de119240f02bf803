//! Amazon EC2's networking: VPCs, subnets, route tables, gateways, addresses, security groups,
//! network ACLs, network interfaces and interface endpoints, and the tables behind them.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html>
//!
//! Other crates see three things of it: [`ops::registry`] for the API, [`Ec2::networks`] for what
//! the data plane enforces, and the requester-managed interfaces of [`Ec2::attach_managed`].

mod access;
mod access_scopes;
mod acl_entries;
#[allow(clippy::all)]
pub mod api;
mod attachments;
mod change;
mod default_vpc;
mod dhcp;
mod elastic;
mod endpoint_service;
mod endpoint_view;
mod endpoints;
mod error;
mod filter;
mod flow_logs;
mod gateway_endpoints;
mod instances;
mod ipv6;
mod keys;
mod launch;
mod launch_templates;
mod lifecycle;
mod managed;
pub mod model;
pub mod needs;
mod network;
mod network_insights;
mod op;
pub mod ops;
mod page;
mod peering;
mod permissions;
mod placement;
mod prefix_lists;
mod quota;
mod read;
mod render;
mod route_target;
mod rule_descriptions;
mod secondary;
pub mod state;
mod subnets;
mod taggable;
mod tags;
mod vpcs;

pub use dhcp::NameService;
pub use endpoint_service::{EndpointService, endpoint_services};
pub use endpoint_view::{DnsAttributes, EndpointAddress, EndpointView};
pub use flow_logs::Delivery;
pub use launch_templates::TemplateFacts;
pub use managed::{Managed, ManagedError, ManagedKind, Placement};
pub use prefix_lists::{GatewayService, gateway_services};
pub use quota::Quotas;
pub use read::{Read, View};
pub use tags::Tags;

use base::{Ids, Scope};
use service::{Call, ServiceError};
use std::sync::{Arc, OnceLock};
use store::{Snapshot, Store, Tx};

/// The service: its store, where its ids come from, and its limits.
pub struct Ec2 {
    store: Store,
    ids: Arc<dyn Ids>,
    quotas: Quotas,
    needs: OnceLock<needs::Needs>,
}

impl Ec2 {
    pub fn new(store: Store, ids: Arc<dyn Ids>, quotas: Quotas) -> Self {
        Self { store, ids, quotas, needs: OnceLock::new() }
    }

    /// Gives it what instances need. Without, there is nothing that they could run on.
    pub fn supply(&self, needs: needs::Needs) {
        let _ = self.needs.set(needs);
    }

    pub(crate) fn needs(&self) -> Option<&needs::Needs> {
        self.needs.get()
    }

    /// The latest durable state.
    pub fn snapshot(&self) -> Snapshot {
        self.store.read()
    }

    pub(crate) fn view(&self, scope: &Scope) -> View {
        View::new(self.store.read(), scope.clone())
    }

    /// The state as a call sees it, with the default VPC that every region begins with.
    pub(crate) async fn look(&self, call: &Call) -> Result<View, ServiceError> {
        if !default_vpc::is_given(&self.view(&call.scope))? {
            self.change(call, None, |_| Ok(())).await?;
        }
        Ok(self.view(&call.scope))
    }

    /// Runs one transaction for a call. With `dry_run`, everything is checked and nothing kept.
    pub(crate) async fn change<R: Send>(
        &self,
        call: &Call,
        dry_run: Option<bool>,
        f: impl FnOnce(&mut change::Change<'_>) -> Result<R, ServiceError> + Send,
    ) -> Result<R, ServiceError> {
        self.store
            .write(|tx: &mut Tx| {
                let mut change =
                    change::Change::new(tx, &call.scope, self.ids.as_ref(), call.now, &self.quotas);
                default_vpc::give(&mut change)?;
                let done = f(&mut change)?;
                if dry_run == Some(true) { Err(error::dry_run()) } else { Ok(done) }
            })
            .await
    }
}

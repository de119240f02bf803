//! What RDS needs: interfaces from EC2, servers from this machine.

use crate::network::NetworkReconciler;
use base::{Arn, Clock, Scope, SecurityGroupId, SubnetId, VpcId};
use netplane::Probe;
use postgres::{Clusters, Installation, Listen, MasterRole};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Store;
use svc_ec2::state::{SecurityGroup, Subnet};
use svc_ec2::{Ec2, ManagedError, ManagedKind};
use svc_rds::needs::{
    Attached, Master, NeedError, Pending, Server, ServerError, Servers, SubnetPlace, Subnets,
};

/// How long a server may take until its port answers.
const START_PATIENCE: Duration = Duration::from_secs(60);
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);
const PROBE_PAUSE: Duration = Duration::from_millis(20);

/// EC2, as RDS sees it.
pub struct DatabaseSubnets {
    pub store: Store,
    pub ec2: Arc<Ec2>,
    pub network: Arc<NetworkReconciler>,
    pub clock: Arc<dyn Clock>,
}

fn need(step: &'static str) -> impl Fn(store::Fault) -> NeedError {
    move |fault| NeedError::Step { step, reason: fault.to_string() }
}

/// Who an interface belongs to, in EC2's records.
fn user(scope: &Scope, database: &str) -> String {
    Arn::regional("rds", scope, format!("db:{database}")).to_string()
}

impl Subnets for DatabaseSubnets {
    fn subnet(&self, scope: &Scope, subnet: &SubnetId) -> Result<Option<SubnetPlace>, NeedError> {
        let found = self.store.read().get::<Subnet>(&scope.key(subnet.as_str()));
        let found = found.map_err(need("read the subnet"))?;
        Ok(found.map(|s| SubnetPlace { vpc: s.vpc.clone(), availability_zone: s.zone.clone() }))
    }

    fn has_room(&self, scope: &Scope, subnet: &SubnetId) -> Result<bool, NeedError> {
        self.ec2.has_free_address(scope, subnet).map_err(need("count the subnet's addresses"))
    }

    fn group_vpc(&self, scope: &Scope, group: &SecurityGroupId) -> Result<Option<VpcId>, NeedError> {
        let found = self.store.read().get::<SecurityGroup>(&scope.key(group.as_str()));
        Ok(found.map_err(need("read the security group"))?.map(|g| g.vpc.clone()))
    }

    fn default_group(&self, scope: &Scope, vpc: &VpcId) -> Result<SecurityGroupId, NeedError> {
        let groups = self.store.read().scan::<SecurityGroup>(&scope.prefix());
        let groups = groups.map_err(need("read the security groups"))?;
        groups.iter().find(|g| g.vpc == *vpc && g.name == "default").map(|g| g.id.clone()).ok_or_else(|| {
            NeedError::Step { step: "find the default security group", reason: format!("of {vpc}") }
        })
    }

    fn attach<'a>(
        &'a self,
        scope: &'a Scope,
        database: &'a str,
        subnet: &'a SubnetId,
        groups: &'a [SecurityGroupId],
    ) -> Pending<'a, Result<Attached, NeedError>> {
        Box::pin(async move {
            let owner = user(scope, database);
            let groups: BTreeSet<_> = groups.iter().cloned().collect();
            let kind = ManagedKind::Rds { db: database.to_owned() };
            let now = self.clock.now();
            let made = self.ec2.create_managed_interface(scope, now, &owner, &kind, subnet, &groups).await;
            let made = made.map_err(|error| match error {
                ManagedError::SubnetFull(_) => NeedError::SubnetFull,
                other => NeedError::Step { step: "create the network interface", reason: other.to_string() },
            })?;
            let regrouped = self.ec2.regroup_managed(scope, now, &owner, &groups).await;
            regrouped
                .map_err(|e| NeedError::Step { step: "set the security groups", reason: e.to_string() })?;
            if !self.network.settled_in_background().await {
                let reason = "the kernel did not take it in time".to_owned();
                return Err(NeedError::Step { step: "attach the network interface", reason });
            }
            match self.network.failure(&made.interface) {
                Some(reason) => Err(NeedError::Step { step: "attach the network interface", reason }),
                None => Ok(Attached { interface: made.interface, address: made.address }),
            }
        })
    }

    fn release<'a>(&'a self, scope: &'a Scope, database: &'a str) -> Pending<'a, Result<(), NeedError>> {
        Box::pin(async move {
            let released =
                self.ec2.release_managed(scope, self.clock.now(), &user(scope, database), None).await;
            released
                .map_err(|e| NeedError::Step { step: "release the network interface", reason: e.to_string() })
        })
    }
}

/// The PostgreSQL servers of this machine.
#[derive(Clone)]
pub struct DatabaseServers {
    clusters: Arc<Clusters>,
    installed: Arc<[Installation]>,
    network: Arc<NetworkReconciler>,
}

impl DatabaseServers {
    pub fn new(clusters: Clusters, network: Arc<NetworkReconciler>) -> Self {
        Self { clusters: Arc::new(clusters), installed: postgres::installations().into(), network }
    }

    fn installation(&self, version: &str) -> Result<Installation, ServerError> {
        let found = self.installed.iter().find(|i| i.version == version).cloned();
        found.ok_or_else(|| ServerError::VersionMissing(version.to_owned()))
    }

    fn listen(&self, server: &Server) -> Result<Listen, ServerError> {
        let network = self.network.plane().netns_path(&server.interface);
        let network =
            network.map_err(|e| ServerError::Step { step: "find the network", reason: e.to_string() })?;
        let (address, port, max_connections) = (server.address, server.port, server.max_connections);
        Ok(Listen { network, address, port, max_connections })
    }

    fn start(&self, with: &Installation, listen: &Listen, server: &Server) -> Result<(), ServerError> {
        self.clusters.ensure(&server.resource_id, with, listen).map_err(step("start the server"))?;
        self.wait_until_ready(with, listen, server)
    }

    /// Blocks until the port answers from inside its own namespace and the server takes sessions.
    fn wait_until_ready(
        &self,
        with: &Installation,
        listen: &Listen,
        server: &Server,
    ) -> Result<(), ServerError> {
        let to = SocketAddr::new(IpAddr::V4(server.address), server.port);
        let begin = Instant::now();
        while begin.elapsed() < START_PATIENCE {
            let probe = self.network.plane().probe_tcp(&server.interface, to, PROBE_TIMEOUT);
            let name = &server.resource_id;
            if matches!(probe, Ok(Probe::Connected))
                && self.clusters.accepts(name, with, listen).map_err(step("ask the server"))?
            {
                return Ok(());
            }
            if !self.clusters.runs(name).unwrap_or(false) {
                let reason = self.clusters.log_tail(name);
                return Err(ServerError::Step { step: "starting the server", reason });
            }
            std::thread::sleep(PROBE_PAUSE);
        }
        let (address, port, seconds) = (server.address, server.port, START_PATIENCE.as_secs());
        Err(ServerError::Unreachable { address, port, seconds })
    }
}

impl DatabaseServers {
    /// Ends these servers, all at once, each in its own time.
    pub async fn stop(&self, resource_ids: Vec<String>) {
        let mut stopping = tokio::task::JoinSet::new();
        for name in resource_ids {
            let clusters = self.clusters.clone();
            stopping.spawn_blocking(move || {
                if let Err(error) = clusters.stop(&name) {
                    tracing::error!(%error, server = name, "stop a database server");
                }
            });
        }
        while stopping.join_next().await.is_some() {}
    }
}

fn step(step: &'static str) -> impl Fn(postgres::Error) -> ServerError {
    move |error| ServerError::Step { step, reason: error.to_string() }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServerError> + Send + 'static,
) -> Result<T, ServerError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|e| Err(ServerError::Step { step: "wait for the work", reason: e.to_string() }))
}

impl Servers for DatabaseServers {
    fn versions(&self) -> Vec<String> {
        self.installed.iter().map(|i| i.version.clone()).collect()
    }

    fn runs<'a>(&'a self, resource_id: &'a str) -> Pending<'a, Result<bool, ServerError>> {
        let (clusters, name) = (self.clusters.clone(), resource_id.to_owned());
        Box::pin(blocking(move || clusters.runs(&name).map_err(step("look for the server"))))
    }

    fn ensure<'a>(&'a self, server: &'a Server) -> Pending<'a, Result<(), ServerError>> {
        Box::pin(async move {
            let with = self.installation(&server.version)?;
            let listen = self.listen(server)?;
            let (servers, server) = (self.clone(), server.clone());
            blocking(move || {
                let name = &server.resource_id;
                let adopted = servers.clusters.runs(name).map_err(step("look for the server"))?;
                let begun = servers.start(&with, &listen, &server);
                // What an earlier daemon was about to start when it ended does not live long.
                if begun.is_err() && adopted && !servers.clusters.runs(name).unwrap_or(true) {
                    return servers.start(&with, &listen, &server);
                }
                begun
            })
            .await
        })
    }

    fn ensure_master<'a>(
        &'a self,
        server: &'a Server,
        master: &'a Master,
    ) -> Pending<'a, Result<(), ServerError>> {
        Box::pin(async move {
            let with = self.installation(&server.version)?;
            let listen = self.listen(server)?;
            let (servers, server, master) = (self.clone(), server.clone(), master.clone());
            blocking(move || {
                servers.wait_until_ready(&with, &listen, &server)?;
                let role = MasterRole {
                    name: &master.username,
                    password: master.password.expose(),
                    database: master.database.as_deref(),
                };
                let made = servers.clusters.ensure_master(&server.resource_id, &with, &listen, &role);
                made.map_err(step("create the master user"))
            })
            .await
        })
    }

    fn remove<'a>(&'a self, resource_id: &'a str) -> Pending<'a, Result<(), ServerError>> {
        let (clusters, name) = (self.clusters.clone(), resource_id.to_owned());
        Box::pin(blocking(move || clusters.remove(&name).map_err(step("remove the server"))))
    }
}

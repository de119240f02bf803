//! What load balancers need: interfaces and places from EC2, sockets in the network, functions from Lambda.

use crate::as_service;
use crate::authority::Authorities;
use crate::network::NetworkReconciler;
use balancer::needs::{FunctionFailure, Pair};
use balancer::plan::Plan;
use balancer::{Balancer, Health};
use base::{AllocationId, Arn, Clock, Ids, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId, VpcId};
use keyring::Keyring;
use netplane::PlaneError;
use service::{Authority, Verdict};
use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use store::{Fault, Snapshot, Store, Table};
use svc_acm::Acm;
use svc_ec2::state::{Address, Instance, InstanceState, InternetGateway, SecurityGroup, Subnet, Vpc};
use svc_ec2::{Ec2, ManagedError, ManagedKind, Placement};
use svc_elbv2::needs::{
    AddressPlace, Allocation, Attached, Attachment, InstancePlace, NeedError, Network, Nodes, Pending,
    SubnetPlace,
};
use svc_lambda::Lambda;

/// Who invokes the functions behind load balancers.
const PRINCIPAL: &str = "elasticloadbalancing.amazonaws.com";

/// EC2, as load balancers see it.
pub struct BalancerNetwork {
    pub store: Store,
    pub ec2: Arc<Ec2>,
    pub network: Arc<NetworkReconciler>,
    pub clock: Arc<dyn Clock>,
}

fn step<E: ToString>(step: &'static str) -> impl Fn(E) -> NeedError {
    move |error| NeedError::Step { step, reason: error.to_string() }
}

impl BalancerNetwork {
    fn get<T: Table>(&self, scope: &Scope, id: &str) -> Result<Option<Arc<T>>, NeedError> {
        self.store.read().get::<T>(&scope.key(id)).map_err(step("look at the network"))
    }

    fn all<T: Table>(&self, scope: &Scope) -> Result<Vec<Arc<T>>, NeedError> {
        self.store.read().scan::<T>(&scope.prefix()).map_err(step("look at the network"))
    }
}

impl Network for BalancerNetwork {
    fn subnet(&self, scope: &Scope, subnet: &SubnetId) -> Result<Option<SubnetPlace>, NeedError> {
        let found = self.get::<Subnet>(scope, subnet.as_str())?;
        Ok(found.map(|s| SubnetPlace { vpc: s.vpc.clone(), zone: s.zone.clone() }))
    }

    fn has_vpc(&self, scope: &Scope, vpc: &VpcId) -> Result<bool, NeedError> {
        Ok(self.get::<Vpc>(scope, vpc.as_str())?.is_some())
    }

    fn has_internet_gateway(&self, scope: &Scope, vpc: &VpcId) -> Result<bool, NeedError> {
        Ok(self.all::<InternetGateway>(scope)?.iter().any(|gateway| gateway.vpc.as_ref() == Some(vpc)))
    }

    fn group_vpc(&self, scope: &Scope, group: &SecurityGroupId) -> Result<Option<VpcId>, NeedError> {
        Ok(self.get::<SecurityGroup>(scope, group.as_str())?.map(|g| g.vpc.clone()))
    }

    fn default_group(&self, scope: &Scope, vpc: &VpcId) -> Result<SecurityGroupId, NeedError> {
        let groups = self.all::<SecurityGroup>(scope)?;
        groups.iter().find(|g| g.vpc == *vpc && g.name == "default").map(|g| g.id.clone()).ok_or_else(|| {
            NeedError::Step { step: "find the default security group", reason: format!("of {vpc}") }
        })
    }

    fn instance(&self, scope: &Scope, instance: &str) -> Result<Option<InstancePlace>, NeedError> {
        let found = self.get::<Instance>(scope, instance)?;
        Ok(found.map(|row| InstancePlace {
            vpc: row.vpc.clone(),
            zone: row.zone.clone(),
            address: row.private_ip,
            is_running: row.state == InstanceState::Running,
        }))
    }

    fn address(&self, scope: &Scope, vpc: &VpcId, address: Ipv4Addr) -> Result<AddressPlace, NeedError> {
        let own = self.all::<Subnet>(scope)?.into_iter().filter(|subnet| subnet.vpc == *vpc);
        let found = own.into_iter().find(|subnet| subnet.cidr.contains(&address));
        Ok(found.map_or(AddressPlace::Outside, |subnet| AddressPlace::Inside(Some(subnet.zone.clone()))))
    }

    fn allocation(&self, scope: &Scope, allocation: &AllocationId) -> Result<Option<Allocation>, NeedError> {
        let found = self.get::<Address>(scope, allocation.as_str())?;
        Ok(found.map(|row| Allocation { address: row.public_ip, is_free: row.association.is_none() }))
    }

    fn attach<'a>(&'a self, wanted: &'a Attachment) -> Pending<'a, Result<Attached, NeedError>> {
        Box::pin(async move {
            let scope = &wanted.scope;
            let groups: BTreeSet<_> = wanted.groups.iter().cloned().collect();
            let kind = ManagedKind::LoadBalancer {
                path: wanted.path.clone(),
                is_public: wanted.is_public,
                allocation: wanted.allocation.clone(),
            };
            let (now, user) = (self.clock.now(), wanted.load_balancer.as_str());
            let made =
                self.ec2.create_managed_interface(scope, now, user, &kind, &wanted.subnet, &groups).await;
            let made = made.map_err(|error| match error {
                ManagedError::SubnetFull(_) => NeedError::SubnetFull,
                other => step("create the network interface")(other),
            })?;
            let regrouped = self.ec2.regroup_managed(scope, now, user, &groups).await;
            regrouped.map_err(step("set the security groups"))?;
            if !self.network.settled_in_background().await {
                return Err(step("attach the network interface")("the kernel did not take it in time"));
            }
            match self.network.failure(&made.interface) {
                Some(reason) => Err(step("attach the network interface")(reason)),
                None => {
                    Ok(Attached { interface: made.interface, address: made.address, public: made.public })
                }
            }
        })
    }

    fn is_linked(&self, scope: &Scope, load_balancer: &str) -> Result<bool, NeedError> {
        svc_apigateway::leads_to(&self.store.read(), scope, load_balancer)
            .map_err(step("look at the VPC links"))
    }

    fn release<'a>(
        &'a self,
        scope: &'a Scope,
        load_balancer: &'a str,
        keep: &'a [SubnetId],
    ) -> Pending<'a, Result<(), NeedError>> {
        Box::pin(async move {
            let kept = self.store.read().scan::<svc_ec2::state::NetworkInterface>(&scope.prefix());
            let kept = kept.map_err(step("look at the network"))?;
            let own = kept.iter().find(|row| row.users.contains_key(load_balancer));
            let Some(groups) = own.map(|row| row.groups.clone()) else { return Ok(()) };
            let keep = Placement { subnets: keep.to_vec(), groups };
            let released =
                self.ec2.release_managed(scope, self.clock.now(), load_balancer, Some(&keep)).await;
            released.map_err(step("release the network interfaces"))
        })
    }
}

/// The nodes, as the service tells them what to do.
pub struct BalancerNodes(pub Arc<Balancer>);

impl Nodes for BalancerNodes {
    fn follow(&self, plan: &Plan) {
        self.0.follow(plan);
    }

    fn health(&self, group: &str, target: &str, port: u16) -> Option<Health> {
        self.0.health(group, target, port)
    }
}

/// Sockets at the nodes' interfaces.
pub struct NodeSockets(pub Arc<NetworkReconciler>);

fn io_error(error: PlaneError) -> io::Error {
    io::Error::other(error.to_string())
}

impl balancer::needs::Network for NodeSockets {
    fn listen(&self, interface: &NetworkInterfaceId, port: u16) -> io::Result<TcpListener> {
        self.0.plane().listen_tcp(interface, port).map_err(io_error)
    }

    fn connect(
        &self,
        interface: &NetworkInterfaceId,
        to: SocketAddr,
        timeout: Duration,
    ) -> io::Result<TcpStream> {
        self.0.plane().connect_tcp(interface, to, timeout).map_err(io_error)?
    }
}

/// Certificates of ACM. Their keys go to the nodes only, which live in this process.
pub struct BalancerCertificates {
    pub store: Store,
    pub acm: Arc<Acm>,
}

impl svc_elbv2::needs::Certificates for BalancerCertificates {
    fn version(&self, scope: &Scope, arn: &str) -> Result<Option<String>, NeedError> {
        let found =
            svc_acm::find(&self.store.read(), scope, arn).map_err(step("look for the certificate"))?;
        Ok(found.map(|certificate| certificate.issued.millis().to_string()))
    }
}

impl balancer::needs::Certificates for BalancerCertificates {
    fn pair(&self, arn: &str) -> Option<Pair> {
        let found = self.acm.material(arn);
        let found = found.inspect_err(|error| tracing::error!(%error, arn, "read a certificate")).ok()??;
        Some(Pair { chain: found.chain_pem, key: found.private_key_pem })
    }
}

/// Stickiness cookies are made with the keyring.
pub struct BalancerTags(pub Keyring);

impl balancer::needs::Tags for BalancerTags {
    fn tag(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        self.0.tag(&format!("load balancer cookie {purpose}"), text)
    }
}

/// Load balancers use certificates.
pub struct BalancerUses;

impl svc_acm::needs::Users for BalancerUses {
    fn using(&self, state: &Snapshot, certificate: &str) -> Result<Vec<String>, Fault> {
        svc_elbv2::users_of_certificate(state, certificate)
    }
}

/// Functions, invoked as elastic load balancing.
pub struct BalancerFunctions {
    pub lambda: Lambda,
    pub authorities: Arc<Authorities>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl balancer::needs::Functions for BalancerFunctions {
    fn invoke<'a>(
        &'a self,
        function: &'a str,
        group: &'a str,
        event: Vec<u8>,
    ) -> balancer::needs::Pending<'a, Result<Vec<u8>, FunctionFailure>> {
        Box::pin(async move {
            let refused = |error: &dyn std::fmt::Display| FunctionFailure::Refused(error.to_string());
            let scope = scope_of(function).ok_or_else(|| refused(&"this is no function's ARN"))?;
            let call = as_service::call(PRINCIPAL, scope.clone(), self.ids.as_ref(), self.clock.as_ref());
            for access in self.lambda.may_be_invoked(&scope, function).map_err(|e| refused(&e))? {
                let access = access
                    .context("aws:SourceArn", vec![group.to_owned()])
                    .context("aws:SourceAccount", vec![scope.account.to_string()]);
                let verdict = self.authorities.decide(&call, &access, &service::global_keys(&call));
                if let Verdict::Denied { message, .. } = verdict.map_err(|e| refused(&e))? {
                    return Err(FunctionFailure::Refused(message));
                }
            }
            let id = self.ids.uuid();
            let invoked = self.lambda.invoke_for_service(&scope, function, id, event).await;
            let invoked = invoked.map_err(|e| refused(&e))?;
            if invoked.is_error { Err(FunctionFailure::Failed) } else { Ok(invoked.payload.to_vec()) }
        })
    }
}

/// The account and region of a function.
fn scope_of(function: &str) -> Option<Scope> {
    let arn: Arn = function.parse().ok()?;
    Some(Scope { account: arn.account.parse().ok()?, region: arn.region()? })
}

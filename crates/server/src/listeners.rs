//! The edge's sockets besides the host's port: 443 of every interface endpoint, and AWS's public
//! addresses on the internet side.

use crate::network::Follower;
use base::{NetworkInterfaceId, Region, VpcEndpointId};
use edge::{Edge, Origin, Serving};
use netplane::DataPlane;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use store::Snapshot;
use svc_ec2::{Ec2, gateway_services};
use vpc::{Network, Target};

const HTTPS: u16 = 443;
/// Public addresses of AWS's services: one each, counted from here. 198.18.0.0/15 is for
/// benchmarks (RFC 2544), so it is nobody's on the real internet.
const PUBLIC_BASE: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 10);

/// The services with a public address, and their host names in a region.
const SERVICES: [&str; 9] =
    ["ec2", "iam", "lambda", "logs", "rds", "secretsmanager", "sts", "apigateway", "execute-api"];

/// Every address of AWS's services on the internet side.
fn public_addresses() -> impl Iterator<Item = Ipv4Addr> {
    let own = (0..SERVICES.len()).map(|at| PUBLIC_BASE.to_bits() + u32::try_from(at).unwrap_or(0));
    own.map(Ipv4Addr::from_bits).chain(gateway_services().map(|service| service.address))
}

/// The address of one of the services that gateway endpoints lead to, by a name such as
/// `s3.us-east-1.amazonaws.com`, `bucket.s3.us-east-1.amazonaws.com` or, of DynamoDB's newer clients,
/// `000000000000.ddb.us-east-1.amazonaws.com`.
fn gateway_address(name: &str, region: &Region) -> Option<Ipv4Addr> {
    let label = name.strip_suffix(".amazonaws.com")?;
    let label = match label.strip_suffix(region.as_str()).and_then(|label| label.strip_suffix('.')) {
        Some(label) => label,
        // S3 alone has names without a region.
        None => Some(label).filter(|label| *label == "s3" || label.ends_with(".s3"))?,
    };
    let service = match label {
        "dynamodb" => "dynamodb",
        _ if label == "s3" || label.ends_with(".s3") => "s3",
        _ => label.strip_suffix(".ddb").filter(|account| !account.contains('.')).map(|_| "dynamodb")?,
    };
    gateway_services().find(|known| known.label == service).map(|known| known.address)
}

/// The public address of a host name such as `secretsmanager.us-east-1.amazonaws.com`.
pub fn public_address(name: &str, region: &Region) -> Option<Ipv4Addr> {
    if let Some(address) = gateway_address(name, region) {
        return Some(address);
    }
    let (service, place) = match name.strip_suffix(".on.aws") {
        // The addresses of functions are Lambda's.
        Some(label) => ("lambda", label.split_once(".lambda-url.").filter(|(id, _)| !id.contains('.'))?.1),
        None => {
            let label = name.strip_suffix(".amazonaws.com")?;
            match label.split_once(".execute-api.") {
                // The addresses of APIs are those of their service.
                Some((api, place)) if !api.contains('.') => ("execute-api", place),
                _ => label.split_once('.').unwrap_or((label, "")),
            }
        }
    };
    let global = place.is_empty() && matches!(service, "iam" | "sts");
    let regional = place == region.as_str() && service != "iam";
    let at = SERVICES.iter().position(|known| *known == service).filter(|_| global || regional)?;
    Some(Ipv4Addr::from_bits(PUBLIC_BASE.to_bits() + u32::try_from(at).ok()?))
}

/// The service of a public address that an interface endpoint can lead to instead, and the name that it is asked
/// for by: `sts` at `sts.us-east-1.amazonaws.com`.
pub fn service_at(address: Ipv4Addr, region: &Region) -> Option<(&'static str, String)> {
    let at = address.to_bits().checked_sub(PUBLIC_BASE.to_bits())?;
    let service = *SERVICES.get(usize::try_from(at).ok()?)?;
    let name = format!("{service}.{region}.amazonaws.com");
    // The global services and the addresses of APIs have other names.
    (public_address(&name, region) == Some(address) && service != "execute-api").then_some((service, name))
}

/// Opens the public addresses; they stay for as long as the answer is kept.
pub fn serve_public(edge: &Edge, plane: &dyn DataPlane) -> Result<Vec<Serving>, crate::StartError> {
    let mut serving = Vec::new();
    for address in public_addresses() {
        plane.add_public_address(address.into())?;
        let socket = SocketAddr::from((address, HTTPS));
        let listener = TcpListener::bind(socket)
            .and_then(|listener| edge.serve(listener, Origin::Public))
            .map_err(|source| crate::StartError::Listen { address: socket, source })?;
        serving.push(listener);
    }
    Ok(serving)
}

/// The gateway endpoints that some route leads to.
fn routed_endpoints(networks: &[Network]) -> BTreeSet<VpcEndpointId> {
    let routes =
        networks.iter().flat_map(|network| network.route_tables.values()).flat_map(|table| &table.routes);
    let endpoint = |route: &vpc::Route| match &route.target {
        Target::VpcEndpoint(id) => Some(id.clone()),
        _ => None,
    };
    routes.filter_map(endpoint).collect()
}

/// Keeps a listener on 443 of every endpoint's interface, and of every gateway endpoint.
pub struct EndpointListeners {
    ec2: Arc<Ec2>,
    plane: Arc<dyn DataPlane>,
    edge: Arc<Edge>,
    runtime: tokio::runtime::Handle,
    open: Mutex<BTreeMap<NetworkInterfaceId, Serving>>,
}

impl EndpointListeners {
    /// Must be called on the runtime that is to serve.
    pub fn new(ec2: Arc<Ec2>, plane: Arc<dyn DataPlane>, edge: Arc<Edge>) -> Arc<Self> {
        let runtime = tokio::runtime::Handle::current();
        Arc::new(Self { ec2, plane, edge, runtime, open: Mutex::default() })
    }

    fn wanted(
        &self,
        snapshot: &Snapshot,
        networks: &[Network],
    ) -> Result<BTreeMap<NetworkInterfaceId, Origin>, store::Fault> {
        let routed = routed_endpoints(networks);
        let mut wanted = BTreeMap::new();
        for endpoint in self.ec2.endpoints(snapshot)? {
            let service = endpoint.service_name.rsplit('.').next().map(str::to_owned);
            // A gateway endpoint has a namespace under its own id, as far as a route leads there.
            let gateway =
                routed.contains(&endpoint.id).then(|| NetworkInterfaceId::from(endpoint.id.as_str()));
            for interface in endpoint.addresses.into_iter().map(|at| at.interface).chain(gateway) {
                let (vpc, vpce, service) = (endpoint.vpc.clone(), endpoint.id.clone(), service.clone());
                wanted.insert(interface, Origin::Endpoint { vpc, vpce, service });
            }
        }
        Ok(wanted)
    }
}

impl Follower for EndpointListeners {
    fn follow(&self, snapshot: &Snapshot, networks: &[Network]) {
        let wanted = match self.wanted(snapshot, networks) {
            Ok(wanted) => wanted,
            Err(fault) => return tracing::error!(%fault, "read the endpoints"),
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|interface, _| wanted.contains_key(interface));
        let _inside = self.runtime.enter();
        for (interface, origin) in wanted {
            if open.contains_key(&interface) {
                continue;
            }
            let listener = self.plane.listen_tcp(&interface, HTTPS);
            match listener
                .map_err(|e| e.to_string())
                .and_then(|l| self.edge.serve(l, origin).map_err(|e| e.to_string()))
            {
                Ok(serving) => {
                    open.insert(interface, serving);
                }
                Err(error) => tracing::error!(%interface, error, "listen on an endpoint"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_services_have_public_addresses_of_their_own() {
        let region = Region::default();
        let of = |name: &str| public_address(name, &region);
        assert_eq!(of("secretsmanager.us-east-1.amazonaws.com"), Some(Ipv4Addr::new(198, 18, 0, 15)));
        assert_ne!(of("sts.amazonaws.com"), None);
        assert_ne!(of("abc.execute-api.us-east-1.amazonaws.com"), None);
        assert_eq!(of("abc.lambda-url.us-east-1.on.aws"), of("lambda.us-east-1.amazonaws.com"));
        assert_eq!(of("sts.amazonaws.com"), of("sts.us-east-1.amazonaws.com"));
        for service in ["secretsmanager", "sts", "lambda", "rds"] {
            let name = format!("{service}.us-east-1.amazonaws.com");
            let address = of(&name).unwrap_or(Ipv4Addr::UNSPECIFIED);
            assert_eq!(service_at(address, &region), Some((service, name)));
        }
        let nobodys = [Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(198, 18, 9, 9), Ipv4Addr::BROADCAST];
        for address in nobodys
            .into_iter()
            .chain(of("iam.amazonaws.com"))
            .chain(of("abc.execute-api.us-east-1.amazonaws.com"))
        {
            assert_eq!(service_at(address, &region), None, "{address}");
        }
        let (s3, dynamodb) = (Ipv4Addr::new(198, 18, 1, 1), Ipv4Addr::new(198, 18, 2, 1));
        for (name, address) in [
            ("s3.us-east-1.amazonaws.com", s3),
            ("s3.amazonaws.com", s3),
            ("my.bucket.s3.us-east-1.amazonaws.com", s3),
            ("bucket.s3.amazonaws.com", s3),
            ("dynamodb.us-east-1.amazonaws.com", dynamodb),
            ("000000000000.ddb.us-east-1.amazonaws.com", dynamodb),
        ] {
            assert_eq!(of(name), Some(address), "{name}");
        }
        for none in [
            "s3.eu-west-1.amazonaws.com",
            "bucket.s3x.us-east-1.amazonaws.com",
            "dynamodb.amazonaws.com",
            "iam.us-east-1.amazonaws.com",
            "lambda.eu-west-1.amazonaws.com",
            "a.b.execute-api.us-east-1.amazonaws.com",
            "amazonaws.com",
            "example.com",
            "abc.lambda-url.eu-west-1.on.aws",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}

//! The edge's sockets besides the host's port: 443 of every interface endpoint, and AWS's public
//! addresses on the internet side.

use crate::network::Follower;
use base::{NetworkInterfaceId, Region};
use edge::{Edge, Origin, Serving};
use netplane::DataPlane;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use store::Snapshot;
use svc_ec2::Ec2;
use vpc::Network;

const HTTPS: u16 = 443;
/// Public addresses of AWS's services: one each, counted from here. 198.18.0.0/15 is for
/// benchmarks (RFC 2544), so it is nobody's on the real internet.
const PUBLIC_BASE: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 10);

/// The services with a public address, and their host names in a region.
const SERVICES: [&str; 9] =
    ["ec2", "iam", "lambda", "logs", "rds", "secretsmanager", "sts", "apigateway", "execute-api"];

/// The public address of a host name such as `secretsmanager.us-east-1.amazonaws.com`.
pub fn public_address(name: &str, region: &Region) -> Option<Ipv4Addr> {
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

/// Opens the public addresses; they stay for as long as the answer is kept.
pub fn serve_public(edge: &Edge, plane: &dyn DataPlane) -> Result<Vec<Serving>, crate::StartError> {
    let mut serving = Vec::new();
    for at in 0..SERVICES.len() {
        let address = Ipv4Addr::from_bits(PUBLIC_BASE.to_bits() + u32::try_from(at).unwrap_or(0));
        plane.add_public_address(address)?;
        let socket = SocketAddr::from((address, HTTPS));
        let listener = TcpListener::bind(socket)
            .and_then(|listener| edge.serve(listener, Origin::Public))
            .map_err(|source| crate::StartError::Listen { address: socket, source })?;
        serving.push(listener);
    }
    Ok(serving)
}

/// Keeps a listener on 443 of every endpoint's interface.
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

    fn wanted(&self, snapshot: &Snapshot) -> Result<BTreeMap<NetworkInterfaceId, Origin>, store::Fault> {
        let mut wanted = BTreeMap::new();
        for endpoint in self.ec2.endpoints(snapshot)? {
            let service = endpoint.service_name.rsplit('.').next().map(str::to_owned);
            for at in endpoint.addresses {
                let (vpc, vpce, service) = (endpoint.vpc.clone(), endpoint.id.clone(), service.clone());
                wanted.insert(at.interface, Origin::Endpoint { vpc, vpce, service });
            }
        }
        Ok(wanted)
    }
}

impl Follower for EndpointListeners {
    fn follow(&self, snapshot: &Snapshot, _: &[Network]) {
        let wanted = match self.wanted(snapshot) {
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
        for none in [
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

//! Who reaches a place, exactly: every interface of its VPC and of those beside it is asked, and the internet; and what was
//! dropped, with the rule that did it.

use crate::places::interface_of;
use crate::why::{Explainer, Protocol, WhyError};
use base::Scope;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use svc_ec2::state::{Instance, NetworkInterface, Vpc};
use svc_rds::DbInstance;
use vpc::{Delivery, Flow, InterfaceKind, Network, Origin, Payload, Verdict, walk};

/// Somewhere on the internet that is nobody's.
const SOMEWHERE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);
const SOMEWHERE_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0xffff, 0, 0, 0, 7);

#[derive(Debug, Deserialize)]
pub struct Reaching {
    to: String,
    #[serde(default)]
    protocol: Protocol,
}

impl Explainer {
    /// What was dropped after a moment (milliseconds), oldest first, in the networks of an account.
    pub fn drops(&self, scope: &Scope, after: i64) -> Result<Vec<Value>, store::Fault> {
        let vpcs = self.store.read().scan::<Vpc>(&scope.prefix())?;
        let recent = self.network.plane().recent_drops();
        let own =
            recent.iter().filter(|drop| drop.time.0 > after && vpcs.iter().any(|vpc| vpc.id == drop.vpc));
        let shown = own.map(|drop| {
            json!({
                "at": drop.time.0,
                "time": drop.time.iso8601_ms(),
                "vpc": drop.vpc.as_str(),
                "from": drop.from.as_ref().map(ToString::to_string),
                "to": drop.to.as_ref().map(ToString::to_string),
                "source": drop.source,
                "destination": drop.destination,
                "payload": drop.payload.to_string(),
                "rule": drop.by.to_string(),
            })
        });
        Ok(shown.collect())
    }

    /// The interfaces that reach a place, and those that do not, by the rules.
    pub fn reach(&self, scope: &Scope, asking: &Reaching) -> Result<Value, WhyError> {
        let (place, port) = self.reached_place(scope, asking)?;
        let payload = asking.protocol.payload(port);
        let network = self.network.network(&place.vpc)?.ok_or_else(|| WhyError::To(asking.to.clone()))?;
        let (mut allowed, mut denied) = (Vec::new(), Vec::new());
        self.each_from(scope, &network, &place, payload, &mut allowed, &mut denied)?;
        for peering in network.peerings.values() {
            // What begins there is asked in its own network, which knows more of itself than a peer of it does.
            if let Some(peer) = self.network.network(&peering.vpc)? {
                self.each_from(scope, &peer, &place, payload, &mut allowed, &mut denied)?;
            }
        }
        Ok(json!({
            "to": asking.to,
            "address": place.private_ip,
            "interface": place.id.as_str(),
            "allowed": allowed,
            "denied": denied,
            "internet": from_internet(&network, &place, payload),
        }))
    }

    /// What begins in a network: whether it gets to the place, and by which rule it does not.
    fn each_from(
        &self,
        scope: &Scope,
        network: &Network,
        place: &NetworkInterface,
        payload: Payload,
        allowed: &mut Vec<Value>,
        denied: &mut Vec<Value>,
    ) -> Result<(), WhyError> {
        for interface in network.interfaces.values().filter(|interface| interface.id != place.id) {
            // What cannot send of its own accord reaches nothing.
            if matches!(interface.kind, InterfaceKind::NatGateway(_) | InterfaceKind::Endpoint { .. }) {
                continue;
            }
            let trace = walk(network, &Flow::new(interface.id.clone(), place.private_ip, payload));
            let mut shown = self.named(scope, interface.id.as_str())?;
            let reason = match (&trace.verdict, trace.reason()) {
                (Verdict::Delivered(Delivery::Interface(id)), _) if *id == place.id => None,
                (_, Some(reason)) => Some(reason.to_string()),
                // The address leads out of the network, to somebody else who has it.
                (_, None) => Some(format!("{} is somewhere else from there", place.private_ip)),
            };
            if let Some(members) = shown.as_object_mut() {
                members.insert("vpc".to_owned(), json!(network.vpc.as_str()));
                members.extend(reason.iter().map(|reason| ("reason".to_owned(), json!(reason))));
            }
            if reason.is_some() { denied.push(shown) } else { allowed.push(shown) }
        }
        Ok(())
    }

    fn reached_place(
        &self,
        scope: &Scope,
        asking: &Reaching,
    ) -> Result<(Arc<NetworkInterface>, u16), WhyError> {
        let wrong = || WhyError::To(asking.to.clone());
        let (name, port) = match asking.to.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
                (name, Some(port.parse::<u16>().map_err(|_| wrong())?))
            }
            _ => (asking.to.as_str(), None),
        };
        if name.starts_with("function:") {
            return Err(WhyError::Function(asking.to.clone()));
        }
        if let Some(db) = name.strip_prefix("db:") {
            self.rds.instance(scope, db).map_err(|error| WhyError::NotFound(error.message))?;
        }
        let place = interface_of(&self.store, &self.ec2, scope, name)?.ok_or_else(wrong)?;
        let own = match name.strip_prefix("db:") {
            Some(db) => self.store.read().get::<DbInstance>(&scope.key(db))?.map(|db| db.port),
            None => None,
        };
        let port = port.or(own).or((asking.protocol == Protocol::Icmp).then_some(0)).ok_or_else(wrong)?;
        Ok((place, port))
    }

    /// An interface by its id, and whose it is.
    pub fn named(&self, scope: &Scope, id: &str) -> Result<Value, store::Fault> {
        let read = self.store.read();
        let Some(interface) = read.get::<NetworkInterface>(&scope.key(id))? else {
            return Ok(json!({ "interface": id }));
        };
        let owner = interface.attachment.as_ref().and_then(|attachment| attachment.instance.clone());
        let instance = match &owner {
            Some(owner) => read.get::<Instance>(&scope.key(owner.as_str()))?,
            None => None,
        };
        let name = instance.and_then(|instance| instance.tags.get("Name").cloned());
        let user = interface.users.values().next().cloned();
        Ok(json!({
            "interface": id,
            "address": interface.private_ip,
            "instance": owner.as_ref().map(ToString::to_string),
            "name": name.or(user),
            "description": interface.description,
        }))
    }
}

/// Whether somebody on the internet reaches a public address of the place.
fn from_internet(network: &Network, place: &NetworkInterface, payload: Payload) -> bool {
    let Some(interface) = network.interfaces.get(&place.id) else { return false };
    let public = interface.public_of(place.private_ip).map(|public| (IpAddr::from(SOMEWHERE), public.into()));
    // With IPv6 every address is public.
    let of_ipv6 = interface.ipv6_addresses.iter().map(|own| (IpAddr::from(SOMEWHERE_V6), IpAddr::V6(*own)));
    public.into_iter().chain(of_ipv6).any(|(from, destination)| {
        let payload = match payload {
            Payload::ECHO_REQUEST if destination.is_ipv6() => Payload::ECHO_REQUEST_V6,
            payload => payload,
        };
        let flow = Flow { from: Origin::Internet(from), source: None, destination, payload };
        walk(network, &flow).is_delivered()
    })
}

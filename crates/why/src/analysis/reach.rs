//! The ports at which one place reaches another, all of them.

use super::classes::port_classes;
use super::search::{Protocol, joined, port_of};
use base::NetworkInterfaceId;
use std::net::IpAddr;
use vpc::{Delivery, Flow, Network, Origin, Payload, PortRange, Verdict, walk};

/// Ready for many questions about one network.
pub struct Reach<'a> {
    network: &'a Network,
    tcp: Vec<PortRange>,
    udp: Vec<PortRange>,
}

impl<'a> Reach<'a> {
    pub fn new(network: &'a Network) -> Self {
        let networks: Vec<&Network> = network.reachable().collect();
        let classes = |protocol: Protocol| port_classes(&networks, protocol.number(), &[]);
        Self { network, tcp: classes(Protocol::Tcp), udp: classes(Protocol::Udp) }
    }

    /// The ports of an interface that are reached at one of its addresses by a client with a usual source port, and
    /// answered. What goes to another that has the address elsewhere, as on the internet, does not count.
    pub fn ports(
        &self,
        from: &Origin,
        to: &NetworkInterfaceId,
        at: IpAddr,
        protocol: Protocol,
    ) -> Vec<PortRange> {
        let classes = match protocol {
            Protocol::Tcp => &self.tcp,
            Protocol::Udp => &self.udp,
        };
        let there = Verdict::Delivered(Delivery::Interface(to.clone()));
        let reached = |class: &&PortRange| {
            let payload = protocol.payload(Payload::EPHEMERAL_PORT, port_of(**class));
            let flow = Flow { from: from.clone(), source: None, destination: at, payload };
            walk(self.network, &flow).verdict == there
        };
        joined(classes.iter().filter(reached).copied().collect())
    }
}

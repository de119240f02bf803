//! Flows at the interfaces that a flow log covers: packets reported by the kernel, added up until somebody takes them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use base::{Clock, NetworkInterfaceId};
use vpc::flow_log::{FlowAction, FlowRecord, TrafficPath, shown_tcp_flags};
use vpc::{Direction, DropRef, Payload};

use crate::linux::nflog::Report;
use crate::linux::plane::lock;

/// How many flows are kept apart between two takes; more are counted as lost.
const FLOWS_MAX: usize = 65_536;

/// What was seen since the last time somebody asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flows {
    /// The flows of each interface.
    pub records: BTreeMap<NetworkInterfaceId, Vec<FlowRecord>>,
    /// Whether there was more than could be kept.
    pub incomplete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    interface: NetworkInterfaceId,
    direction: Direction,
    action: FlowAction,
    source: IpAddr,
    destination: IpAddr,
    payload: Payload,
    path: Option<TrafficPath>,
}

#[derive(Default)]
struct State {
    covered: BTreeSet<NetworkInterfaceId>,
    flows: BTreeMap<Key, FlowRecord>,
    lost: bool,
}

/// Adds packets up.
pub struct FlowRecorder {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl FlowRecorder {
    /// A recorder of nothing yet.
    pub fn new(clock: Arc<dyn Clock>) -> FlowRecorder {
        FlowRecorder { clock, state: Mutex::default() }
    }

    /// From now on these interfaces are covered.
    pub fn cover(&self, interfaces: BTreeSet<NetworkInterfaceId>) {
        lock(&self.state).covered = interfaces;
    }

    /// Some reports did not arrive.
    pub fn lost(&self) {
        lock(&self.state).lost = true;
    }

    /// What was seen since the last take.
    pub fn take(&self) -> Flows {
        let mut state = lock(&self.state);
        let mut records = BTreeMap::<_, Vec<_>>::new();
        for (key, record) in std::mem::take(&mut state.flows) {
            records.entry(key.interface).or_default().push(record);
        }
        Flows { records, incomplete: std::mem::take(&mut state.lost) }
    }

    /// A packet that left an interface and was let through so far.
    pub fn left(&self, interface: &NetworkInterfaceId, path: TrafficPath, report: &Report) {
        self.add(interface, Direction::Egress, FlowAction::Accept, Some(path), report);
    }

    /// A packet that reaches an interface.
    pub fn reached(&self, interface: &NetworkInterfaceId, report: &Report) {
        self.add(interface, Direction::Ingress, FlowAction::Accept, None, report);
    }

    /// A packet that was dropped. Records show what groups and ACLs do; where a packet loses its way otherwise they
    /// show nothing.
    pub fn dropped(
        &self,
        by: &DropRef,
        from: Option<&NetworkInterfaceId>,
        to: Option<&NetworkInterfaceId>,
        report: &Report,
    ) {
        let (out, into) = match by {
            DropRef::NetworkAcl { direction: Direction::Egress, .. }
            | DropRef::SecurityGroup { direction: Direction::Egress, .. } => (Some(FlowAction::Reject), None),
            // Whether the sender's groups would have let it out was not asked.
            DropRef::NetworkAcl { direction: Direction::Ingress, .. } => (None, Some(FlowAction::Reject)),
            DropRef::SecurityGroup { direction: Direction::Ingress, .. }
            | DropRef::Hub(_)
            | DropRef::NatGateway(_) => (Some(FlowAction::Accept), Some(FlowAction::Reject)),
            _ => (None, None),
        };
        if let (Some(action), Some(interface)) = (out, from) {
            let path = to.map(|_| TrafficPath::SameVpc);
            self.add(interface, Direction::Egress, action, path, report);
        }
        if let (Some(action), Some(interface)) = (into, to) {
            self.add(interface, Direction::Ingress, action, None, report);
        }
    }

    fn add(
        &self,
        interface: &NetworkInterfaceId,
        direction: Direction,
        action: FlowAction,
        path: Option<TrafficPath>,
        report: &Report,
    ) {
        let mut state = lock(&self.state);
        if !state.covered.contains(interface) {
            return;
        }
        let Report { source, destination, payload, .. } = *report;
        let key = Key { interface: interface.clone(), direction, action, source, destination, payload, path };
        if state.flows.len() >= FLOWS_MAX && !state.flows.contains_key(&key) {
            state.lost = true;
            return;
        }
        let now = self.clock.now();
        let (source_port, destination_port) = ports(payload);
        let begun = FlowRecord {
            direction,
            source,
            destination,
            source_port,
            destination_port,
            protocol: payload.protocol(),
            packets: 0,
            bytes: 0,
            start: now,
            end: now,
            action,
            tcp_flags: 0,
            path,
        };
        let record = state.flows.entry(key).or_insert(begun);
        record.packets += 1;
        record.bytes += u64::from(report.length);
        record.end = now;
        record.tcp_flags |= shown_tcp_flags(report.tcp_flags);
    }
}

fn ports(payload: Payload) -> (u16, u16) {
    match payload {
        Payload::Tcp { source_port, destination_port } | Payload::Udp { source_port, destination_port } => {
            (source_port, destination_port)
        }
        Payload::Icmp { .. } | Payload::Icmpv6 { .. } | Payload::Other(_) => (0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SystemClock;

    fn report(length: u16, tcp_flags: u8) -> Report {
        Report {
            prefix: String::new(),
            sequence: None,
            in_interface: None,
            out_interface: None,
            source: IpAddr::from([10, 0, 0, 1]),
            destination: IpAddr::from([10, 0, 0, 2]),
            payload: Payload::tcp(80),
            length,
            tcp_flags,
        }
    }

    #[test]
    fn packets_of_a_flow_are_added_up_and_uncovered_ones_are_not() {
        let recorder = FlowRecorder::new(Arc::new(SystemClock));
        recorder.cover(["eni-a".into()].into());
        recorder.left(&"eni-a".into(), TrafficPath::SameVpc, &report(60, 2));
        recorder.left(&"eni-a".into(), TrafficPath::SameVpc, &report(1_500, 0x11));
        recorder.reached(&"eni-b".into(), &report(60, 2));
        let by = DropRef::SecurityGroup { interface: "eni-a".into(), direction: Direction::Ingress };
        recorder.dropped(&by, Some(&"eni-b".into()), Some(&"eni-a".into()), &report(60, 2));
        let flows = recorder.take();
        let of_a = &flows.records[&"eni-a".into()];
        let seen: Vec<_> = of_a.iter().map(|r| (r.action, r.packets, r.bytes, r.tcp_flags)).collect();
        assert_eq!(seen, [(FlowAction::Reject, 1, 60, 2), (FlowAction::Accept, 2, 1_560, 3)]);
        assert_eq!((flows.records.len(), flows.incomplete), (1, false));
        assert_eq!(recorder.take(), Flows::default());
    }
}

//! From flows as they are seen to log events: windows that open with the first packet and close in time, one
//! stream for each interface of each flow log.

use crate::flow_log::{FlowAction, FlowLog, FlowPlace, FlowRecord, FlowStatus, Recorded};
use crate::{Network, NetworkInterface};
use base::{FlowLogId, NetworkInterfaceId, Scope, Timestamp};
use std::collections::BTreeMap;

/// AWS's interval is the longest time that a record may stand for; here a window closes after this part of it,
/// so that who looks does not wait.
const WINDOWS_PER_INTERVAL: i64 = 12;
const MILLISECONDS: i64 = 1_000;

/// Lines for one log stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowDelivery {
    pub flow_log: FlowLogId,
    pub scope: Scope,
    pub log_group: String,
    /// `eni-1-all`, as AWS names it.
    pub stream: String,
    pub lines: Vec<(Timestamp, String)>,
}

/// Windows that are open.
#[derive(Debug, Default)]
pub struct FlowWindows(BTreeMap<(FlowLogId, NetworkInterfaceId), Window>);

#[derive(Debug)]
struct Window {
    /// When the last line was written, or the flow log came.
    quiet_since: Timestamp,
    opened: Option<Timestamp>,
    records: Vec<FlowRecord>,
    incomplete: bool,
}

impl FlowWindows {
    /// Adds what was seen, and answers what is due. `incomplete` says that something was missed; `zone_id` knows
    /// the id of an availability zone.
    pub fn advance(
        &mut self,
        networks: &[Network],
        seen: &BTreeMap<NetworkInterfaceId, Vec<FlowRecord>>,
        incomplete: bool,
        now: Timestamp,
        zone_id: impl Fn(&Scope, &str) -> String,
    ) -> Vec<FlowDelivery> {
        let mut kept = BTreeMap::new();
        let mut deliveries = Vec::new();
        for network in networks {
            for log in &network.flow_logs {
                for interface in log.interfaces.iter().filter_map(|id| network.interfaces.get(id)) {
                    let key = (log.id.clone(), interface.id.clone());
                    let mut window = self.0.remove(&key).unwrap_or_else(|| Window::new(now));
                    window.add(
                        log,
                        seen.get(&interface.id).map(Vec::as_slice).unwrap_or_default(),
                        incomplete,
                        now,
                    );
                    let place = place(network, log, interface, &zone_id);
                    deliveries.extend(window.due(log, &place, now));
                    kept.insert(key, window);
                }
            }
        }
        self.0 = kept;
        deliveries
    }
}

fn place(
    network: &Network,
    log: &FlowLog,
    interface: &NetworkInterface,
    zone_id: impl Fn(&Scope, &str) -> String,
) -> FlowPlace {
    let zone =
        network.subnets.get(&interface.subnet).map(|subnet| zone_id(&log.scope, &subnet.availability_zone));
    FlowPlace {
        scope: log.scope.clone(),
        vpc: network.vpc.clone(),
        subnet: interface.subnet.clone(),
        zone: zone.unwrap_or_default(),
        interface: interface.id.clone(),
        addresses: interface.all_addresses().collect(),
        instance: network.attachments.get(&interface.id).map(|a| a.instance.to_string()),
    }
}

impl Window {
    fn new(now: Timestamp) -> Self {
        Self { quiet_since: now, opened: None, records: Vec::new(), incomplete: false }
    }

    fn add(&mut self, log: &FlowLog, seen: &[FlowRecord], incomplete: bool, now: Timestamp) {
        self.incomplete |= incomplete;
        for record in seen.iter().filter(|record| log.traffic.wants(record.action)) {
            match self.records.iter_mut().find(|known| known.is_same_flow(record)) {
                Some(known) => known.join(record),
                None => self.records.push(record.clone()),
            }
        }
        if !self.records.is_empty() || self.incomplete {
            self.opened.get_or_insert(now);
        }
    }

    /// What is written now, if anything: a window that has lasted, or that nothing happened for a whole interval.
    fn due(&mut self, log: &FlowLog, place: &FlowPlace, now: Timestamp) -> Option<FlowDelivery> {
        let interval_ms = i64::from(log.interval_s) * MILLISECONDS;
        let (since, lasts_ms) = match self.opened {
            Some(opened) => (opened, interval_ms / WINDOWS_PER_INTERVAL),
            None => (self.quiet_since, interval_ms),
        };
        if now.millis() - since.millis() < lasts_ms {
            return None;
        }
        let line = |status: FlowStatus<'_>| log.format.render(place, status);
        let mut lines: Vec<_> = self.records.iter().map(|r| (r.end, line(FlowStatus::Ok(r)))).collect();
        if self.incomplete {
            lines.push((now, line(FlowStatus::SkipData(since, now))));
        } else if lines.is_empty() {
            lines.push((now, line(FlowStatus::NoData(since, now))));
        }
        *self = Self::new(now);
        let traffic = match log.traffic {
            Recorded::All => "all",
            Recorded::Accepted => "accept",
            Recorded::Rejected => "reject",
        };
        let stream = format!("{}-{traffic}", place.interface);
        let (scope, log_group) = (log.scope.clone(), log.log_group.clone());
        Some(FlowDelivery { flow_log: log.id.clone(), scope, log_group, stream, lines })
    }
}

impl FlowRecord {
    fn is_same_flow(&self, other: &Self) -> bool {
        let key = |r: &Self| {
            let ends = (r.source, r.destination, r.source_port, r.destination_port, r.protocol);
            (r.direction, ends, r.action == FlowAction::Accept, r.path)
        };
        key(self) == key(other)
    }

    fn join(&mut self, later: &Self) {
        self.packets += later.packets;
        self.bytes += later.bytes;
        self.start = self.start.min(later.start);
        self.end = self.end.max(later.end);
        self.tcp_flags |= later.tcp_flags;
    }
}

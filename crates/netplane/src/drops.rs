//! What the network dropped, and which rule did it.

use std::collections::VecDeque;
use std::io::PipeWriter;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use base::{Clock, NetworkInterfaceId, Timestamp, VpcId};
use vpc::flow_log::TrafficPath;
use vpc::{DropRef, Payload};

use crate::flows::FlowRecorder;
use crate::linux::netlink::socket::NetlinkSocket;
use crate::linux::netns::NetnsError;
use crate::linux::nflog::{self, Report};
use crate::linux::plane::lock;
use crate::linux::router::Names;
use crate::linux::rules::{CAME_BY, LEAVES_BY};

/// How many records are kept.
pub const RECENT_DROPS: usize = 4096;
/// How many records wait for a slow watcher before they are lost to it.
const WATCH_QUEUE: usize = 1024;

/// One dropped packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropRecord {
    /// The VPC whose router dropped it.
    pub vpc: VpcId,
    /// When.
    pub time: Timestamp,
    /// The place that dropped it.
    pub by: DropRef,
    /// The interface it came from; none from the internet.
    pub from: Option<NetworkInterfaceId>,
    /// The interface it was on its way to, where that was known.
    pub to: Option<NetworkInterfaceId>,
    /// Its source address.
    pub source: IpAddr,
    /// Its destination address.
    pub destination: IpAddr,
    /// Protocol and ports.
    pub payload: Payload,
}

/// The records kept, and who wants new ones.
pub struct DropLog {
    clock: Arc<dyn Clock>,
    recent: Mutex<VecDeque<DropRecord>>,
    watchers: Mutex<Vec<SyncSender<DropRecord>>>,
}

impl DropLog {
    /// An empty log.
    pub fn new(clock: Arc<dyn Clock>) -> DropLog {
        DropLog { clock, recent: Mutex::default(), watchers: Mutex::default() }
    }

    /// The records kept, oldest first.
    pub fn recent(&self) -> Vec<DropRecord> {
        lock(&self.recent).iter().cloned().collect()
    }

    /// New records from now on.
    pub fn watch(&self) -> Receiver<DropRecord> {
        let (sender, receiver) = sync_channel(WATCH_QUEUE);
        lock(&self.watchers).push(sender);
        receiver
    }

    /// Adds a record.
    pub fn push(&self, record: DropRecord) {
        lock(&self.watchers)
            .retain(|w| !matches!(w.try_send(record.clone()), Err(TrySendError::Disconnected(_))));
        let mut recent = lock(&self.recent);
        if recent.len() == RECENT_DROPS {
            recent.pop_front();
        }
        recent.push_back(record);
    }

    fn record(
        &self,
        vpc: &VpcId,
        names: &Names,
        flows: &FlowRecorder,
        report: &Report,
    ) -> Option<DropRecord> {
        let names = names.read().ok()?;
        let name = |index: Option<u32>| index.and_then(|i| names.get(&i).cloned());
        let (from, to) = (name(report.in_interface), name(report.out_interface));
        let text = |id: &Option<NetworkInterfaceId>| id.as_ref().map_or("igw", |id| id.as_str()).to_string();
        let prefix = report.prefix.replace(CAME_BY, &text(&from)).replace(LEAVES_BY, &text(&to));
        let by = prefix.parse().ok()?;
        flows.dropped(&by, from.as_ref(), to.as_ref(), report);
        Some(DropRecord {
            vpc: vpc.clone(),
            time: self.clock.now(),
            by,
            from,
            to,
            source: report.source,
            destination: report.destination,
            payload: report.payload,
        })
    }
}

/// A packet of a recorded interface.
fn seen(names: &Names, flows: &FlowRecorder, report: &Report) {
    let Ok(names) = names.read() else { return };
    let name = |index: Option<u32>| index.and_then(|i| names.get(&i));
    if report.prefix == nflog::FLOW_IN {
        name(report.out_interface).into_iter().for_each(|to| flows.reached(to, report));
    } else if let Some(from) = name(report.in_interface) {
        use TrafficPath::{GatewayEndpoint, InternetGateway, Peering, SameVpc};
        let paths = [SameVpc, Peering, GatewayEndpoint, InternetGateway];
        let path = paths.into_iter().find(|path| report.prefix == nflog::flow_out(*path));
        path.into_iter().for_each(|path| flows.left(from, path, report));
    }
}

/// Reads one router's reports until it is dropped.
pub struct DropReader {
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for DropReader {
    /// Only one at a time may read a namespace's reports: the next one must find this one gone.
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl DropReader {
    /// Starts reading.
    pub fn start(
        vpc: &VpcId,
        socket: NetlinkSocket,
        names: Names,
        log: Arc<DropLog>,
        flows: Arc<FlowRecorder>,
    ) -> Result<DropReader, NetnsError> {
        let failed = |source| NetnsError::Step { step: "read drops of", name: vpc.to_string(), source };
        let (stopped, stop) = std::io::pipe().map_err(failed)?;
        let of = vpc.clone();
        let read = move || {
            let mut awaited = None;
            nflog::read_until_closed(&socket, &stopped, |report| {
                if report.prefix.starts_with("flow ") {
                    let number = report.sequence;
                    if number.is_some() && awaited.is_some() && number != awaited {
                        flows.lost();
                    }
                    awaited = number.map(|n| n.wrapping_add(1));
                    seen(&names, &flows, &report);
                } else if let Some(record) = log.record(&of, &names, &flows, &report) {
                    log.push(record);
                }
            });
        };
        let thread = std::thread::Builder::new().name("drops".into()).spawn(read).map_err(failed)?;
        Ok(DropReader { stop: Some(stop), thread: Some(thread) })
    }
}

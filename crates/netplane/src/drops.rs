//! What the network dropped, and which rule did it.

use std::collections::VecDeque;
use std::io::PipeWriter;
use std::net::Ipv4Addr;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};

use base::{Clock, NetworkInterfaceId, Timestamp, VpcId};
use vpc::{DropRef, Payload};

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
    pub source: Ipv4Addr,
    /// Its destination address.
    pub destination: Ipv4Addr,
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

    fn record(&self, vpc: &VpcId, names: &Names, report: Report) -> Option<DropRecord> {
        let names = names.read().ok()?;
        let name = |index: Option<u32>| index.and_then(|i| names.get(&i).cloned());
        let (from, to) = (name(report.in_interface), name(report.out_interface));
        let text = |id: &Option<NetworkInterfaceId>| id.as_ref().map_or("igw", |id| id.as_str()).to_string();
        let prefix = report.prefix.replace(CAME_BY, &text(&from)).replace(LEAVES_BY, &text(&to));
        Some(DropRecord {
            vpc: vpc.clone(),
            time: self.clock.now(),
            by: prefix.parse().ok()?,
            from,
            to,
            source: report.source,
            destination: report.destination,
            payload: report.payload,
        })
    }
}

/// Reads one router's reports until it is dropped.
pub struct DropReader {
    _stop: PipeWriter,
}

impl DropReader {
    /// Starts reading.
    pub fn start(
        vpc: &VpcId,
        socket: NetlinkSocket,
        names: Names,
        log: Arc<DropLog>,
    ) -> Result<DropReader, NetnsError> {
        let failed = |source| NetnsError::Step { step: "read drops of", name: vpc.to_string(), source };
        let (stopped, stop) = std::io::pipe().map_err(failed)?;
        let of = vpc.clone();
        let read = move || {
            nflog::read_until_closed(&socket, &stopped, |report| {
                if let Some(record) = log.record(&of, &names, report) {
                    log.push(record);
                }
            });
        };
        std::thread::Builder::new().name("drops".into()).spawn(read).map_err(failed)?;
        Ok(DropReader { _stop: stop })
    }
}

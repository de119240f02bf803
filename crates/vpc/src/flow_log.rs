//! Flow logs: who wants which flows recorded, and what a record looks like.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>

use crate::Direction;
use base::{FlowLogId, NetworkInterfaceId, Scope, SubnetId, Timestamp, VpcId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// What AWS writes when no format is chosen.
pub const DEFAULT_FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} \
     ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";
const NOTHING: &str = "-";

/// A flow log that is active, resolved to the interfaces it covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowLog {
    pub id: FlowLogId,
    /// Whose log group it is delivered to.
    pub scope: Scope,
    pub log_group: String,
    pub interfaces: BTreeSet<NetworkInterfaceId>,
    pub traffic: Recorded,
    pub format: FlowLogFormat,
    /// The longest time that one record stands for.
    pub interval_s: u32,
}

/// Which flows are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recorded {
    Accepted,
    Rejected,
    All,
}

impl Recorded {
    pub fn wants(self, action: FlowAction) -> bool {
        match self {
            Self::All => true,
            Self::Accepted => action == FlowAction::Accept,
            Self::Rejected => action == FlowAction::Reject,
        }
    }
}

/// What security groups and network ACLs did with a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowAction {
    Accept,
    Reject,
}

/// How traffic left, as AWS numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrafficPath {
    SameVpc,
    Peering,
    GatewayEndpoint,
    InternetGateway,
}

impl TrafficPath {
    fn number(self) -> u8 {
        match self {
            Self::SameVpc => 1,
            Self::Peering => 4,
            Self::GatewayEndpoint => 7,
            Self::InternetGateway => 8,
        }
    }
}

/// The packets of one direction at one interface during one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowRecord {
    pub direction: Direction,
    pub source: IpAddr,
    pub destination: IpAddr,
    /// Zero where the protocol has none.
    pub source_port: u16,
    pub destination_port: u16,
    pub protocol: u8,
    pub packets: u64,
    pub bytes: u64,
    pub start: Timestamp,
    pub end: Timestamp,
    pub action: FlowAction,
    /// FIN, SYN, RST and SYN-ACK of all packets together.
    pub tcp_flags: u8,
    pub path: Option<TrafficPath>,
}

/// Where the record was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowPlace {
    pub scope: Scope,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub zone: String,
    pub interface: NetworkInterfaceId,
    /// The primary ones first: the interface's own side of a record.
    pub addresses: Vec<IpAddr>,
    pub instance: Option<String>,
}

/// What is known of a window at an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowStatus<'a> {
    Ok(&'a FlowRecord),
    /// Nothing came or went from the one time to the other.
    NoData(Timestamp, Timestamp),
    /// Some records are missing.
    SkipData(Timestamp, Timestamp),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Field {
    Version,
    AccountId,
    InterfaceId,
    Srcaddr,
    Dstaddr,
    Srcport,
    Dstport,
    Protocol,
    Packets,
    Bytes,
    Start,
    End,
    Action,
    LogStatus,
    VpcId,
    SubnetId,
    InstanceId,
    TcpFlags,
    Type,
    PktSrcaddr,
    PktDstaddr,
    Region,
    AzId,
    SublocationType,
    SublocationId,
    PktSrcAwsService,
    PktDstAwsService,
    FlowDirection,
    TrafficPath,
}

/// Each field's name and the version it came with.
const FIELDS: [(&str, u8, Field); 29] = [
    ("version", 2, Field::Version),
    ("account-id", 2, Field::AccountId),
    ("interface-id", 2, Field::InterfaceId),
    ("srcaddr", 2, Field::Srcaddr),
    ("dstaddr", 2, Field::Dstaddr),
    ("srcport", 2, Field::Srcport),
    ("dstport", 2, Field::Dstport),
    ("protocol", 2, Field::Protocol),
    ("packets", 2, Field::Packets),
    ("bytes", 2, Field::Bytes),
    ("start", 2, Field::Start),
    ("end", 2, Field::End),
    ("action", 2, Field::Action),
    ("log-status", 2, Field::LogStatus),
    ("vpc-id", 3, Field::VpcId),
    ("subnet-id", 3, Field::SubnetId),
    ("instance-id", 3, Field::InstanceId),
    ("tcp-flags", 3, Field::TcpFlags),
    ("type", 3, Field::Type),
    ("pkt-srcaddr", 3, Field::PktSrcaddr),
    ("pkt-dstaddr", 3, Field::PktDstaddr),
    ("region", 4, Field::Region),
    ("az-id", 4, Field::AzId),
    ("sublocation-type", 4, Field::SublocationType),
    ("sublocation-id", 4, Field::SublocationId),
    ("pkt-src-aws-service", 5, Field::PktSrcAwsService),
    ("pkt-dst-aws-service", 5, Field::PktDstAwsService),
    ("flow-direction", 5, Field::FlowDirection),
    ("traffic-path", 5, Field::TrafficPath),
];

/// The fields of a record in their order. Its text is `${version} ${srcaddr} …`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FlowLogFormat(Vec<Field>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlowLogFormatError {
    #[error("`{0}` is not a field of a flow log record")]
    UnknownField(String),
    #[error("`{0}` is not of the form ${{field}}")]
    Malformed(String),
    #[error("the format names no field")]
    Empty,
}

impl FromStr for FlowLogFormat {
    type Err = FlowLogFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let field = |word: &str| {
            let name = word.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            let name = name.ok_or_else(|| FlowLogFormatError::Malformed(word.to_owned()))?;
            let found = FIELDS.iter().find(|(known, ..)| *known == name);
            found.map(|(.., field)| *field).ok_or_else(|| FlowLogFormatError::UnknownField(name.to_owned()))
        };
        let fields: Vec<Field> = text.split_ascii_whitespace().map(field).collect::<Result<_, _>>()?;
        if fields.is_empty() { Err(FlowLogFormatError::Empty) } else { Ok(Self(fields)) }
    }
}

impl TryFrom<String> for FlowLogFormat {
    type Error = FlowLogFormatError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FlowLogFormat> for String {
    fn from(format: FlowLogFormat) -> Self {
        format.to_string()
    }
}

impl fmt::Display for FlowLogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.entries().map(|(name, _)| format!("${{{name}}}")).collect();
        f.write_str(&names.join(" "))
    }
}

impl Default for FlowLogFormat {
    fn default() -> Self {
        let defaults = FIELDS.iter().filter(|(_, version, _)| *version == 2);
        Self(defaults.map(|(.., field)| *field).collect())
    }
}

impl FlowLogFormat {
    fn entries(&self) -> impl Iterator<Item = (&'static str, u8)> + '_ {
        let entry = |field: &Field| FIELDS.iter().find(|(.., known)| known == field);
        self.0.iter().filter_map(entry).map(|(name, version, _)| (*name, *version))
    }

    /// The highest version among the fields.
    pub fn version(&self) -> u8 {
        self.entries().map(|(_, version)| version).max().unwrap_or(2)
    }

    /// One line.
    pub fn render(&self, place: &FlowPlace, status: FlowStatus<'_>) -> String {
        let values: Vec<String> = self.0.iter().map(|field| self.value(*field, place, status)).collect();
        values.join(" ")
    }

    fn value(&self, field: Field, place: &FlowPlace, status: FlowStatus<'_>) -> String {
        let (start, end) = times(status);
        match field {
            Field::Version => self.version().to_string(),
            Field::AccountId => place.scope.account.to_string(),
            Field::InterfaceId => place.interface.to_string(),
            Field::VpcId => place.vpc.to_string(),
            Field::SubnetId => place.subnet.to_string(),
            Field::InstanceId => place.instance.clone().unwrap_or_else(|| NOTHING.to_owned()),
            Field::Region => place.scope.region.to_string(),
            Field::AzId => place.zone.clone(),
            Field::Start => (start.secs()).to_string(),
            Field::End => (end.secs()).to_string(),
            Field::LogStatus => match status {
                FlowStatus::Ok(_) => "OK".to_owned(),
                FlowStatus::NoData(..) => "NODATA".to_owned(),
                FlowStatus::SkipData(..) => "SKIPDATA".to_owned(),
            },
            _ => match status {
                FlowStatus::Ok(record) => of_record(field, place, record),
                _ => NOTHING.to_owned(),
            },
        }
    }
}

fn times(status: FlowStatus<'_>) -> (Timestamp, Timestamp) {
    match status {
        FlowStatus::Ok(record) => (record.start, record.end),
        FlowStatus::NoData(start, end) | FlowStatus::SkipData(start, end) => (start, end),
    }
}

fn of_record(field: Field, place: &FlowPlace, record: &FlowRecord) -> String {
    match field {
        Field::Srcaddr => own_side(place, record, Direction::Egress, record.source).to_string(),
        Field::Dstaddr => own_side(place, record, Direction::Ingress, record.destination).to_string(),
        Field::PktSrcaddr => record.source.to_string(),
        Field::PktDstaddr => record.destination.to_string(),
        Field::Srcport => record.source_port.to_string(),
        Field::Dstport => record.destination_port.to_string(),
        Field::Protocol => record.protocol.to_string(),
        Field::Packets => record.packets.to_string(),
        Field::Bytes => record.bytes.to_string(),
        Field::TcpFlags => record.tcp_flags.to_string(),
        Field::Type => if record.source.is_ipv6() { "IPv6" } else { "IPv4" }.to_owned(),
        Field::Action => match record.action {
            FlowAction::Accept => "ACCEPT".to_owned(),
            FlowAction::Reject => "REJECT".to_owned(),
        },
        Field::FlowDirection => record.direction.noun().to_owned(),
        Field::TrafficPath => {
            record.path.map_or_else(|| NOTHING.to_owned(), |path| path.number().to_string())
        }
        // The rest AWS knows of places and services that are not here.
        _ => NOTHING.to_owned(),
    }
}

/// The side of the record that is the interface's: its primary address where it passes on what is not its own.
fn own_side(place: &FlowPlace, record: &FlowRecord, side: Direction, address: IpAddr) -> IpAddr {
    let is_own = record.direction != side || place.addresses.contains(&address);
    let primary = place.addresses.iter().copied().find(|own| own.is_ipv6() == address.is_ipv6());
    primary.filter(|_| !is_own).unwrap_or(address)
}

/// The part of a segment's flags that records show: FIN, SYN and RST, and ACK where it answers a SYN.
pub fn shown_tcp_flags(flags: u8) -> u8 {
    const FIN: u8 = 0x01;
    const SYN: u8 = 0x02;
    const RST: u8 = 0x04;
    const ACK: u8 = 0x10;
    let answer = if flags & (SYN | ACK) == SYN | ACK { ACK } else { 0 };
    flags & (FIN | SYN | RST) | answer
}

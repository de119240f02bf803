//! Flow log records as AWS documents them.
#![allow(clippy::unwrap_used)]

use base::{Scope, Timestamp};
use expect_test::{Expect, expect};
use vpc::Direction;
use vpc::flow_log::{
    DEFAULT_FORMAT, FlowAction, FlowLog, FlowLogFormat, FlowPlace, FlowRecord, FlowStatus, Recorded,
    TrafficPath, shown_tcp_flags,
};
use vpc::flow_window::FlowWindows;

fn place() -> FlowPlace {
    FlowPlace {
        scope: Scope { account: "123456789010".parse().unwrap(), region: "us-east-1".parse().unwrap() },
        vpc: "vpc-1".into(),
        subnet: "subnet-1".into(),
        zone: "use1-az1".to_owned(),
        interface: "eni-1".into(),
        addresses: vec!["172.31.16.21".parse().unwrap()],
        instance: Some("i-1".to_owned()),
    }
}

fn record() -> FlowRecord {
    FlowRecord {
        direction: Direction::Ingress,
        source: "172.31.16.139".parse().unwrap(),
        destination: "172.31.16.21".parse().unwrap(),
        source_port: 20_641,
        destination_port: 22,
        protocol: 6,
        packets: 20,
        bytes: 4_249,
        start: Timestamp::from_secs(1_418_530_010),
        end: Timestamp::from_secs(1_418_530_070),
        action: FlowAction::Accept,
        tcp_flags: 19,
        path: None,
    }
}

fn check(format: &str, status: FlowStatus<'_>, expect: Expect) {
    let format: FlowLogFormat = format.parse().unwrap();
    expect.assert_eq(&format.render(&place(), status));
    assert_eq!(format.to_string().parse::<FlowLogFormat>().unwrap(), format);
}

#[test]
fn the_default_format_is_that_of_version_2() {
    let record = record();
    let expect = expect![
        "2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
    ];
    check(DEFAULT_FORMAT, FlowStatus::Ok(&record), expect);
    assert_eq!(FlowLogFormat::default().to_string(), DEFAULT_FORMAT);
    let rejected = FlowRecord { action: FlowAction::Reject, ..record };
    check("${action}", FlowStatus::Ok(&rejected), expect!["REJECT"]);
}

#[test]
fn windows_without_data_have_times_only() {
    let (start, end) = (Timestamp::from_secs(1_431_280_876), Timestamp::from_secs(1_431_280_934));
    let nothing = FlowStatus::NoData(start, end);
    check(
        DEFAULT_FORMAT,
        nothing,
        expect!["2 123456789010 eni-1 - - - - - - - 1431280876 1431280934 - NODATA"],
    );
    let skipped = FlowStatus::SkipData(start, end);
    check(
        DEFAULT_FORMAT,
        skipped,
        expect!["2 123456789010 eni-1 - - - - - - - 1431280876 1431280934 - SKIPDATA"],
    );
}

#[test]
fn the_version_is_the_highest_among_the_fields() {
    let record = record();
    let check = |format, expect| check(format, FlowStatus::Ok(&record), expect);
    check("${version} ${srcaddr}", expect!["2 172.31.16.139"]);
    check(
        "${version} ${vpc-id} ${subnet-id} ${instance-id} ${tcp-flags} ${type}",
        expect!["3 vpc-1 subnet-1 i-1 19 IPv4"],
    );
    check("${version} ${region} ${az-id} ${sublocation-type}", expect!["4 us-east-1 use1-az1 -"]);
    check("${version} ${flow-direction} ${traffic-path} ${pkt-src-aws-service}", expect!["5 ingress - -"]);
}

#[test]
fn what_passes_through_shows_the_packets_own_addresses_apart() {
    let through = FlowRecord {
        direction: Direction::Egress,
        source: "10.40.1.175".parse().unwrap(),
        destination: "203.0.113.7".parse().unwrap(),
        path: Some(TrafficPath::InternetGateway),
        ..record()
    };
    check(
        "${srcaddr} ${dstaddr} ${pkt-srcaddr} ${pkt-dstaddr} ${flow-direction} ${traffic-path}",
        FlowStatus::Ok(&through),
        expect!["172.31.16.21 203.0.113.7 10.40.1.175 203.0.113.7 egress 8"],
    );
}

#[test]
fn formats_that_say_something_else_are_refused() {
    let refusal = |text: &str| text.parse::<FlowLogFormat>().unwrap_err().to_string();
    expect!["`colour` is not a field of a flow log record"].assert_eq(&refusal("${version} ${colour}"));
    expect!["`version` is not of the form ${field}"].assert_eq(&refusal("version"));
    expect!["the format names no field"].assert_eq(&refusal(" "));
}

#[test]
fn an_ack_shows_only_beside_a_syn() {
    assert_eq!([0x02, 0x12, 0x10, 0x11, 0x18, 0x04].map(shown_tcp_flags), [2, 18, 0, 1, 0, 4]);
}

/// A network whose one interface is covered, and a record of it.
fn covered(traffic: Recorded) -> Vec<vpc::Network> {
    let text = "vpc 10.0.0.0/16
        subnet subnet-1 10.0.0.0/24 acl-1 rtb-1
        eni eni-1 host subnet-1 10.0.0.10 sg-1";
    let mut network = vpc::testing::network(text).unwrap();
    network.flow_logs.push(FlowLog {
        id: "fl-1".into(),
        scope: place().scope,
        log_group: "flows".to_owned(),
        interfaces: ["eni-1".into()].into(),
        traffic,
        format: "${interface-id} ${srcport} ${packets} ${action} ${log-status}".parse().unwrap(),
        interval_s: 60,
    });
    vec![network]
}

/// Each line is a second and what is written then.
fn written(traffic: Recorded, seen_at: &[(i64, FlowRecord)], lost_at: Option<i64>) -> String {
    let (networks, mut windows, mut text) = (covered(traffic), FlowWindows::default(), String::new());
    for second in 0..=130 {
        let of_second = seen_at.iter().filter(|(at, _)| *at == second).map(|(_, record)| record.clone());
        let seen = [("eni-1".into(), of_second.collect::<Vec<_>>())].into();
        let (now, lost) = (Timestamp::from_secs(second), lost_at == Some(second));
        for delivery in windows.advance(&networks, &seen, lost, now, |_, name| name.to_owned()) {
            for (_, line) in delivery.lines {
                text += &format!("{second} {} {}: {line}\n", delivery.log_group, delivery.stream);
            }
        }
    }
    text
}

#[test]
fn a_window_closes_in_time_and_quiet_intervals_say_so() {
    let rejected = FlowRecord { action: FlowAction::Reject, ..record() };
    let seen = [(3, record()), (5, record()), (6, rejected), (40, record())];
    expect![[r#"
        8 flows eni-1-all: eni-1 20641 40 ACCEPT OK
        8 flows eni-1-all: eni-1 20641 20 REJECT OK
        45 flows eni-1-all: eni-1 20641 20 ACCEPT OK
        105 flows eni-1-all: eni-1 - - - NODATA
    "#]]
    .assert_eq(&written(Recorded::All, &seen, None));
    expect![[r#"
        11 flows eni-1-reject: eni-1 20641 20 REJECT OK
        71 flows eni-1-reject: eni-1 - - - NODATA
    "#]]
    .assert_eq(&written(Recorded::Rejected, &seen, None));
}

#[test]
fn what_was_missed_is_said() {
    expect![[r#"
        15 flows eni-1-accept: eni-1 20641 20 ACCEPT OK
        15 flows eni-1-accept: eni-1 - - - SKIPDATA
        75 flows eni-1-accept: eni-1 - - - NODATA
    "#]]
    .assert_eq(&written(Recorded::Accepted, &[(12, record())], Some(10)));
}

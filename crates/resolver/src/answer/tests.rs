use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::net::Ipv4Addr;

struct Example;

impl Zones for Example {
    fn resolve(&self, name: &str) -> Answer {
        match name {
            "db.example.internal" => Answer::Addresses(vec![Ipv4Addr::new(10, 0, 2, 10)]),
            "endpoint.example.internal" => {
                Answer::Addresses(vec![Ipv4Addr::new(10, 0, 1, 5), Ipv4Addr::new(10, 0, 2, 5)])
            }
            "many.example.internal" => {
                Answer::Addresses((0..100).map(|i| Ipv4Addr::new(10, 0, 3, i)).collect())
            }
            "10.2.0.10.in-addr.arpa" => Answer::Name("ip-10-0-2-10.ec2.internal".to_owned()),
            _ => Answer::NoSuchName,
        }
    }
}

fn query(name: &str, kind: RecordType) -> Message {
    let mut message = Message::new();
    message.set_id(7).set_recursion_desired(true);
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message
}

fn render(message: &Message) -> String {
    let mut flags = vec![];
    for (set, name) in [
        (message.truncated(), "tc"),
        (message.recursion_desired(), "rd"),
        (message.recursion_available(), "ra"),
    ] {
        flags.extend(set.then_some(name));
    }
    let mut text = format!("{} {:?} {}\n", message.id(), message.response_code(), flags.join(" "));
    message.queries().iter().for_each(|q| text += &format!("? {} {}\n", q.name(), q.query_type()));
    let shown = message.answers().iter().take(3);
    shown.for_each(|r| text += &format!("{} {} {} {}\n", r.name(), r.ttl(), r.record_type(), r.data()));
    if message.answers().len() > 3 {
        text += &format!("and {} more\n", message.answers().len() - 3);
    }
    message
        .name_servers()
        .iter()
        .for_each(|r| text += &format!("! {} {} {}\n", r.name(), r.ttl(), r.record_type()));
    if let Some(edns) = message.extensions() {
        text += &format!("edns {} {}\n", edns.version(), edns.max_payload());
    }
    text
}

#[track_caller]
fn check_message(query: &Message, transport: Transport, expected: Expect) {
    let bytes = answer(&query.to_vec().unwrap(), &Example, transport).unwrap();
    expected.assert_eq(&render(&Message::from_vec(&bytes).unwrap()));
}

#[track_caller]
fn check(name: &str, kind: RecordType, expected: Expect) {
    check_message(&query(name, kind), Transport::Udp, expected);
}

#[test]
fn addresses() {
    check(
        "db.example.internal.",
        RecordType::A,
        expect![[r#"
        7 NoError rd ra
        ? db.example.internal. A
        db.example.internal. 60 A 10.0.2.10
    "#]],
    );
    check(
        "Endpoint.EXAMPLE.internal.",
        RecordType::A,
        expect![[r#"
        7 NoError rd ra
        ? Endpoint.EXAMPLE.internal. A
        Endpoint.EXAMPLE.internal. 60 A 10.0.1.5
        Endpoint.EXAMPLE.internal. 60 A 10.0.2.5
    "#]],
    );
    check(
        "db.example.internal.",
        RecordType::ANY,
        expect![[r#"
        7 NoError rd ra
        ? db.example.internal. ANY
        db.example.internal. 60 A 10.0.2.10
    "#]],
    );
}

#[test]
fn a_name_that_exists_without_that_type_of_record() {
    check(
        "db.example.internal.",
        RecordType::AAAA,
        expect![[r#"
        7 NoError rd ra
        ? db.example.internal. AAAA
        ! . 60 SOA
    "#]],
    );
    check(
        "db.example.internal.",
        RecordType::MX,
        expect![[r#"
        7 NoError rd ra
        ? db.example.internal. MX
        ! . 60 SOA
    "#]],
    );
}

#[test]
fn a_name_that_does_not_exist() {
    check(
        "example.com.",
        RecordType::A,
        expect![[r#"
        7 NXDomain rd ra
        ? example.com. A
        ! . 60 SOA
    "#]],
    );
    check(
        ".",
        RecordType::NS,
        expect![[r#"
        7 NXDomain rd ra
        ? . NS
        ! . 60 SOA
    "#]],
    );
}

#[test]
fn the_way_back() {
    check(
        "10.2.0.10.in-addr.arpa.",
        RecordType::PTR,
        expect![[r#"
        7 NoError rd ra
        ? 10.2.0.10.in-addr.arpa. PTR
        10.2.0.10.in-addr.arpa. 60 PTR ip-10-0-2-10.ec2.internal.
    "#]],
    );
    check(
        "11.2.0.10.in-addr.arpa.",
        RecordType::PTR,
        expect![[r#"
        7 NXDomain rd ra
        ? 11.2.0.10.in-addr.arpa. PTR
        ! . 60 SOA
    "#]],
    );
}

#[test]
fn what_does_not_fit_is_asked_again_over_tcp() {
    let mut many = query("many.example.internal.", RecordType::A);
    check_message(
        &many,
        Transport::Udp,
        expect![[r#"
        7 NoError tc rd ra
        ? many.example.internal. A
    "#]],
    );
    check_message(
        &many,
        Transport::Tcp,
        expect![[r#"
        7 NoError rd ra
        ? many.example.internal. A
        many.example.internal. 60 A 10.0.3.0
        many.example.internal. 60 A 10.0.3.1
        many.example.internal. 60 A 10.0.3.2
        and 97 more
    "#]],
    );
    let mut edns = Edns::new();
    edns.set_max_payload(65_535);
    many.set_edns(edns);
    check_message(
        &many,
        Transport::Udp,
        expect![[r#"
        7 NoError tc rd ra
        ? many.example.internal. A
        edns 0 1232
    "#]],
    );
    let few = query("endpoint.example.internal.", RecordType::A);
    check_message(
        &few,
        Transport::Udp,
        expect![[r#"
        7 NoError rd ra
        ? endpoint.example.internal. A
        endpoint.example.internal. 60 A 10.0.1.5
        endpoint.example.internal. 60 A 10.0.2.5
    "#]],
    );
}

#[test]
fn what_is_refused() {
    let mut update = query("db.example.internal.", RecordType::A);
    update.set_op_code(OpCode::Update);
    check_message(
        &update,
        Transport::Udp,
        expect![[r#"
        7 NotImp rd ra
        ? db.example.internal. A
    "#]],
    );

    let mut chaos = query("db.example.internal.", RecordType::TXT);
    chaos.queries_mut()[0].set_query_class(DNSClass::CH);
    check_message(
        &chaos,
        Transport::Udp,
        expect![[r#"
        7 Refused rd ra
        ? db.example.internal. TXT
    "#]],
    );

    check(
        "example.internal.",
        RecordType::AXFR,
        expect![[r#"
        7 Refused rd ra
        ? example.internal. AXFR
    "#]],
    );

    let mut two = query("db.example.internal.", RecordType::A);
    two.add_query(Query::query(Name::from_ascii("b.").unwrap(), RecordType::A));
    check_message(
        &two,
        Transport::Udp,
        expect![[r#"
        7 FormErr rd ra
    "#]],
    );

    let mut later = query("db.example.internal.", RecordType::A);
    let mut edns = Edns::new();
    edns.set_version(1);
    later.set_edns(edns);
    check_message(
        &later,
        Transport::Udp,
        expect![[r#"
        7 BADSIG rd ra
        ? db.example.internal. A
        edns 0 1232
    "#]],
    );
}

#[test]
fn what_gets_no_answer() {
    let mut response = query("db.example.internal.", RecordType::A);
    response.set_message_type(MessageType::Response);
    assert_eq!(answer(&response.to_vec().unwrap(), &Example, Transport::Udp), None);
    assert_eq!(answer(&[], &Example, Transport::Udp), None);
    assert_eq!(answer(&[0; 11], &Example, Transport::Udp), None);
}

#[test]
fn what_cannot_be_read_is_a_format_error_with_its_id() {
    let mut bytes = query("db.example.internal.", RecordType::A).to_vec().unwrap();
    bytes.truncate(bytes.len() - 3);
    let reply = Message::from_vec(&answer(&bytes, &Example, Transport::Udp).unwrap()).unwrap();
    assert_eq!((reply.id(), reply.response_code()), (7, ResponseCode::FormErr));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_get_a_short_answer_or_none(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        check_bounds(&bytes)?;
    }

    #[test]
    fn a_damaged_query_gets_a_short_answer_or_none(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()
    ) {
        let mut bytes = query("many.example.internal.", RecordType::A).to_vec().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        check_bounds(&bytes)?;
        bytes.truncate(cut.index(bytes.len()));
        check_bounds(&bytes)?;
    }
}

fn check_bounds(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Some(reply) = answer(bytes, &Example, Transport::Udp) {
        prop_assert!(reply.len() <= usize::from(MAX_UDP_PAYLOAD), "{} bytes", reply.len());
        prop_assert_eq!(&reply[..2], &bytes[..2]);
        prop_assert_eq!(reply[2] & IS_RESPONSE, IS_RESPONSE);
    }
    Ok(())
}

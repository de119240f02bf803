use super::*;
use crate::Answer;
use hickory_proto::op::MessageType;
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{Name, Record};
use std::net::Ipv4Addr;

struct Nobody;

impl Upstream for Nobody {
    fn ask(&self, _: Vec<u8>, _: Transport) -> Reply<'_> {
        Box::pin(async { None })
    }

    fn permits(&self, address: IpAddr) -> bool {
        !matches!(address, IpAddr::V4(address) if address.is_private() || address.is_loopback())
    }
}

struct Inside;

impl Zones for Inside {
    fn resolve(&self, name: &str) -> Answer {
        if name.ends_with(".internal") { Answer::NoSuchName } else { Answer::Outside }
    }
}

fn query(name: &str, kind: RecordType) -> (Vec<u8>, Query) {
    let question = Query::query(Name::from_ascii(name).unwrap(), kind);
    let mut message = Message::new();
    message.set_id(7).set_recursion_desired(true).add_query(question.clone());
    (message.to_vec().unwrap(), question)
}

fn reply(id: u16, question: &Query, address: Ipv4Addr) -> Option<Vec<u8>> {
    let mut message = Message::new();
    message.set_id(id).set_message_type(MessageType::Response).add_query(question.clone());
    message.add_answer(Record::from_rdata(question.name().clone(), 60, RData::A(A(address))));
    message.to_vec().ok()
}

fn code(bytes: Option<Vec<u8>>) -> (ResponseCode, usize) {
    let message = Message::from_vec(&bytes.unwrap()).unwrap();
    assert_eq!(message.id(), 7);
    (message.response_code(), message.answers().len())
}

#[test]
fn only_names_of_the_outside_are_asked_for() {
    for (name, kind, asked) in [
        ("example.com.", RecordType::A, true),
        ("example.com.", RecordType::TXT, true),
        ("example.com.", RecordType::AAAA, false),
        ("example.com.", RecordType::AXFR, false),
        ("ip-10-0-0-1.ec2.internal.", RecordType::A, false),
    ] {
        let (bytes, _) = query(name, kind);
        assert_eq!(outside_question(&bytes, &Inside).is_some(), asked, "{name} {kind}");
    }
    assert!(outside_question(b"nonsense", &Inside).is_none());
}

#[test]
fn an_answer_is_believed_when_it_answers_and_leads_outside() {
    let (bytes, question) = query("example.com.", RecordType::A);
    let came = |reply| code(checked(&bytes, &question, reply, &Nobody));
    assert_eq!(came(reply(7, &question, Ipv4Addr::new(93, 184, 215, 14))), (ResponseCode::NoError, 1));
    for inside in [Ipv4Addr::LOCALHOST, Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(192, 168, 0, 1)] {
        assert_eq!(came(reply(7, &question, inside)), (ResponseCode::NXDomain, 0), "{inside}");
    }
    assert_eq!(came(None), (ResponseCode::ServFail, 0));
    assert_eq!(came(reply(8, &question, Ipv4Addr::new(1, 1, 1, 1))), (ResponseCode::ServFail, 0));
    let (_, other) = query("example.org.", RecordType::A);
    assert_eq!(came(reply(7, &other, Ipv4Addr::new(1, 1, 1, 1))), (ResponseCode::ServFail, 0));
    assert_eq!(came(Some(b"nonsense".to_vec())), (ResponseCode::ServFail, 0));
}

//! The addresses of a name of the outside, for moat's own parts that want to go there.

use crate::upstream::checked;
use crate::{Transport, Upstream};
use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::{Name, RData, RecordType};
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::sync::Arc;

/// The IPv4 addresses of a name, as whoever knows the outside says; none when it does not exist, or leads to where
/// names must not lead. `id` is the query's, which nobody else should guess.
pub async fn outside_addresses(upstream: Arc<dyn Upstream>, name: String, id: u16) -> Vec<Ipv4Addr> {
    let Some((query, question)) = query(&name, id) else { return Vec::new() };
    let over_udp = upstream.ask(query.clone(), Transport::Udp).await;
    let Some(mut message) = read(&query, &question, over_udp, upstream.as_ref()) else { return Vec::new() };
    if message.truncated() {
        let over_tcp = upstream.ask(query.clone(), Transport::Tcp).await;
        let Some(whole) = read(&query, &question, over_tcp, upstream.as_ref()) else { return Vec::new() };
        message = whole;
    }
    let addresses = message.answers().iter().filter_map(|record| match record.data() {
        RData::A(address) => Some(address.0),
        _ => None,
    });
    addresses.collect()
}

fn read(query: &[u8], question: &Query, reply: Option<Vec<u8>>, upstream: &dyn Upstream) -> Option<Message> {
    let reply = checked(query, question, reply, upstream)?;
    Message::from_vec(&reply).ok()
}

fn query(name: &str, id: u16) -> Option<(Vec<u8>, Query)> {
    let mut name = Name::from_str(name).ok()?;
    name.set_fqdn(true);
    let question = Query::query(name, RecordType::A);
    let mut message = Message::new();
    message
        .set_id(id)
        .set_message_type(MessageType::Query)
        .set_op_code(OpCode::Query)
        .set_recursion_desired(true);
    message.add_query(question.clone());
    Some((message.to_vec().ok()?, question))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reply;
    use hickory_proto::rr::Record;
    use hickory_proto::rr::rdata::A;
    use std::net::IpAddr;

    /// Answers with these addresses, over UDP with none of them but the mark that there are more.
    struct Host(Vec<Ipv4Addr>);

    impl Upstream for Host {
        fn ask(&self, query: Vec<u8>, over: Transport) -> Reply<'_> {
            let query = Message::from_vec(&query).unwrap();
            let question = query.queries()[0].clone();
            let mut reply = Message::new();
            reply.set_id(query.id()).set_message_type(MessageType::Response);
            reply.add_query(question.clone());
            match over {
                Transport::Udp => drop(reply.set_truncated(true)),
                Transport::Tcp => {
                    for address in &self.0 {
                        let data = RData::A(A(*address));
                        reply.add_answer(Record::from_rdata(question.name().clone(), 60, data));
                    }
                }
            }
            let reply = reply.to_vec().ok();
            Box::pin(async move { reply })
        }

        fn permits(&self, address: IpAddr) -> bool {
            !address.is_loopback()
        }
    }

    fn asked(addresses: &[[u8; 4]]) -> Vec<Ipv4Addr> {
        let host = Host(addresses.iter().copied().map(Ipv4Addr::from).collect());
        // Nothing in it waits.
        let mut asking = std::pin::pin!(outside_addresses(Arc::new(host), "example.com".to_owned(), 7));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match asking.as_mut().poll(&mut context) {
            std::task::Poll::Ready(found) => found,
            std::task::Poll::Pending => panic!("it waits"),
        }
    }

    #[test]
    fn a_name_leads_outside_or_nowhere() {
        assert_eq!(asked(&[[192, 0, 9, 1]]), [Ipv4Addr::new(192, 0, 9, 1)]);
        assert!(asked(&[[192, 0, 9, 1], [127, 0, 0, 1]]).is_empty(), "a forbidden address is no answer");
        assert!(query("not..a.name", 1).is_none());
    }
}

//! Real sockets: what a client in the VPC would see.
#![allow(clippy::unwrap_used)]

use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RecordType};
use resolver::{MAX_TCP_CONNECTIONS, Records, serve};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

fn query(id: u16, name: &str) -> Vec<u8> {
    let mut message = Message::new();
    message.set_id(id).add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
    message.to_vec().unwrap()
}

/// A resolver on loopback, which ends with the runtime.
fn start() -> (SocketAddr, SocketAddr) {
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addresses = (udp.local_addr().unwrap(), tcp.local_addr().unwrap());
    let mut records = Records::default();
    records.private("db.internal", Ipv4Addr::new(10, 0, 2, 10));
    (0..200).for_each(|i| records.private("many.internal", Ipv4Addr::new(10, 0, 3, i)));
    tokio::spawn(serve(udp, tcp, Arc::new(records)));
    addresses
}

async fn ask_tcp(stream: &mut TcpStream, id: u16, name: &str) -> Message {
    let query = query(id, name);
    stream.write_u16(u16::try_from(query.len()).unwrap()).await.unwrap();
    stream.write_all(&query).await.unwrap();
    let mut reply = vec![0; usize::from(stream.read_u16().await.unwrap())];
    stream.read_exact(&mut reply).await.unwrap();
    Message::from_vec(&reply).unwrap()
}

#[tokio::test]
async fn over_udp_nonsense_is_survived_and_large_answers_are_cut() {
    let (udp, _) = start();
    let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut buffer = [0; 4096];
    client.send_to(b"nonsense", udp).await.unwrap();
    client.send_to(&[0xff; 4000], udp).await.unwrap();
    for (id, name, answers, truncated) in [(1, "db.internal.", 1, false), (2, "many.internal.", 0, true)] {
        client.send_to(&query(id, name), udp).await.unwrap();
        let received = timeout(Duration::from_secs(60), client.recv_from(&mut buffer)).await.unwrap();
        let reply = Message::from_vec(&buffer[..received.unwrap().0]).unwrap();
        assert_eq!((reply.id(), reply.answers().len(), reply.truncated()), (id, answers, truncated));
    }
}

#[tokio::test]
async fn over_tcp_one_connection_serves_many_queries() {
    let (_, tcp) = start();
    let mut stream = TcpStream::connect(tcp).await.unwrap();
    assert_eq!(ask_tcp(&mut stream, 1, "db.internal.").await.answers().len(), 1);
    assert_eq!(ask_tcp(&mut stream, 2, "many.internal.").await.answers().len(), 200);
    assert_eq!(ask_tcp(&mut stream, 3, "no.internal.").await.answers().len(), 0);
}

#[tokio::test]
async fn over_tcp_nonsense_ends_its_own_connection_only() {
    let (_, tcp) = start();
    let mut bad = TcpStream::connect(tcp).await.unwrap();
    bad.write_all(&[0, 3, 1, 2, 3]).await.unwrap();
    assert_eq!(timeout(Duration::from_secs(60), bad.read(&mut [0; 1])).await.unwrap().unwrap(), 0);
    let mut good = TcpStream::connect(tcp).await.unwrap();
    assert_eq!(ask_tcp(&mut good, 1, "db.internal.").await.answers().len(), 1);
}

#[tokio::test]
async fn one_connection_too_many_waits_for_another_to_end() {
    let (_, tcp) = start();
    let mut held = Vec::new();
    for _ in 0..MAX_TCP_CONNECTIONS {
        let mut stream = TcpStream::connect(tcp).await.unwrap();
        ask_tcp(&mut stream, 1, "db.internal.").await;
        held.push(stream);
    }
    let mut late = TcpStream::connect(tcp).await.unwrap();
    let asked = timeout(Duration::from_millis(200), ask_tcp(&mut late, 2, "db.internal.")).await;
    assert!(asked.is_err(), "served beyond the limit");
    held.pop();
    let mut reply = vec![0; usize::from(late.read_u16().await.unwrap())];
    late.read_exact(&mut reply).await.unwrap();
    assert_eq!(Message::from_vec(&reply).unwrap().id(), 2);
}

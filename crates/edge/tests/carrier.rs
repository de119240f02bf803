//! Connections that are carried outside, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed step must fail the test")]

use edge::{Carrier, Named, NotCarried, Outside};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The network that this test is on, with a count of who was let out to it.
#[derive(Default)]
struct Here(AtomicUsize);

impl Outside for Here {
    fn tcp(&self, _: bool) -> std::io::Result<OwnedFd> {
        self.0.fetch_add(1, Ordering::Relaxed);
        std::os::fd::AsFd::as_fd(&tokio::net::TcpSocket::new_v4()?).try_clone_to_owned()
    }

    fn udp(&self, _: bool) -> std::io::Result<OwnedFd> {
        Ok(std::net::UdpSocket::bind("0.0.0.0:0")?.into())
    }
}

/// Two ends of a connection: the client's and the one that is to be carried.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (client, listener.accept().await.unwrap().0)
}

#[tokio::test]
async fn what_is_said_passes_both_ways() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let asked = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 10), 443);
    let named = Named::from([(asked, server.local_addr().unwrap())]);
    let carrier = Carrier::new(Arc::new(Here::default()), named);
    let (mut client, inside) = pair().await;
    let carried = tokio::spawn(async move { carrier.carry(inside, asked).await });
    let (mut outside, _) = server.accept().await.unwrap();
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let mut heard = String::new();
    outside.read_to_string(&mut heard).await.unwrap();
    outside.write_all(b"answer").await.unwrap();
    drop(outside);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert_eq!((heard.as_str(), answer.as_str()), ("question", "answer"));
    carried.await.unwrap().unwrap();
}

#[tokio::test]
async fn nothing_of_the_host_or_around_it_is_reached() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let SocketAddr::V4(here) = server.local_addr().unwrap() else { return };
    let outside = Arc::new(Here::default());
    // Another port of the same address is not what was named.
    let named = SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 10), 443);
    let carrier = Carrier::new(outside.clone(), Named::from([(named, SocketAddr::V4(here))]));
    for asked in [
        here,
        SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, here.port()),
        SocketAddrV4::new(Ipv4Addr::new(169, 254, 169, 254), 80),
        SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 1), 80),
        SocketAddrV4::new(Ipv4Addr::new(192, 168, 0, 1), 80),
        SocketAddrV4::new(Ipv4Addr::new(172, 17, 0, 1), 80),
        SocketAddrV4::new(Ipv4Addr::new(198, 18, 0, 10), 443),
        SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 10), 444),
    ] {
        let (mut client, inside) = pair().await;
        let refused = carrier.carry(inside, asked).await.unwrap_err();
        assert!(matches!(refused, NotCarried::NotOutside(_)), "{asked}: {refused}");
        let ended = client.read(&mut [0; 1]).await.unwrap_err();
        assert_eq!(ended.kind(), std::io::ErrorKind::ConnectionReset, "{asked}");
    }
    assert_eq!(outside.0.load(Ordering::Relaxed), 0, "no socket was even opened");
}

//! Connections are used again when they can be, and never when they cannot.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use upstream::{Failure, Pool};

const PLAIN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n";
const CLOSING: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
const UNENDING: &str = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok";
const BROKEN: &str = "HTTP/1.1 2";

/// Gives each request the same answer, and closes a connection after so many.
struct Server {
    answer: &'static str,
    each: usize,
    connections: Cell<usize>,
    pool: Pool<&'static str, DuplexStream, Full<Bytes>>,
}

impl Server {
    fn new(answer: &'static str, each: usize) -> Self {
        Self { answer, each, connections: Cell::new(0), pool: Pool::new(Duration::from_secs(60), 8) }
    }

    async fn connect(&self) -> io::Result<DuplexStream> {
        self.connections.set(self.connections.get() + 1);
        let (own, other) = tokio::io::duplex(1 << 16);
        tokio::spawn(serve(other, self.answer, self.each));
        Ok(own)
    }

    async fn ask(&self) -> Result<String, Failure> {
        let request = Request::get("/").header("host", "h").body(Full::default()).unwrap();
        let response = self.pool.ask("it", request, self.connect()).await?;
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Ok(String::from_utf8(body.to_vec()).unwrap())
    }
}

async fn serve(mut stream: DuplexStream, answer: &'static str, each: usize) {
    for _ in 0..each {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

async fn check(answer: &'static str, each: usize, connections: usize) {
    let server = Server::new(answer, each);
    for _ in 0..3 {
        assert_eq!(server.ask().await.unwrap(), "ok", "{answer:?}");
    }
    assert_eq!(server.connections.get(), connections, "{answer:?}");
}

#[tokio::test]
async fn a_connection_is_used_again_once_its_answer_was_read() {
    check(PLAIN, usize::MAX, 1).await;
    check(CHUNKED, usize::MAX, 1).await;
}

#[tokio::test]
async fn one_that_the_server_closes_is_not() {
    check(CLOSING, usize::MAX, 3).await;
    check(PLAIN, 1, 3).await;
}

#[tokio::test]
async fn one_whose_answer_nobody_read_is_not() {
    let server = Server::new(UNENDING, usize::MAX);
    for connections in 1..3 {
        let request = Request::get("/").header("host", "h").body(Full::default()).unwrap();
        drop(server.pool.ask("it", request, server.connect()).await.unwrap());
        assert_eq!(server.connections.get(), connections);
    }
}

#[tokio::test]
async fn requests_at_the_same_time_have_connections_of_their_own() {
    let server = Server::new(PLAIN, usize::MAX);
    for _ in 0..20 {
        let (a, b) = tokio::join!(server.ask(), server.ask());
        assert_eq!((a.unwrap(), b.unwrap()), ("ok".to_owned(), "ok".to_owned()));
    }
    assert_eq!(server.connections.get(), 2);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error() {
    let server = Server::new(BROKEN, 1);
    assert!(matches!(server.ask().await, Err(Failure::Spoken(_))));
}

#[tokio::test(start_paused = true)]
async fn one_that_nobody_used_for_long_is_let_go() {
    let server = Server::new(PLAIN, usize::MAX);
    server.ask().await.unwrap();
    tokio::time::sleep(Duration::from_secs(59)).await;
    server.ask().await.unwrap();
    assert_eq!(server.connections.get(), 1);
    tokio::time::sleep(Duration::from_secs(61)).await;
    server.ask().await.unwrap();
    assert_eq!(server.connections.get(), 2);
}

/// A task's waker that counts the wakes that come while the task is polled.
struct Counting {
    task: Waker,
    is_polled: Arc<AtomicBool>,
    own: Arc<AtomicUsize>,
}

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        if self.is_polled.load(Ordering::SeqCst) {
            self.own.fetch_add(1, Ordering::SeqCst);
        }
        self.task.wake_by_ref();
    }
}

#[tokio::test]
async fn who_asks_does_not_wake_itself() {
    for answer in [PLAIN, CHUNKED] {
        let (server, own) = (Server::new(answer, usize::MAX), Arc::new(AtomicUsize::new(0)));
        for _ in 0..3 {
            let mut asking = pin!(server.ask());
            let asked = poll_fn(|context| {
                let is_polled = Arc::new(AtomicBool::new(true));
                let task = context.waker().clone();
                let waker = Counting { task, is_polled: is_polled.clone(), own: own.clone() };
                let polled = asking.as_mut().poll(&mut Context::from_waker(&Arc::new(waker).into()));
                is_polled.store(false, Ordering::SeqCst);
                polled
            });
            assert_eq!(asked.await.unwrap(), "ok");
        }
        assert_eq!(own.load(Ordering::SeqCst), 0, "{answer:?}");
    }
}

//! Interfaces that are the loopback, servers behind them, and clients.
#![allow(dead_code, reason = "each test uses a part")]

use balancer::Balancer;
use balancer::needs::{Certificates, FunctionFailure, Functions, Needs, Network, Pair, Pending, Tags};
use balancer::plan::{
    Action, Choice, Forward, ForwardedFor, Group, Listener, Node, Place, Plan, Protocol, Rule, Settings,
    Target,
};
use base::{ManualClock, NetworkInterfaceId, RandomIds, Timestamp};
use keyring::Keyring;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Interfaces that are all the loopback; a port of a plan becomes a free one.
#[derive(Default)]
struct Loopback {
    ports: Mutex<BTreeMap<u16, SocketAddr>>,
}

impl Network for Loopback {
    fn listen(&self, _: &NetworkInterfaceId, port: u16) -> io::Result<TcpListener> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        self.ports.lock().unwrap().insert(port, listener.local_addr()?);
        Ok(listener)
    }

    fn connect(&self, _: &NetworkInterfaceId, to: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
        TcpStream::connect_timeout(&to, timeout)
    }
}

struct Echo;

impl Functions for Echo {
    fn invoke<'a>(
        &'a self,
        function: &'a str,
        _: &'a str,
        event: Vec<u8>,
    ) -> Pending<'a, Result<Vec<u8>, FunctionFailure>> {
        let event: serde_json::Value = serde_json::from_slice(&event).unwrap();
        let answer = serde_json::json!({"statusCode": 200, "body": event["path"]}).to_string().into_bytes();
        Box::pin(async move { if function == "broken" { Err(FunctionFailure::Failed) } else { Ok(answer) } })
    }
}

/// Certificates and keys by ARN.
#[derive(Default)]
pub struct Shelf(Mutex<BTreeMap<String, (String, String)>>);

impl Shelf {
    pub fn put(&self, arn: &str, chain: String, key: String) {
        self.0.lock().unwrap().insert(arn.to_owned(), (chain, key));
    }
}

impl Certificates for Shelf {
    fn pair(&self, arn: &str) -> Option<Pair> {
        let held = self.0.lock().unwrap();
        held.get(arn).map(|(chain, key)| Pair { chain: chain.clone(), key: key.clone() })
    }
}

struct Keys(Keyring);

impl Tags for Keys {
    fn tag(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        self.0.tag(purpose, text)
    }
}

pub struct World {
    network: Arc<Loopback>,
    pub certificates: Arc<Shelf>,
    pub balancer: Arc<Balancer>,
}

impl World {
    pub fn new() -> Self {
        let (network, certificates) = (Arc::new(Loopback::default()), Arc::<Shelf>::default());
        let needs = Needs {
            network: network.clone(),
            functions: Arc::new(Echo),
            certificates: certificates.clone(),
            tags: Arc::new(Keys(Keyring::with_key(&[7; 32], Arc::new(RandomIds)))),
            ids: Arc::new(RandomIds),
            clock: Arc::new(ManualClock::at(Timestamp::from_secs(1_700_000_000))),
        };
        Self { network, certificates, balancer: Balancer::new(needs).unwrap() }
    }

    pub async fn follow(&self, protocol: Protocol, rules: Vec<Rule>) -> SocketAddr {
        self.serve(Listener { protocol, ..listener(rules) }).await
    }

    /// Serves one listener; where.
    pub async fn serve(&self, listener: Listener) -> SocketAddr {
        let port = listener.port;
        let node = Node {
            interface: NetworkInterfaceId::from("eni-1".to_owned()),
            listeners: vec![Arc::new(listener)],
        };
        let balancer = self.balancer.clone();
        let plan = Plan { nodes: vec![node] };
        tokio::task::spawn_blocking(move || balancer.follow(&plan)).await.unwrap();
        *self.network.ports.lock().unwrap().get(&port).unwrap()
    }
}

/// A listener that is patient, however busy the machine.
pub fn listener(rules: Vec<Rule>) -> Listener {
    let settings = Settings {
        idle_timeout: Duration::from_secs(60),
        forwarded_for: ForwardedFor::Append,
        client_port: false,
        preserve_host: false,
        drop_invalid_headers: true,
        tls_headers: false,
        has_server_header: true,
        answered_headers: Vec::new(),
    };
    Listener { arn: "listener".to_owned(), port: 80, protocol: Protocol::Http, tls: None, rules, settings }
}

pub fn forward(groups: Vec<Arc<Group>>) -> Rule {
    let groups = groups.into_iter().map(|group| (group, 1)).collect();
    Rule { conditions: Vec::new(), action: Action::Forward(Forward { groups, stickiness: None }) }
}

pub fn group(places: Vec<(&str, Place)>) -> Group {
    let target =
        |(id, place): (&str, Place)| Target { id: id.to_owned(), port: 80, place, is_draining: false };
    Group {
        arn: "group".to_owned(),
        part: String::new(),
        targets: places.into_iter().map(target).collect(),
        is_encrypted: false,
        proxy_protocol: false,
        check: None,
        stickiness: None,
        choice: Choice::RoundRobin,
        slow_start: None,
        multi_value_headers: false,
    }
}

/// A server that answers each request with its name and the lines that it got.
pub fn server(name: &'static str, status: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || serve(stream.unwrap(), name, status));
        }
    });
    address
}

/// A server that answers one request with this and then only waits for the end.
pub fn answering(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(listener.accept().unwrap().0);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap() == 0 {
                return;
            }
        }
        reader.get_mut().write_all(answer.replace('\n', "\r\n").as_bytes()).unwrap();
        let _ = reader.read_to_end(&mut Vec::new());
    });
    address
}

fn serve(stream: TcpStream, name: &str, status: &str) {
    speak(BufReader::new(stream), name, status);
}

/// Answers requests for as long as they come.
pub fn speak<S: Read + Write>(mut reader: BufReader<S>, name: &str, status: &str) {
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let body = format!("{name}\n{head}");
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: keep-alive\r\n\r\n{body}");
        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Sends one request and reads everything until the connection ends.
pub async fn ask(to: SocketAddr, request: &str) -> String {
    let request = request.replace('\n', "\r\n");
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(to).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    })
    .await
    .unwrap()
}

pub async fn get(to: SocketAddr, path: &str) -> String {
    ask(
        to,
        &format!("GET {path} HTTP/1.1\nHost: a.example:80\nX-Forwarded-For: 9.9.9.9\nX_Forwarded_For: 8.8.8.8\nConnection: close\n\n"),
    )
    .await
}

pub fn address(at: SocketAddr) -> Place {
    Place::Address(at)
}

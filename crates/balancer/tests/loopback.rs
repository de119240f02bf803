//! Nodes on the loopback interface: real requests and connections through them.
#![allow(clippy::unwrap_used)]

use balancer::needs::{FunctionFailure, Functions, Needs, Network, Pending};
use balancer::plan::{
    Action, Check, Choice, Forward, ForwardedFor, Group, Listener, Node, Place, Plan, Protocol, Redirect,
    Rule, Settings, Target,
};
use balancer::rules::Condition;
use balancer::{Balancer, Health};
use base::{ManualClock, NetworkInterfaceId, RandomIds, Timestamp};
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

struct World {
    network: Arc<Loopback>,
    balancer: Arc<Balancer>,
}

impl World {
    fn new() -> Self {
        let network = Arc::new(Loopback::default());
        let needs = Needs {
            network: network.clone(),
            functions: Arc::new(Echo),
            ids: Arc::new(RandomIds),
            clock: Arc::new(ManualClock::at(Timestamp::from_secs(1_700_000_000))),
        };
        Self { network, balancer: Balancer::new(needs) }
    }

    async fn follow(&self, protocol: Protocol, rules: Vec<Rule>) -> SocketAddr {
        let settings = Settings {
            idle_timeout: Duration::from_secs(1),
            forwarded_for: ForwardedFor::Append,
            client_port: false,
            preserve_host: false,
            drop_invalid_headers: true,
        };
        let listener = Listener { arn: "listener".to_owned(), port: 80, protocol, rules, settings };
        let node = Node {
            interface: NetworkInterfaceId::from("eni-1".to_owned()),
            listeners: vec![Arc::new(listener)],
        };
        let balancer = self.balancer.clone();
        let plan = Plan { nodes: vec![node] };
        tokio::task::spawn_blocking(move || balancer.follow(&plan)).await.unwrap();
        *self.network.ports.lock().unwrap().get(&80).unwrap()
    }
}

fn forward(groups: Vec<Arc<Group>>) -> Rule {
    let groups = groups.into_iter().map(|group| (group, 1)).collect();
    Rule { conditions: Vec::new(), action: Action::Forward(Forward { groups }) }
}

fn group(places: Vec<(&str, Place)>) -> Group {
    let target =
        |(id, place): (&str, Place)| Target { id: id.to_owned(), port: 80, place, is_draining: false };
    Group {
        arn: "group".to_owned(),
        part: String::new(),
        targets: places.into_iter().map(target).collect(),
        check: None,
        stickiness: None,
        choice: Choice::RoundRobin,
        multi_value_headers: false,
    }
}

/// A server that answers each request with its name and the lines that it got.
fn server(name: &'static str, status: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || serve(stream.unwrap(), name, status));
        }
    });
    address
}

fn serve(mut stream: TcpStream, name: &str, status: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
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
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Sends one request and reads everything until the connection ends.
async fn ask(to: SocketAddr, request: &str) -> String {
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

async fn get(to: SocketAddr, path: &str) -> String {
    ask(
        to,
        &format!("GET {path} HTTP/1.1\nHost: a.example:80\nX-Forwarded-For: 9.9.9.9\nX_Forwarded_For: 8.8.8.8\nConnection: close\n\n"),
    )
    .await
}

fn address(at: SocketAddr) -> Place {
    Place::Address(at)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_reaches_targets_in_turn_with_the_headers_that_aws_adds() {
    let world = World::new();
    let targets = vec![("a", address(server("a", "200 OK"))), ("b", address(server("b", "200 OK")))];
    let to = world.follow(Protocol::Http, vec![forward(vec![Arc::new(group(targets))])]).await;
    let mut names = Vec::new();
    for _ in 0..4 {
        let answer = get(to, "/x?y=%20").await.to_ascii_lowercase();
        for part in [
            "http/1.1 200 ok",
            "get /x?y=%20 http/1.1",
            "host: a.example\r",
            "x-forwarded-for: 9.9.9.9, 127.0.0.1",
            "x-forwarded-proto: http\r",
            "x-forwarded-port: 80\r",
            "x-amzn-trace-id: root=1-6553f100-",
        ] {
            assert!(answer.contains(part), "{part} in {answer}");
        }
        assert!(!answer.contains("x_forwarded_for"), "{answer}");
        names.push(answer.lines().find(|line| *line == "a" || *line == "b").unwrap().to_owned());
    }
    assert_eq!(names, ["a", "b", "a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_decide_and_the_load_balancer_answers_by_itself() {
    let world = World::new();
    let fixed =
        Action::FixedResponse { status: 418, content_type: "text/plain".to_owned(), body: "tea".to_owned() };
    let redirect = Action::Redirect(Redirect {
        status: 302,
        protocol: "HTTPS".to_owned(),
        host: "#{host}".to_owned(),
        port: "443".to_owned(),
        path: "/#{path}".to_owned(),
        query: "#{query}".to_owned(),
    });
    let path = |pattern: &str| vec![Condition::Path(vec![pattern.to_owned()])];
    let functions = |arn: &str| Arc::new(group(vec![(arn, Place::Function(arn.to_owned()))]));
    let rules = vec![
        Rule { conditions: path("/tea"), action: fixed },
        Rule { conditions: path("/old/*"), action: redirect },
        Rule {
            conditions: path("/broken"),
            ..forward(vec![Arc::new(Group {
                arn: "g2".to_owned(),
                ..group(vec![("broken", Place::Function("broken".to_owned()))])
            })])
        },
        Rule {
            conditions: path("/function"),
            ..forward(vec![Arc::new(Group { arn: "g3".to_owned(), ..Group::clone(&functions("f")) })])
        },
        forward(vec![Arc::new(group(Vec::new()))]),
    ];
    let to = world.follow(Protocol::Http, rules).await;
    let tea = get(to, "/tea").await;
    assert!(
        tea.starts_with("HTTP/1.1 418") && tea.contains("server: awselb/2.0") && tea.ends_with("tea"),
        "{tea}"
    );
    let moved = get(to, "/old/a?b=1").await;
    assert!(moved.contains("location: https://a.example:443/old/a?b=1\r\n"), "{moved}");
    assert!(get(to, "/broken").await.starts_with("HTTP/1.1 502 "));
    assert!(get(to, "/function").await.ends_with("\r\n\r\n/function"));
    let none = get(to, "/").await;
    assert!(
        none.starts_with("HTTP/1.1 503 ") && none.contains("503 Service Temporarily Unavailable"),
        "{none}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_gone_is_a_502_and_one_that_is_silent_a_504() {
    let world = World::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = (silent.local_addr().unwrap(), silent);
    for (at, wanted) in [(closed, "HTTP/1.1 502 Bad Gateway"), (silent.0, "HTTP/1.1 504 Gateway Time")] {
        let rule = forward(vec![Arc::new(group(vec![("a", address(at))]))]);
        let answer = get(world.follow(Protocol::Http, vec![rule]).await, "/").await;
        assert!(answer.starts_with(wanted), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sticky_client_stays_with_its_target() {
    let world = World::new();
    let targets = vec![("a", address(server("a", "200 OK"))), ("b", address(server("b", "200 OK")))];
    let sticky = Group { stickiness: Some(Duration::from_secs(9)), ..group(targets) };
    let to = world.follow(Protocol::Http, vec![forward(vec![Arc::new(sticky)])]).await;
    let first = get(to, "/").await;
    let cookie = first.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let pair = cookie.split(';').next().unwrap();
    for _ in 0..3 {
        let again = ask(to, &format!("GET / HTTP/1.1\nHost: a\nCookie: {pair}\nConnection: close\n\n")).await;
        assert!(again.contains("\r\n\r\na\nGET"), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_checks_leave_out_who_answers_wrongly() {
    let world = World::new();
    let check = Check {
        path: Some("/health".to_owned()),
        port: None,
        matcher: vec![200..=200],
        interval: Duration::from_millis(20),
        timeout: Duration::from_secs(1),
        healthy_threshold: 2,
        unhealthy_threshold: 2,
    };
    let targets = vec![("a", address(server("a", "404 Not Found"))), ("b", address(server("b", "200 OK")))];
    let checked = Group { check: Some(check), ..group(targets) };
    let to = world.follow(Protocol::Http, vec![forward(vec![Arc::new(checked)])]).await;
    let health = |target: &str| world.balancer.health("group", target, 80).unwrap();
    while health("a") == Health::Initial || health("b") == Health::Initial {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(health("b"), Health::Healthy);
    assert_eq!(health("a"), Health::Unhealthy(balancer::Reason::ResponseCodeMismatch(404)));
    for _ in 0..3 {
        assert!(get(to, "/").await.contains("\r\n\r\nb\nGET"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_two_readers_would_read_differently_are_refused() {
    let world = World::new();
    let rule = forward(vec![Arc::new(group(vec![("a", address(server("a", "200 OK")))]))]);
    let to = world.follow(Protocol::Http, vec![rule]).await;
    for request in [
        "GET / HTTP/1.1\n\n",
        "GET / HTTP/1.1\nHost: a\nHost: b\n\n",
        "POST / HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2\n\nxx",
        "POST / HTTP/1.1\nHost: a\nContent-Length: +1\n\nx",
        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked, x\n\n0\n\n",
        "GET / HTTP/1.1\nHost : a\n\n",
    ] {
        let answer = ask(to, request).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") || answer.is_empty(), "{request}: {answer}");
    }
    // With both, the chunks count and the length goes no further (RFC 9112, 6.3).
    let both =
        "POST / HTTP/1.1\nHost: a\nContent-Length: 4\nTransfer-Encoding: chunked\nConnection: close\n\n0\n\n";
    let answer = ask(to, both).await;
    assert!(!answer.to_ascii_lowercase().contains("content-length: 4\r"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_carried_as_it_is_and_reset_without_a_target() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        stream.write_all(text.to_uppercase().as_bytes()).unwrap();
    });
    let to =
        world.follow(Protocol::Tcp, vec![forward(vec![Arc::new(group(vec![("a", address(at))]))])]).await;
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(to).unwrap();
        stream.write_all(b"over tcp").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert_eq!(answer.await.unwrap(), "OVER TCP");
    let to = world.follow(Protocol::Tcp, vec![forward(vec![Arc::new(group(Vec::new()))])]).await;
    let reset =
        tokio::task::spawn_blocking(move || TcpStream::connect(to).unwrap().read(&mut [0]).unwrap_err());
    assert_eq!(reset.await.unwrap().kind(), io::ErrorKind::ConnectionReset);
}

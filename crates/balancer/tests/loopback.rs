//! Nodes on the loopback interface: real requests and connections through them.
#![allow(clippy::unwrap_used)]

mod support;

use balancer::Health;
use balancer::plan::{
    Action, Check, Forward, Group, Listener, Place, Protocol, Redirect, Rule, Settings, Stickiness,
};
use balancer::rules::Condition;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use support::{World, address, answering, ask, forward, get, group, listener, server};

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
    // Nobody else comes to listen at the first port.
    let closed = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = (silent.local_addr().unwrap(), silent);
    for (at, wanted, patience) in
        [(closed, "HTTP/1.1 502 Bad Gateway", 60), (silent.0, "HTTP/1.1 504 Gateway Time", 1)]
    {
        let plain = listener(vec![forward(vec![Arc::new(group(vec![("a", address(at))]))])]);
        let settings = Settings { idle_timeout: Duration::from_secs(patience), ..plain.settings.clone() };
        let answer = get(world.serve(Listener { settings, ..plain }).await, "/").await;
        assert!(answer.starts_with(wanted), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sticky_client_stays_with_its_target() {
    let world = World::new();
    let targets = vec![("a", address(server("a", "200 OK"))), ("b", address(server("b", "200 OK")))];
    let sticky = Group { stickiness: Some(Stickiness::Cookie(Duration::from_secs(9))), ..group(targets) };
    let to = world.follow(Protocol::Http, vec![forward(vec![Arc::new(sticky)])]).await;
    let first = get(to, "/").await;
    assert!(first.contains("; Path=/; SameSite=None; Secure\r\n"), "{first}");
    let own = cookies(&first);
    let (plain, other_sites) = own.split_once("; ").unwrap();
    assert!(plain.starts_with("AWSALB=") && other_sites.starts_with("AWSALBCORS="), "{own}");
    for pair in [plain, other_sites, &own] {
        assert_eq!([whom(to, pair).await, whom(to, pair).await], ["a", "a"], "{pair}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_make_up_a_cookie_that_chooses_its_target() {
    let world = World::new();
    let targets = || vec![("a", address(server("a", "200 OK"))), ("b", address(server("b", "200 OK")))];
    let stickiness = Some(Stickiness::Cookie(Duration::from_secs(9)));
    let sticky = Group { stickiness: stickiness.clone(), ..group(targets()) };
    let other = Group { arn: "other".to_owned(), stickiness, ..group(targets()) };
    let to = world.follow(Protocol::Http, vec![forward(vec![Arc::new(other)])]).await;
    let of_other_group = cookies(&get(to, "/").await);
    let to = world.follow(Protocol::Http, vec![forward(vec![Arc::new(sticky)])]).await;
    // The first is what a target's name is in base64.
    for made_up in ["AWSALB=YTo4MA", "AWSALB=a:80", "AWSALBCORS=YTo4MA", "AWSALB=", &of_other_group] {
        assert_eq!([whom(to, made_up).await, whom(to, made_up).await], ["a", "b"], "{made_up}");
    }
}

/// The name of the target that a client with these cookies reaches.
async fn whom(to: SocketAddr, cookies: &str) -> String {
    let answer = ask(to, &format!("GET / HTTP/1.1\nHost: a\nCookie: {cookies}\nConnection: close\n\n")).await;
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    body.lines().next().unwrap_or_default().to_owned()
}

/// What the client sends back of an answer's cookies.
fn cookies(answer: &str) -> String {
    let set = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    set.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_stays_with_its_target_group() {
    let world = World::new();
    let named = |arn: &str, at| Arc::new(Group { arn: arn.to_owned(), ..group(vec![(arn, address(at))]) });
    let groups = vec![(named("a", server("a", "200 OK")), 1), (named("b", server("b", "200 OK")), 1)];
    let stickiness = Some(Duration::from_secs(60));
    let action = Action::Forward(Forward { groups, stickiness });
    let to = world.follow(Protocol::Http, vec![Rule { conditions: Vec::new(), action }]).await;
    let first = get(to, "/").await;
    let (cookies, name) = (cookies(&first), first.split("\r\n\r\n").nth(1).unwrap()[..1].to_owned());
    assert!(cookies.starts_with("AWSALBTG=") && cookies.contains("; AWSALBTGCORS="), "{first}");
    for _ in 0..4 {
        let again =
            ask(to, &format!("GET / HTTP/1.1\nHost: a\nCookie: {cookies}\nConnection: close\n\n")).await;
        assert!(again.contains(&format!("\r\n\r\n{name}\nGET")), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_stays_once_the_application_has_set_its_cookie() {
    let world = World::new();
    let targets = vec![
        ("a", address(server("a", "200 OK\r\nSet-Cookie: session=1"))),
        ("b", address(server("b", "200 OK"))),
    ];
    let sticky = Stickiness::AfterCookie("session".to_owned(), Duration::from_secs(9));
    let group = Group { stickiness: Some(sticky), ..group(targets) };
    let to = world.follow(Protocol::Http, vec![forward(vec![Arc::new(group)])]).await;
    let (one, two) = (get(to, "/").await, get(to, "/").await);
    assert!(one.contains("AWSALBAPP-0=") && !two.contains("AWSALBAPP-0="), "{one}\n{two}");
    for _ in 0..3 {
        let again =
            ask(to, &format!("GET / HTTP/1.1\nHost: a\nCookie: {}\nConnection: close\n\n", cookies(&one)))
                .await;
        assert!(again.contains("\r\n\r\na\nGET"), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_headers_of_the_listener() {
    let world = World::new();
    let action =
        Action::FixedResponse { status: 200, content_type: "text/plain".to_owned(), body: String::new() };
    let plain = listener(vec![Rule { conditions: Vec::new(), action }]);
    let answered_headers = vec![("x-frame-options".to_owned(), "DENY".to_owned())];
    let settings = Settings { has_server_header: false, answered_headers, ..plain.settings.clone() };
    let to = world.serve(Listener { settings, ..plain }).await;
    let answer = get(to, "/").await;
    assert!(answer.contains("x-frame-options: DENY\r\n") && !answer.contains("awselb"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_checks_leave_out_who_answers_wrongly() {
    let world = World::new();
    let check = Check {
        path: Some("/health".to_owned()),
        is_encrypted: false,
        port: None,
        matcher: vec![200..=200],
        interval: Duration::from_millis(20),
        timeout: Duration::from_secs(30),
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
    let plain = listener(vec![forward(vec![Arc::new(group(vec![("a", address(server("a", "200 OK")))]))])]);
    // Those that do not ask for an end wait for it; and none waits for an answer.
    let settings = Settings { idle_timeout: Duration::from_secs(1), ..plain.settings.clone() };
    let to = world.serve(Listener { settings, ..plain }).await;
    for request in [
        "GET / HTTP/1.1\n\n",
        "GET / HTTP/1.1\nHost: a\nHost: b\n\n",
        "POST / HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2\n\nxx",
        "POST / HTTP/1.1\nHost: a\nContent-Length: +1\n\nx",
        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked, x\n\n0\n\n",
        "POST / HTTP/1.1\nHost: a\nContent-Length: 1, 1\n\nx",
        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTransfer-Encoding: identity\n\n0\n\n",
        "POST / HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n\n0\n\n",
        "GET / HTTP/1.1\nHost : a\n\n",
        "GET / HTTP/1.1\nHost: a\nX-Folded: a\n b\n\n",
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
async fn what_a_target_says_of_its_connection_goes_no_further() {
    let world = World::new();
    let target = answering(
        "HTTP/1.1 200 OK\nContent-Length: 3\nTransfer-Encoding: chunked\nConnection: X-Private\nX-Private: 1\n\n5\nhello\n0\n\n",
    );
    let to = world
        .follow(Protocol::Http, vec![forward(vec![Arc::new(group(vec![("a", address(target))]))])])
        .await;
    let answer = get(to, "/").await.to_ascii_lowercase();
    assert!(!answer.contains("content-length") && !answer.contains("x-private"), "{answer}");
    assert!(answer.contains("\r\n5\r\nhello\r\n0\r\n"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_falls_silent_in_the_middle_is_waited_for_no_longer() {
    let world = World::new();
    let until_silent = async |target| {
        let plain = listener(vec![forward(vec![Arc::new(group(vec![("a", address(target))]))])]);
        let settings = Settings { idle_timeout: Duration::from_secs(1), ..plain.settings.clone() };
        world.serve(Listener { settings, ..plain }).await
    };
    let never_answers = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = until_silent(never_answers.local_addr().unwrap()).await;
    let answer = ask(to, "POST / HTTP/1.1\nHost: a\nContent-Length: 9\n\nhalf").await;
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout"), "{answer}");
    let to = until_silent(answering("HTTP/1.1 200 OK\nContent-Length: 9\n\nhalf")).await;
    let answer = get(to, "/").await;
    assert!(answer.ends_with("\r\n\r\nhalf"), "{answer}");
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

//! The runtime's side of the conversation, spoken in raw HTTP.

#![allow(clippy::unwrap_used, clippy::panic)]

use base::Timestamp;
use bytes::Bytes;
use expect_test::{Expect, expect};
use runtime_api::{Event, InvokeError, MAX_RESPONSE_BYTES, Outcome, RuntimeApi, Session};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn start() -> (Session, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (RuntimeApi::serve(listener).unwrap(), address)
}

fn event(id: &str) -> Event {
    Event {
        request_id: id.to_owned(),
        payload: Bytes::from_static(b"{\"n\":1}"),
        deadline: Timestamp(1_767_323_045_678),
        function_arn: "arn:aws:lambda:us-east-1:000000000000:function:f".to_owned(),
        trace_id: Some(
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0".to_owned(),
        ),
        client_context: Some("{\"custom\":{}}".to_owned()),
        cognito_identity: None,
    }
}

/// One request on a connection of its own; the answer without its date.
async fn ask(address: SocketAddr, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    // A refusal may come, and the connection close, before the whole body is sent.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8(answer).unwrap().replace("\r\n", "\n");
    text.lines().filter(|l| !l.starts_with("date: ")).collect::<Vec<_>>().join("\n")
}

async fn next(address: SocketAddr) -> String {
    ask(address, "GET /2018-06-01/runtime/invocation/next HTTP/1.1", b"").await
}

async fn post(address: SocketAddr, path: &str, body: &[u8]) -> String {
    let head = format!(
        "POST /2018-06-01/runtime/{path} HTTP/1.1\r\nLambda-Runtime-Function-Error-Type: Runtime.Whatever"
    );
    ask(address, &head, body).await
}

fn check(answer: &str, expected: Expect) {
    expected.assert_eq(answer);
}

#[tokio::test]
async fn another_may_listen_when_a_session_is_closed() {
    let (session, address) = start();
    let _asking = tokio::spawn(next(address));
    session.ready().await.unwrap();
    session.close();
    session.unserved().await;
    std::net::TcpListener::bind(address).unwrap();
}

#[tokio::test]
async fn an_event_is_asked_for_answered_and_the_next_one_follows() {
    let (session, address) = start();
    let (asked, outcome) = tokio::join!(next(address), async {
        session.ready().await.unwrap();
        let invoked = tokio::spawn({
            let session = session.clone();
            async move { session.invoke(event("id-1")).await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        let accepted = post(address, "invocation/id-1/response", b"\"done\"").await;
        check(
            &accepted,
            expect![[r#"
                HTTP/1.1 202 Accepted
                content-type: application/json
                connection: close
                content-length: 16

                {"status":"OK"}"#]],
        );
        invoked.await.unwrap()
    });
    check(
        &asked,
        expect![[r#"
            HTTP/1.1 200 OK
            content-type: application/json
            lambda-runtime-aws-request-id: id-1
            lambda-runtime-deadline-ms: 1767323045678
            lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:000000000000:function:f
            lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0
            lambda-runtime-client-context: {"custom":{}}
            connection: close
            content-length: 7

            {"n":1}"#]],
    );
    assert_eq!(outcome, Ok(Outcome::Response(Bytes::from_static(b"\"done\""))));

    let (asked, outcome) = tokio::join!(next(address), async {
        session.parked().await.unwrap();
        let session = session.clone();
        let invoked = tokio::spawn(async move { session.invoke(event("id-2")).await });
        tokio::time::sleep(Duration::from_millis(20)).await;
        post(address, "invocation/id-2/error", b"{\"errorMessage\":\"no\"}").await;
        invoked.await.unwrap()
    });
    assert!(asked.contains("aws-request-id: id-2"), "{asked}");
    match outcome {
        Ok(Outcome::Error(error)) => {
            assert_eq!(error.error_type.as_deref(), Some("Runtime.Whatever"));
            assert_eq!(&error.body[..], b"{\"errorMessage\":\"no\"}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_event_given_before_the_runtime_asks_waits_for_it() {
    let (session, address) = start();
    let invoked = tokio::spawn({
        let session = session.clone();
        async move { session.invoke(event("early")).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(session.invoke(event("second")).await, Err(InvokeError::Busy));
    assert!(next(address).await.contains("aws-request-id: early"));
    assert_eq!(session.invoke(event("second")).await, Err(InvokeError::Busy));
    post(address, "invocation/early/response", b"1").await;
    assert_eq!(invoked.await.unwrap(), Ok(Outcome::Response(Bytes::from_static(b"1"))));
}

#[tokio::test]
async fn what_comes_in_the_wrong_order_is_refused() {
    let (session, address) = start();
    check(
        &post(address, "invocation/nobody/response", b"1").await,
        expect![[r#"
            HTTP/1.1 400 Bad Request
            content-type: application/json
            connection: close
            content-length: 69

            {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}"#]],
    );
    let invoked = tokio::spawn({
        let session = session.clone();
        async move { session.invoke(event("one")).await }
    });
    next(address).await;
    check(
        &next(address).await,
        expect![[r#"
            HTTP/1.1 403 Forbidden
            content-type: application/json
            connection: close
            content-length: 154

            {"errorMessage":"State transition from Running to Ready failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}"#]],
    );
    assert!(post(address, "invocation/two/response", b"1").await.contains("InvalidRequestID"));
    assert!(post(address, "init/error", b"{}").await.contains("from Running to InitError"));
    post(address, "invocation/one/response", b"1").await;
    let twice = post(address, "invocation/one/error", b"1").await;
    assert!(twice.contains("from InvocationResponse to InvocationErrorResponse"), "{twice}");
    assert_eq!(invoked.await.unwrap(), Ok(Outcome::Response(Bytes::from_static(b"1"))));
}

#[tokio::test]
async fn a_failed_initialisation_reaches_whoever_waits() {
    let (session, address) = start();
    let invoked = tokio::spawn({
        let session = session.clone();
        async move { session.invoke(event("one")).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let accepted = post(address, "init/error", b"{\"errorType\":\"X\"}").await;
    assert!(accepted.starts_with("HTTP/1.1 202"), "{accepted}");
    let Err(InvokeError::InitFailed(error)) = invoked.await.unwrap() else { panic!() };
    assert_eq!(&error.body[..], b"{\"errorType\":\"X\"}");
    assert_eq!(session.ready().await, Err(InvokeError::InitFailed(error.clone())));
    assert_eq!(session.parked().await, Err(InvokeError::InitFailed(error.clone())));
    assert_eq!(session.invoke(event("two")).await, Err(InvokeError::InitFailed(error)));
    assert!(next(address).await.contains("from InitError to Ready"));
}

#[tokio::test]
async fn an_answer_over_six_megabytes_is_an_error_on_both_sides() {
    for (size, fits) in [(MAX_RESPONSE_BYTES, true), (MAX_RESPONSE_BYTES + 1, false)] {
        let (session, address) = start();
        let invoked = tokio::spawn(async move { session.invoke(event("big")).await });
        next(address).await;
        let answer = post(address, "invocation/big/response", &vec![b'1'; size]).await;
        let outcome = invoked.await.unwrap();
        if fits {
            assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
            assert!(matches!(outcome, Ok(Outcome::Response(body)) if body.len() == size));
        } else {
            let Ok(Outcome::Error(error)) = outcome else { panic!("{outcome:?}") };
            expect![[r#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#]]
                .assert_eq(std::str::from_utf8(&error.body).unwrap());
        }
    }
}

#[tokio::test]
async fn a_closed_session_answers_nobody() {
    let (session, address) = start();
    let waiting = tokio::spawn({
        let session = session.clone();
        async move { session.invoke(event("one")).await }
    });
    next(address).await;
    session.close();
    assert_eq!(waiting.await.unwrap(), Err(InvokeError::Closed));
    assert_eq!(session.ready().await, Err(InvokeError::Closed));
    assert_eq!(session.invoke(event("two")).await, Err(InvokeError::Closed));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn an_ask_that_broke_off_loses_no_event() {
    let (session, address) = start();
    let broken = tokio::spawn(next(address));
    session.ready().await.unwrap();
    broken.abort();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let invoked = tokio::spawn({
        let session = session.clone();
        async move { session.invoke(event("kept")).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(next(address).await.contains("aws-request-id: kept"));
    post(address, "invocation/kept/response", b"1").await;
    assert!(invoked.await.unwrap().is_ok());
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there_are_refused() {
    let (_session, address) = start();
    for head in [
        "GET / HTTP/1.1",
        "GET /2018-06-01/runtime/restore/next HTTP/1.1",
        "GET /2020-01-01/extension/register HTTP/1.1",
    ] {
        assert!(ask(address, head, b"").await.starts_with("HTTP/1.1 404"), "{head}");
    }
    let answer = ask(address, "POST /2018-06-01/runtime/invocation/next HTTP/1.1", b"").await;
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
}

#[tokio::test]
async fn metadata_that_breaks_a_header_is_refused_before_it_is_sent() {
    let (session, _) = start();
    let mut bad = event("one");
    bad.client_context = Some("{\n}".to_owned());
    assert_eq!(session.invoke(bad).await, Err(InvokeError::Metadata));
}

//! WebSocket clients: the handshake, messages both ways, limits, and every way to end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed step must fail the test")]

mod support;

use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use support::{Door, host_door};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

type Socket = WebSocketStream<TcpStream>;

async fn connect(door: &Door, path: &str, protocol: Option<&str>) -> Result<(Socket, Response), Error> {
    let address = door.serving.as_ref().unwrap().address();
    let mut request = format!("ws://localhost/_aws/execute-api/a1{path}").into_client_request().unwrap();
    if let Some(protocol) = protocol {
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
    }
    client_async(request, TcpStream::connect(address).await.unwrap()).await
}

/// Waits until a conversation is over, and says how it ended.
async fn ended(door: &Door) -> (u16, String) {
    for _ in 0..6000 {
        if let Some(end) = door.ended.lock().unwrap().pop() {
            return end;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the conversation did not end")
}

/// The close frame that the server sent.
async fn goodbye(socket: &mut Socket) -> (u16, String) {
    let mut heard = None;
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Close(Some(frame)) = message {
            heard = Some((frame.code.into(), frame.reason.to_string()));
        }
    }
    heard.unwrap()
}

#[test]
fn messages_go_both_ways() {
    let door = host_door();
    door.runtime.block_on(async {
        let (mut socket, response) = connect(&door, "/v1", Some("chat")).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "chat");
        for message in
            [Message::text("hello"), Message::binary(vec![0xff, 0]), Message::text("x".repeat(32 << 10))]
        {
            socket.send(message.clone()).await.unwrap();
            assert_eq!(socket.next().await.unwrap().unwrap(), message);
        }
        socket.send(Message::Ping("p".into())).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::Pong("p".into()));
        socket.close(None).await.unwrap();
        assert_eq!(ended(&door).await, (1005, String::new()));
    });
}

#[test]
fn a_refused_client_hears_the_api_s_answer() {
    let door = host_door();
    door.runtime.block_on(async {
        match connect(&door, "/other", None).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 403),
            other => panic!("{other:?}"),
        }
    });
    // Without the words of a handshake it is a request like others.
    assert_eq!(door.raw(b"GET /_aws/execute-api/a1/v1 HTTP/1.1\r\nhost: localhost\r\n\r\n").status, 200);
}

#[test]
fn the_server_ends_it() {
    let door = host_door();
    door.runtime.block_on(async {
        let (mut socket, _) = connect(&door, "/v1", None).await.unwrap();
        socket.send(Message::text("bye")).await.unwrap();
        let end = (1000, "Connection closed by the server".to_owned());
        assert_eq!((goodbye(&mut socket).await, ended(&door).await), (end.clone(), end));
        // A silent client is sent away.
        let (mut socket, _) = connect(&door, "/v1", Some("brief")).await.unwrap();
        assert_eq!(goodbye(&mut socket).await.0, 1001);
        assert_eq!(ended(&door).await, (1001, "Going away".to_owned()));
    });
}

#[test]
fn what_is_too_large_ends_it() {
    let door = host_door();
    door.runtime.block_on(async {
        let (mut socket, _) = connect(&door, "/v1", None).await.unwrap();
        socket.send(Message::text("x".repeat((32 << 10) + 1))).await.unwrap();
        assert_eq!(goodbye(&mut socket).await, (1009, "Message Too Long".to_owned()));
        assert_eq!(ended(&door).await.0, 1009);
    });
}

#[test]
fn a_client_that_is_cut_off_has_gone() {
    let door = host_door();
    door.runtime.block_on(async {
        let (socket, _) = connect(&door, "/v1", None).await.unwrap();
        drop(socket);
        assert_eq!(ended(&door).await, (1006, "Connection Closed Abnormally".to_owned()));
    });
}

#[test]
fn a_door_that_shuts_sends_clients_away() {
    let mut door = host_door();
    let serving = door.serving.take().unwrap();
    let address = serving.address();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut socket = runtime.block_on(async {
        let request = "ws://localhost/_aws/execute-api/a1/v1".into_client_request().unwrap();
        client_async(request, TcpStream::connect(address).await.unwrap()).await.unwrap().0
    });
    door.runtime.spawn(serving.shut_down(Duration::from_secs(60)));
    assert_eq!(runtime.block_on(goodbye(&mut socket)).0, 1001);
    assert_eq!(runtime.block_on(ended(&door)).0, 1001);
}

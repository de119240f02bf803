//! WebSocket clients of APIs: the handshake, and the messages both ways. What a message is for is the
//! API's business ([`crate::Apis::connect`]).
//! <https://www.rfc-editor.org/rfc/rfc6455>

use crate::answer::Arrival;
use crate::apis::{self, ApiCall};
use crate::connection::told_to_stop;
use crate::listen::Parts;
use crate::message::{self, Outgoing};
use crate::{ApiAddress, ApiKind};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};
use wire::http::{Request, Response};

/// Messages to one client that wait to be written; a client that reads none gets no more.
const WAITING: usize = 256;
/// Messages of one client that are answered at a time; further ones wait in the socket.
const ANSWERED_AT_ONCE: usize = 16;
/// How long a client may take to take in one message.
const WRITE: Duration = Duration::from_secs(30);
/// How long a client may take to say good-bye.
const GOODBYE: Duration = Duration::from_secs(2);

/// A message to a client, or the end.
#[derive(Debug)]
pub enum ToClient {
    Message(Vec<u8>),
    Close,
}

/// The way to one client.
pub type Client = mpsc::Sender<ToClient>;

pub type Told<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What an API does with a client that it let in.
pub trait Conversation: Send + Sync {
    fn received(&self, message: Vec<u8>) -> Told<'_>;

    /// The client has gone, or was sent away.
    fn closed(&self, code: u16, reason: String) -> Told<'_>;
}

/// A client that an API lets in.
pub struct Accepted {
    pub conversation: Arc<dyn Conversation>,
    /// Of the protocols that the client offered.
    pub protocol: Option<String>,
    pub idle: Duration,
    pub lifetime: Duration,
    pub message_bytes: usize,
    pub frame_bytes: usize,
}

/// Whether an API lets a client in.
pub type Connecting<'a> = Pin<Box<dyn Future<Output = Result<Accepted, Response>> + Send + 'a>>;

type Talk = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The conversation that a connection goes on with after its handshake.
#[derive(Clone, Default)]
pub(crate) struct Afterwards(Arc<Mutex<Option<Talk>>>);

impl Afterwards {
    fn put(&self, talk: Talk) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(talk);
    }

    pub(crate) fn take(&self) -> Option<Talk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Where a request for a conversation goes; nothing for any other request.
pub(crate) fn asked(
    parts: &Parts,
    arrival: &Arrival,
    request: &hyper::Request<Incoming>,
) -> Option<(ApiAddress, Request)> {
    let has = |name: &str, wanted: &str| {
        let values = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|text| text.split(',')).any(|one| one.trim().eq_ignore_ascii_case(wanted))
    };
    let is_asked = request.method() == hyper::Method::GET
        && has("connection", "upgrade")
        && has("upgrade", "websocket")
        && has("sec-websocket-version", "13")
        && request.headers().contains_key("sec-websocket-key");
    if !is_asked {
        return None;
    }
    let (head, ()) = request_head(request).into_parts();
    let plain = message::head(&head).ok()?;
    let address = apis::address(parts, arrival, &plain)?;
    (address.kind != ApiKind::FunctionUrl).then_some((address, plain))
}

fn request_head(request: &hyper::Request<Incoming>) -> hyper::Request<()> {
    let mut head = hyper::Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    head
}

/// Asks the API, and has the connection go on as a conversation if it lets the client in.
pub(crate) async fn open(
    parts: Arc<Parts>,
    arrival: Arrival,
    (address, request): (ApiAddress, Request),
    upgrade: OnUpgrade,
    afterwards: Afterwards,
    stopped: watch::Receiver<bool>,
) -> hyper::Response<Outgoing> {
    let request_id = parts.ids.uuid();
    let key = request.header("sec-websocket-key").unwrap_or_default().to_owned();
    let signer = apis::signer(&parts, &arrival, &request, &request_id, address.kind.signing_name());
    let signer = match signer {
        Ok(signer) => signer,
        Err(fault) => return message::outgoing(apis::unread(&fault), &request_id),
    };
    let (now, source) = (parts.clock.now(), arrival.source());
    let call = ApiCall { address, request, source, request_id: request_id.clone(), now, signer };
    let (client, from_api) = mpsc::channel(WAITING);
    let accepted = match parts.apis.connect(call, client).await {
        Ok(accepted) => accepted,
        Err(response) => return message::outgoing(response, &request_id),
    };
    let response = switching(&key, accepted.protocol.as_deref());
    afterwards.put(Box::pin(talk(upgrade, accepted, from_api, stopped)));
    message::outgoing(response, &request_id)
}

fn switching(key: &str, protocol: Option<&str>) -> Response {
    let mut headers = vec![
        ("connection".to_owned(), "upgrade".to_owned()),
        ("upgrade".to_owned(), "websocket".to_owned()),
        ("sec-websocket-accept".to_owned(), derive_accept_key(key.as_bytes())),
    ];
    headers.extend(protocol.map(|name| ("sec-websocket-protocol".to_owned(), name.to_owned())));
    Response { status: 101, headers, ..Response::default() }
}

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Why a conversation ended: the code and text that the API hears, and whether the client is told.
struct End {
    code: u16,
    reason: String,
    tell: bool,
}

async fn talk(
    upgrade: OnUpgrade,
    accepted: Accepted,
    from_api: mpsc::Receiver<ToClient>,
    stopped: watch::Receiver<bool>,
) {
    let conversation = accepted.conversation.clone();
    let end = match upgrade.await {
        Ok(upgraded) => converse(upgraded, &accepted, from_api, stopped).await,
        Err(error) => End { code: 1006, reason: error.to_string(), tell: false },
    };
    conversation.closed(end.code, end.reason).await;
}

async fn converse(
    upgraded: Upgraded,
    accepted: &Accepted,
    from_api: mpsc::Receiver<ToClient>,
    stopped: watch::Receiver<bool>,
) -> End {
    let config = WebSocketConfig::default()
        .max_message_size(Some(accepted.message_bytes))
        .max_frame_size(Some(accepted.frame_bytes));
    let io = TokioIo::new(upgraded);
    let mut socket: Socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let end = until_end(&mut socket, accepted, from_api, stopped).await;
    let goodbye = async {
        if end.tell {
            let frame = CloseFrame { code: CloseCode::from(end.code), reason: end.reason.clone().into() };
            let _ = socket.close(Some(frame)).await;
        }
        while let Some(Ok(_)) = socket.next().await {}
    };
    let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    end
}

async fn until_end(
    socket: &mut Socket,
    accepted: &Accepted,
    mut from_api: mpsc::Receiver<ToClient>,
    mut stopped: watch::Receiver<bool>,
) -> End {
    // What a client asked for is done though it does not wait for it, so the set is let go at the end.
    let mut answering = Answering(JoinSet::new());
    let over = Instant::now() + accepted.lifetime;
    let mut idle = Instant::now() + accepted.idle;
    loop {
        while answering.0.try_join_next().is_some() {}
        let has_room = answering.0.len() < ANSWERED_AT_ONCE;
        tokio::select! {
            () = tokio::time::sleep_until(over.min(idle)) => return sent_away(CloseCode::Away, "Going away"),
            () = told_to_stop(&mut stopped) => return sent_away(CloseCode::Away, "Going away"),
            Some(_) = answering.0.join_next(), if !has_room => {}
            told = from_api.recv() => {
                let Some(ToClient::Message(bytes)) = told else {
                    return sent_away(CloseCode::Normal, "Connection closed by the server");
                };
                match tokio::time::timeout(WRITE, socket.send(frame(bytes))).await {
                    Ok(Ok(())) => {}
                    _ => return gone(),
                }
                idle = Instant::now() + accepted.idle;
            }
            read = socket.next(), if has_room => {
                match heard(read) {
                    Ok(Some(message)) => {
                        let conversation = accepted.conversation.clone();
                        answering.0.spawn(async move { conversation.received(message).await });
                    }
                    Ok(None) => {}
                    Err(end) => return end,
                }
                idle = Instant::now() + accepted.idle;
            }
        }
    }
}

/// Tasks that go on when they are let go.
struct Answering(JoinSet<()>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.detach_all();
    }
}

/// A message for the API; nothing where the client said nothing to it; or the end.
fn heard(read: Option<Result<Message, Error>>) -> Result<Option<Vec<u8>>, End> {
    match read {
        Some(Ok(Message::Close(frame))) => Err(closed_by(frame)),
        Some(Ok(message)) if message.is_text() || message.is_binary() => {
            Ok(Some(message.into_data().to_vec()))
        }
        // Pings are answered on the way.
        Some(Ok(_)) => Ok(None),
        Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
            Err(sent_away(CloseCode::Size, "Message Too Long"))
        }
        Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))) => Err(gone()),
        Some(Err(Error::Protocol(_) | Error::Utf8(_))) => {
            Err(sent_away(CloseCode::Protocol, "Protocol error"))
        }
        Some(Err(_)) | None => Err(gone()),
    }
}

fn frame(bytes: Vec<u8>) -> Message {
    match String::from_utf8(bytes) {
        Ok(text) => Message::text(text),
        Err(binary) => Message::binary(Bytes::from(binary.into_bytes())),
    }
}

fn sent_away(code: CloseCode, reason: &str) -> End {
    End { code: u16::from(code), reason: reason.to_owned(), tell: true }
}

fn gone() -> End {
    End { code: 1006, reason: "Connection Closed Abnormally".to_owned(), tell: false }
}

fn closed_by(frame: Option<CloseFrame>) -> End {
    match frame {
        Some(frame) => End { code: frame.code.into(), reason: frame.reason.to_string(), tell: false },
        None => End { code: 1005, reason: String::new(), tell: false },
    }
}

//! Brings one subscriber its messages: a batch when it is full or its time has come, again after a pause when the
//! subscriber did not take it. Nothing is sent to an environment that is stopped.

use super::Telemetry;
use super::queue::{Fill, Queue};
use super::subscription::Destination;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// How long a subscriber may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub async fn deliver(telemetry: Telemetry, queue: Arc<Queue>) {
    let mut ended = telemetry.0.ended.subscribe();
    tokio::select! {
        _ = ended.wait_for(|ended| *ended) => {}
        () = deliver_all(&telemetry, &queue) => {}
    }
}

async fn deliver_all(telemetry: &Telemetry, queue: &Queue) {
    let mut line = None;
    while filled(queue).await {
        let batch = queue.take(telemetry.0.clock.now());
        let mut pause = FIRST_PAUSE;
        while let Err(error) = attempt(telemetry, queue, &batch, &mut line).await {
            tracing::debug!(%error, "telemetry was not taken");
            line = None;
            if queue.fill() == Fill::Ended {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Waits until there is a batch; false when none will be wanted any more.
async fn filled(queue: &Queue) -> bool {
    loop {
        match queue.fill() {
            Fill::Nothing => queue.news.notified().await,
            Fill::Some => break,
            Fill::Batch => return true,
            Fill::Ended => return false,
        }
    }
    let full = async {
        while queue.fill() == Fill::Some {
            queue.news.notified().await;
        }
    };
    let _ = tokio::time::timeout(queue.subscription.buffering.timeout, full).await;
    queue.fill() != Fill::Ended
}

/// Counted while it lasts, so that the environment is not stopped in the middle.
async fn attempt(
    telemetry: &Telemetry,
    queue: &Queue,
    batch: &[String],
    line: &mut Option<TcpStream>,
) -> io::Result<()> {
    let inner = &telemetry.0;
    let mut awake = inner.awake.subscribe();
    loop {
        awake.wait_for(|awake| *awake).await.map_err(io::Error::other)?;
        inner.delivering.fetch_add(1, Ordering::SeqCst);
        // It may have been about to stop; whoever stops it looks at the count after saying so.
        if *inner.awake.borrow() {
            break;
        }
        inner.delivering.fetch_sub(1, Ordering::SeqCst);
    }
    let sent = tokio::time::timeout(PATIENCE, send(telemetry, queue, batch, line)).await;
    inner.delivering.fetch_sub(1, Ordering::SeqCst);
    sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn send(
    telemetry: &Telemetry,
    queue: &Queue,
    batch: &[String],
    line: &mut Option<TcpStream>,
) -> io::Result<()> {
    match &queue.subscription.destination {
        Destination::Http { host, port, path } => {
            let stream = telemetry.0.dial.dial(*port).await?;
            post(stream, &format!("{host}:{port}"), path, batch).await
        }
        Destination::Tcp { port } => {
            let stream = match line {
                Some(stream) => stream,
                None => line.insert(telemetry.0.dial.dial(*port).await?),
            };
            let mut lines = batch.join("\n");
            lines.push('\n');
            stream.write_all(lines.as_bytes()).await
        }
    }
}

async fn post(stream: TcpStream, host: &str, path: &str, batch: &[String]) -> io::Result<()> {
    let body = Bytes::from(format!("[{}]", batch.join(",")));
    let request = Request::post(path)
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_LENGTH, body.len())
        .body(Full::new(body))
        .map_err(io::Error::other)?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(io::Error::other)?;
    // Whatever comes of the connection is told by the answer, or by its absence.
    let carried = async {
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    let response = tokio::select! {
        response = sender.send_request(request) => response.map_err(io::Error::other)?,
        () = carried => return Err(io::ErrorKind::ConnectionAborted.into()),
    };
    match response.status().is_success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("the subscriber answered {}", response.status()))),
    }
}

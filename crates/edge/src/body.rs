//! Reading a body without trusting its sender.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the body paused for too long")]
    Slow,
    #[error("the body was not sent in full")]
    Broken(#[from] hyper::Error),
}

/// How much of a body that is too large is still taken in, so that its sender gets to read
/// the answer instead of a reset connection.
const DISCARDED_BYTES: usize = 128 << 20;

/// The whole body, of at most `limit` bytes.
pub(crate) async fn read(
    mut body: Incoming,
    limit: usize,
    pause: Duration,
    waits: bool,
) -> Result<Bytes, BodyError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        // A client that waits for "100 Continue" has sent nothing that needs taking in.
        if !waits {
            discard(body, pause).await;
        }
        return Err(BodyError::TooLarge { limit });
    }
    let mut read = BytesMut::with_capacity(announced);
    while let Some(chunk) = next(&mut body, pause).await? {
        if read.len() + chunk.len() > limit {
            discard(body, pause).await;
            return Err(BodyError::TooLarge { limit });
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}

async fn next(body: &mut Incoming, pause: Duration) -> Result<Option<Bytes>, BodyError> {
    loop {
        let frame = tokio::time::timeout(pause, body.frame()).await.map_err(|_| BodyError::Slow)?;
        match frame {
            None => return Ok(None),
            // Trailers are not data; nothing that moat speaks uses them.
            Some(frame) => {
                if let Ok(data) = frame?.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

async fn discard(mut body: Incoming, pause: Duration) {
    let mut left = DISCARDED_BYTES;
    while let Ok(Some(chunk)) = next(&mut body, pause).await {
        let Some(rest) = left.checked_sub(chunk.len()) else { return };
        left = rest;
    }
}

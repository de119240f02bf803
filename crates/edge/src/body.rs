//! Reading a body without trusting its sender.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use service::ServiceError;
use sigv4::{Chunks, StreamError};
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the body paused for too long")]
    Slow,
    #[error("the body was not sent in full")]
    Broken(#[from] hyper::Error),
    #[error(transparent)]
    Stream(#[from] StreamError),
}

impl BodyError {
    /// What the client is told.
    pub(crate) fn answer(&self) -> ServiceError {
        match self {
            Self::TooLarge { limit } => ServiceError::client(
                "RequestEntityTooLargeException",
                format!("Request must be smaller than {limit} bytes"),
            )
            .status(413),
            Self::Slow => {
                ServiceError::client("RequestTimeout", "The request timed out while its body was read")
                    .status(408)
            }
            Self::Broken(_) => {
                ServiceError::client("IncompleteBody", "The request body terminated unexpectedly")
            }
            Self::Stream(error) => {
                let refusal = error.refusal();
                ServiceError::client(refusal.code, refusal.message).status(refusal.status)
            }
        }
    }
}

/// How much of a body that is too large is still taken in, so that its sender gets to read
/// the answer instead of a reset connection.
const DISCARDED_BYTES: usize = 128 << 20;

/// A body that is still to be read.
pub(crate) struct Arriving {
    pub(crate) body: Incoming,
    pub(crate) limit: usize,
    /// How long it may pause.
    pub(crate) pause: Duration,
    /// Whether the client waits for "100 Continue", and has sent nothing yet.
    pub(crate) waits: bool,
}

impl Arriving {
    /// All of it as it is.
    pub(crate) async fn whole(mut self) -> Result<Bytes, BodyError> {
        if self.body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let announced = usize::try_from(self.body.size_hint().lower()).unwrap_or(usize::MAX);
        let limit = self.limit;
        if announced > limit {
            self.refuse().await;
            return Err(BodyError::TooLarge { limit });
        }
        let mut read = BytesMut::with_capacity(announced);
        while let Some(arrived) = self.next().await? {
            if read.len() + arrived.len() > limit {
                self.discard().await;
                return Err(BodyError::TooLarge { limit });
            }
            read.extend_from_slice(&arrived);
        }
        Ok(read.freeze())
    }

    /// What it carries in chunks, which are checked as they arrive: no more is kept than that.
    pub(crate) async fn chunks(mut self, mut chunks: Chunks) -> Result<Bytes, BodyError> {
        let limit = self.limit;
        if usize::try_from(chunks.announced()).map_or(true, |announced| announced > limit) {
            self.refuse().await;
            return Err(BodyError::TooLarge { limit });
        }
        let mut read = Vec::new();
        while let Some(arrived) = self.next().await? {
            if let Err(error) = chunks.push(&arrived, &mut read) {
                self.discard().await;
                return Err(error.into());
            }
        }
        chunks.finish()?;
        Ok(read.into())
    }

    /// Takes in a body that is of no use, where its sender has begun with it.
    pub(crate) async fn refuse(self) {
        if !self.waits {
            self.discard().await;
        }
    }

    async fn discard(mut self) {
        let mut left = DISCARDED_BYTES;
        while let Ok(Some(arrived)) = self.next().await {
            let Some(rest) = left.checked_sub(arrived.len()) else { return };
            left = rest;
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            let frame =
                tokio::time::timeout(self.pause, self.body.frame()).await.map_err(|_| BodyError::Slow)?;
            match frame {
                None => return Ok(None),
                // HTTP's own trailers are not data; AWS's come inside of the body.
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

//! An answer's body, read by whoever wants it.

use crate::open::Open;
use crate::pool::Home;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use std::error::Error;
use std::hash::Hash;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// The body of an answer, with the connection that it comes over: reading it drives the connection,
/// and when it is dropped after its end, the connection goes back to where it is kept.
pub struct Answer<K, S, B>
where
    K: Hash + Eq + Send + Sync + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    pub(crate) body: Incoming,
    pub(crate) is_read: bool,
    /// Taken when the connection goes.
    pub(crate) open: Option<(K, Open<S, B>)>,
    pub(crate) home: Home<K, S, B>,
}

impl<K, S, B> Body for Answer<K, S, B>
where
    K: Hash + Eq + Send + Sync + Unpin + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let own = self.get_mut();
        let body = &mut own.body;
        let polled = match &mut own.open {
            Some((_, open)) => open.poll(context, |own| Pin::new(&mut *body).poll_frame(own)),
            None => Pin::new(body).poll_frame(context),
        };
        match &polled {
            Poll::Ready(None) => own.is_read = true,
            Poll::Ready(Some(Err(_))) => own.open = None,
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<K, S, B> Drop for Answer<K, S, B>
where
    K: Hash + Eq + Send + Sync + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn drop(&mut self) {
        if (self.is_read || self.body.is_end_stream())
            && let Some((key, open)) = self.open.take()
        {
            self.home.keep(key, open);
        }
    }
}

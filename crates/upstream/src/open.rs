//! One connection and the HTTP spoken over it.

use crate::own_wakes::OwnWakes;
use crate::pool::Failure;
use hyper::body::{Body, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

/// What goes on only while somebody polls it.
type Driven<S, B> = Pin<Box<Connection<TokioIo<S>, B>>>;

/// A connection that somebody must drive: it does nothing by itself.
pub(crate) struct Open<S, B>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + 'static,
{
    send: SendRequest<B>,
    /// None once it has ended; dropping it tells whoever waits on it.
    connection: Option<Driven<S, B>>,
    wakes: OwnWakes,
    /// When it was last used.
    pub(crate) used: Instant,
}

impl<S, B> Open<S, B>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    pub(crate) async fn over(stream: S) -> Result<Self, Failure> {
        let spoken = Builder::new().handshake(TokioIo::new(stream)).await;
        let (send, connection) = spoken.map_err(Failure::Spoken)?;
        Ok(Self {
            send,
            connection: Some(Box::pin(connection)),
            wakes: OwnWakes::default(),
            used: Instant::now(),
        })
    }

    /// Sends one request. The head of its answer; the connection is to be driven until the body was read.
    pub(crate) async fn exchange(
        &mut self,
        request: Request<B>,
    ) -> Result<Response<Incoming>, TrySendError<Request<B>>> {
        let Self { send, connection, wakes, .. } = self;
        let mut answered = pin!(send.try_send_request(request));
        poll_fn(|context| {
            wakes.poll(context, |own| driving(connection, own, |own| answered.as_mut().poll(own)))
        })
        .await
    }

    /// Polls what waits for the connection, which is driven as long as that is not ready.
    pub(crate) fn poll<T>(
        &mut self,
        context: &Context<'_>,
        mut waiting: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let Self { connection, wakes, .. } = self;
        wakes.poll(context, |own| driving(connection, own, &mut waiting))
    }

    /// Whether another request can be sent over it: the server has not closed it, the request before
    /// was sent in full and its answer read.
    pub(crate) fn is_free(&mut self) -> bool {
        let _: Poll<()> = self.poll(&Context::from_waker(Waker::noop()), |_| Poll::Pending);
        self.connection.is_some() && self.send.is_ready()
    }
}

fn driving<S, B, T>(
    connection: &mut Option<Driven<S, B>>,
    context: &mut Context<'_>,
    mut waiting: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Poll<T>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // The connection has to know first that something is waited for.
    let polled = waiting(context);
    if polled.is_ready() {
        return polled;
    }
    if let Some(open) = connection
        && open.as_mut().poll(context).is_ready()
    {
        *connection = None;
    }
    waiting(context)
}

//! The connections that are kept.

use crate::answer::Answer;
use crate::open::Open;
use hyper::body::Body;
use hyper::{Request, Response};
use std::collections::HashMap;
use std::error::Error;
use std::hash::Hash;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

/// How often the connections that nobody uses are looked through.
const LOOK: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("connect: {0}")]
    Connect(#[source] io::Error),
    #[error(transparent)]
    Spoken(hyper::Error),
}

/// Connections by the server that they lead to.
pub struct Pool<K, S, B>
where
    K: Hash + Eq + Send + Sync + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    home: Home<K, S, B>,
}

pub(crate) struct Home<K, S, B>(Arc<Inner<K, S, B>>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + 'static;

struct Inner<K, S, B>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + 'static,
{
    /// For how long one is kept, and how many to each server.
    idle: Duration,
    most: usize,
    kept: Mutex<Kept<K, S, B>>,
}

struct Kept<K, S, B>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + 'static,
{
    open: HashMap<K, Vec<Open<S, B>>>,
    /// Whether a task looks after them.
    is_looked_after: bool,
}

impl<K, S, B> Clone for Home<K, S, B>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + 'static,
{
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, S, B> Pool<K, S, B>
where
    K: Hash + Eq + Send + Sync + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// Keeps unused connections for so long, and so many to each server.
    #[must_use]
    pub fn new(idle: Duration, most: usize) -> Self {
        let kept = Mutex::new(Kept { open: HashMap::new(), is_looked_after: false });
        Self { home: Home(Arc::new(Inner { idle, most, kept })) }
    }

    /// Sends a request over a connection that is kept, else over a new one, for which `connect` is polled. A request that the server
    /// has seen nothing of, because it closed a connection that was kept, is sent again.
    ///
    /// # Errors
    /// When there is no connection, or it broke before the answer's head was there.
    pub async fn ask<F>(
        &self,
        to: K,
        mut request: Request<B>,
        connect: F,
    ) -> Result<Response<Answer<K, S, B>>, Failure>
    where
        F: Future<Output = io::Result<S>>,
    {
        while let Some(mut open) = self.home.take(&to) {
            match open.exchange(request).await {
                Ok(response) => return Ok(self.answer(to, open, response)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(Failure::Spoken(error.into_error())),
                },
            }
        }
        let mut open = Open::over(connect.await.map_err(Failure::Connect)?).await?;
        let response = open.exchange(request).await;
        let response = response.map_err(|error| Failure::Spoken(error.into_error()))?;
        Ok(self.answer(to, open, response))
    }

    fn answer(
        &self,
        to: K,
        open: Open<S, B>,
        response: Response<hyper::body::Incoming>,
    ) -> Response<Answer<K, S, B>> {
        let home = self.home.clone();
        response.map(|body| Answer { body, is_read: false, open: Some((to, open)), home })
    }
}

impl<K, S, B> Home<K, S, B>
where
    K: Hash + Eq + Send + Sync + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// The one that was used last, so that those beyond what is needed grow old.
    fn take(&self, to: &K) -> Option<Open<S, B>> {
        loop {
            let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let mut open = kept.open.get_mut(to)?.pop()?;
            drop(kept);
            if open.used.elapsed() < self.0.idle && open.is_free() {
                return Some(open);
            }
        }
    }

    pub(crate) fn keep(&self, to: K, mut open: Open<S, B>) {
        if !open.is_free() {
            return;
        }
        open.used = Instant::now();
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let own = kept.open.entry(to).or_default();
        if own.len() < self.0.most {
            own.push(open);
        }
        // Without a runtime everything ends, and nobody needs to look after anything.
        if !kept.is_looked_after
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            kept.is_looked_after = true;
            runtime.spawn(look_after(Arc::downgrade(&self.0)));
        }
    }
}

/// Lets go of what servers have closed and of what is too old, until nothing is kept.
async fn look_after<K, S, B>(kept: Weak<Inner<K, S, B>>)
where
    K: Hash + Eq + Send + Sync + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(inner) = kept.upgrade() else { return };
        let mut kept = inner.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.open.retain(|_, own| {
            own.retain_mut(|open| open.used.elapsed() < inner.idle && open.is_free());
            !own.is_empty()
        });
        if kept.open.is_empty() {
            kept.is_looked_after = false;
            return;
        }
    }
}

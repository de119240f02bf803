//! How long nothing may be carried, whichever way, before a connection or a request is given up.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout>

use crate::page::BodyError;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// When something was last carried: a long answer to a short question is not silence, nor is a long question.
pub(crate) struct Silence {
    last: Mutex<Instant>,
    limit: Duration,
    /// Whether the client is who was last waited for.
    awaits_client: AtomicBool,
}

/// Nothing was carried for too long.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing was carried for too long")]
pub(crate) struct TooSilent;

impl From<TooSilent> for io::Error {
    fn from(silent: TooSilent) -> Self {
        Self::new(io::ErrorKind::TimedOut, silent)
    }
}

impl Silence {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { last: Mutex::new(Instant::now()), limit, awaits_client: AtomicBool::new(false) }
    }

    fn last(&self) -> MutexGuard<'_, Instant> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is carried now.
    pub(crate) fn broken(&self) {
        *self.last() = Instant::now();
    }

    pub(crate) fn until(&self) -> Instant {
        *self.last() + self.limit
    }

    /// Whether the rest of what the client began to send was waited for.
    pub(crate) fn awaits_client(&self) -> bool {
        self.awaits_client.load(Ordering::Relaxed)
    }

    /// What comes of it, unless nothing is carried for too long before.
    pub(crate) async fn or<F: Future>(&self, wanted: F) -> Result<F::Output, TooSilent> {
        let mut wanted = std::pin::pin!(wanted);
        loop {
            let until = self.until();
            match tokio::time::timeout_at(until, wanted.as_mut()).await {
                Ok(came) => return Ok(came),
                Err(_) if self.until() > until => {}
                Err(_) => return Err(TooSilent),
            }
        }
    }
}

/// What a client sends; each piece of it ends a silence.
pub(crate) struct Question<B> {
    pub body: B,
    pub silence: Arc<Silence>,
}

impl<B: Body<Data = Bytes> + Unpin> Body for Question<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.silence.awaits_client.store(polled.is_pending(), Ordering::Relaxed);
        if polled.is_ready() {
            self.silence.broken();
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

/// What a target answers, given up when it stops in the middle of it.
pub(crate) struct Answered<B> {
    body: B,
    silence: Arc<Silence>,
    /// Whether the target is waited for.
    is_waiting: bool,
    /// Set once, and again only when it has rung.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<B> Answered<B> {
    pub(crate) fn new(body: B, silence: Arc<Silence>) -> Self {
        Self { body, silence, is_waiting: false, alarm: None }
    }

    /// Ready when it was waited for too long. The time in which the client took nothing does not count.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let silence = &self.silence;
        if !std::mem::replace(&mut self.is_waiting, true) {
            silence.broken();
        }
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(silence.until())));
        loop {
            ready!(alarm.as_mut().poll(context));
            let until = silence.until();
            if until <= alarm.deadline() {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(until);
        }
    }
}

impl<B> Body for Answered<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let own = self.get_mut();
        match Pin::new(&mut own.body).poll_frame(context) {
            Poll::Ready(came) => {
                own.is_waiting = false;
                Poll::Ready(came.map(|came| came.map_err(Into::into)))
            }
            Poll::Pending => own.poll_silence(context).map(|()| Some(Err(TooSilent.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::convert::Infallible;
    use tokio::sync::mpsc;

    const LIMIT: Duration = Duration::from_secs(10);

    /// A body whose pieces are sent.
    struct Pieces(mpsc::Receiver<&'static str>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let piece = ready!(self.0.poll_recv(context));
            Poll::Ready(piece.map(|piece| Ok(Frame::data(piece.into()))))
        }
    }

    /// Five pieces, one each six seconds; then `after` passes before it ends.
    fn slow(after: Duration) -> Pieces {
        let (send, receive) = mpsc::channel(1);
        tokio::spawn(async move {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(6)).await;
                let _ = send.send("x").await;
            }
            tokio::time::sleep(after).await;
        });
        Pieces(receive)
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_question_is_heard_to_its_end_and_a_silent_one_is_not() {
        for (after, wanted, seconds) in [(6, Ok(5), 36), (600, Err(TooSilent), 40)] {
            let (silence, began) = (Arc::new(Silence::new(LIMIT)), Instant::now());
            let question = Question { body: slow(Duration::from_secs(after)), silence: silence.clone() };
            let heard = silence.or(question.collect()).await;
            assert_eq!(heard.map(|all| all.unwrap().to_bytes().len()), wanted);
            assert_eq!((began.elapsed().as_secs(), silence.awaits_client()), (seconds, after == 600));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_heard_and_does_not_answer_is_the_target() {
        let (silence, began) = (Arc::new(Silence::new(LIMIT)), Instant::now());
        let question = Question { body: slow(Duration::ZERO), silence: silence.clone() };
        let never = async {
            let _ = question.collect().await;
            std::future::pending::<()>().await;
        };
        assert_eq!(silence.or(never).await, Err(TooSilent));
        assert_eq!((began.elapsed().as_secs(), silence.awaits_client()), (40, false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_goes_on_and_one_that_stops_is_given_up() {
        for (after, seconds, is_whole) in [(6, 36, true), (600, 40, false)] {
            let (silence, began) = (Arc::new(Silence::new(LIMIT)), Instant::now());
            let answered = Answered::new(slow(Duration::from_secs(after)), silence);
            assert_eq!(answered.collect().await.is_ok(), is_whole);
            assert_eq!(began.elapsed().as_secs(), seconds);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn while_the_client_sends_or_takes_nothing_an_answer_is_not_silent() {
        let silence = Arc::new(Silence::new(LIMIT));
        let (send, receive) = mpsc::channel(1);
        let mut answered = Answered::new(Pieces(receive), silence.clone());
        // The client takes the first piece after a long time.
        send.send("x").await.unwrap();
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert!(answered.frame().await.unwrap().is_ok());
        // It goes on to send its question, meanwhile.
        let asking = tokio::spawn(async move {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(6)).await;
                silence.broken();
            }
            tokio::time::sleep(Duration::from_secs(6)).await;
            let _ = send.send("y").await;
        });
        assert!(answered.frame().await.unwrap().is_ok());
        asking.await.unwrap();
    }
}

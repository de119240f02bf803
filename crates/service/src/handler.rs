//! One operation of one service, and the registry of all of them.

use crate::gate::Gate;
use crate::{Access, Authorized, Call, ServiceError};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use wire::http::{Pieces, Rest};
use wire::schema::{Model, Operation, ShapeId};
use wire::{OperationShape, Record, Value, event_stream};

/// What a service crate implements for each operation shape, in a file of its own.
pub trait Handler<S>: OperationShape {
    /// What the caller must be allowed, decided before anything is done. It may read state to
    /// find the resource's ARN and policy; it changes nothing. An operation that needs no
    /// permission (such as sts:GetCallerIdentity) answers an empty list.
    fn access(service: &S, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError>;

    /// Does it.
    fn run(
        service: &S,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> impl Future<Output = Result<Self::Output, ServiceError>> + Send;
}

/// What an operation implements whose answer goes on after its head.
pub trait StreamHandler<S>: OperationShape {
    /// A structure of which one member is set: the event.
    type Event: Record + Send + 'static;

    /// As [`Handler::access`].
    fn access(service: &S, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError>;

    /// Begins it, and gives the events that are to come, if any are.
    fn run(
        service: &S,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> impl Future<Output = Result<Begun<Self::Output, Self::Event>, ServiceError>> + Send;
}

/// The head of an answer, and what follows it.
pub type Begun<O, E> = (O, Option<Events<E>>);

/// The events of one answer, as they come.
pub type Events<E> = tokio::sync::mpsc::Receiver<E>;

/// The operations that one service serves.
pub struct Registry {
    model: &'static Model,
    operations: BTreeMap<&'static str, Box<dyn Erased>>,
}

impl Registry {
    pub fn builder<S: Send + Sync + 'static>(model: &'static Model, service: Arc<S>) -> Builder<S> {
        Builder { registry: Self { model, operations: BTreeMap::new() }, service }
    }

    pub fn model(&self) -> &'static Model {
        self.model
    }

    /// The names of what is served, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.operations.keys().copied()
    }

    /// What an operation asks of the policies; nothing is done. None of the operation is an error.
    #[cfg(feature = "testing")]
    pub fn asks(&self, name: &str, call: &Call, input: Value) -> Result<Vec<Access>, ServiceError> {
        let missing = || ServiceError::client("InvalidAction", format!("no operation {name}"));
        self.get(name).ok_or_else(missing)?.asks(call, input)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&dyn Erased> {
        self.operations.get(name).map(AsRef::as_ref)
    }
}

/// A registry in the making.
pub struct Builder<S> {
    registry: Registry,
    service: Arc<S>,
}

impl<S: Send + Sync + 'static> Builder<S> {
    #[must_use]
    pub fn with<O: Handler<S> + Send + Sync + 'static>(mut self) -> Self {
        let bound = Bound::<S, O> { service: self.service.clone(), operation: PhantomData };
        self.registry.operations.insert(O::OPERATION.name, Box::new(bound));
        self
    }

    #[must_use]
    pub fn with_stream<O: StreamHandler<S> + Send + Sync + 'static>(mut self) -> Self {
        let bound = BoundStream::<S, O> { service: self.service.clone(), operation: PhantomData };
        self.registry.operations.insert(O::OPERATION.name, Box::new(bound));
        self
    }

    pub fn build(self) -> Registry {
        self.registry
    }
}

pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Answered, ServiceError>> + Send + 'a>>;

/// What an operation answered.
pub(crate) struct Answered {
    pub output: Value,
    /// Its events, encoded.
    pub events: Option<Rest>,
}

/// A [`Handler`] without its types.
pub(crate) trait Erased: Send + Sync {
    fn operation(&self) -> &'static Operation;

    #[cfg(feature = "testing")]
    fn asks(&self, call: &Call, input: Value) -> Result<Vec<Access>, ServiceError>;

    /// Asks the gate, then runs.
    fn answer<'a>(&'a self, gate: &'a Gate, call: &'a Call, input: Value) -> Answer<'a>;
}

struct Bound<S, O> {
    service: Arc<S>,
    operation: PhantomData<fn() -> O>,
}

impl<S: Send + Sync + 'static, O: Handler<S> + 'static> Erased for Bound<S, O> {
    fn operation(&self) -> &'static Operation {
        O::OPERATION
    }

    #[cfg(feature = "testing")]
    fn asks(&self, call: &Call, input: Value) -> Result<Vec<Access>, ServiceError> {
        let input = O::Input::from_value(input).map_err(ServiceError::internal)?;
        O::access(&self.service, call, &input)
    }

    fn answer<'a>(&'a self, gate: &'a Gate, call: &'a Call, input: Value) -> Answer<'a> {
        Box::pin(async move {
            let input = O::Input::from_value(input).map_err(ServiceError::internal)?;
            let asked = O::access(&self.service, call, &input)?;
            gate.check(O::MODEL, call, &asked)?;
            let output = O::run(&self.service, call, Authorized::new(input, asked)).await?;
            Ok(Answered { output: output.into_value(), events: None })
        })
    }
}

struct BoundStream<S, O> {
    service: Arc<S>,
    operation: PhantomData<fn() -> O>,
}

impl<S: Send + Sync + 'static, O: StreamHandler<S> + 'static> Erased for BoundStream<S, O> {
    fn operation(&self) -> &'static Operation {
        O::OPERATION
    }

    #[cfg(feature = "testing")]
    fn asks(&self, call: &Call, input: Value) -> Result<Vec<Access>, ServiceError> {
        let input = O::Input::from_value(input).map_err(ServiceError::internal)?;
        O::access(&self.service, call, &input)
    }

    fn answer<'a>(&'a self, gate: &'a Gate, call: &'a Call, input: Value) -> Answer<'a> {
        Box::pin(async move {
            let input = O::Input::from_value(input).map_err(ServiceError::internal)?;
            let asked = O::access(&self.service, call, &input)?;
            gate.check(O::MODEL, call, &asked)?;
            let (output, events) = O::run(&self.service, call, Authorized::new(input, asked)).await?;
            let encoded = |(events, stream)| Rest::new(Encoded { events, model: O::MODEL, stream });
            let stream = event_stream::events_of(O::MODEL, O::OPERATION);
            Ok(Answered { output: output.into_value(), events: events.zip(stream).map(encoded) })
        })
    }
}

/// Events as the messages that a client reads.
struct Encoded<E> {
    events: Events<E>,
    model: &'static Model,
    stream: ShapeId,
}

impl<E: Record + Send> Pieces for Encoded<E> {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let encode =
            |event: E| event_stream::encode_event(self.model, self.stream, event.into_value()).into();
        self.events.poll_recv(context).map(|event| event.map(encode))
    }
}

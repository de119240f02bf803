//! What happens to an authenticated request, in order:
//!
//! 1. the service and the operation are found;
//! 2. the codec decodes the input by the model;
//! 3. the model's constraints are checked;
//! 4. the operation says what must be allowed, and the policies decide ([`crate::gate`]);
//! 5. the operation runs, and its writes are durable;
//! 6. what it changed takes effect in the kernel;
//! 7. the call is recorded;
//! 8. the codec encodes the answer.
//!
//! Signatures are checked before, by the edge; nothing reaches step 1 unauthenticated.

use crate::gate::Gate;
use crate::handler::{Answered, Registry};
use crate::{Audit, Authority, Call, Event, Noted, Said, ServiceError};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use wire::http::{Request, Response, Rest};
use wire::schema::{Model, Operation, Protocol, Wanted};
use wire::{Constraint, ErrorReply, Value, event_stream};

/// Waits until a state change is enforced, so that a caller who has the answer can rely on it.
pub trait Settle: Send + Sync {
    /// Returns when every change up to now is in the kernel, or after a bounded wait.
    fn settle(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Everything that stands behind the edge.
pub struct Pipeline {
    /// By signing name, which AWS has several APIs share, such as API Gateway's two.
    registries: BTreeMap<&'static str, Vec<Registry>>,
    gate: Gate,
    sequence: tokio::sync::watch::Receiver<u64>,
    settle: Arc<dyn Settle>,
    audit: Arc<dyn Audit>,
}

impl Pipeline {
    pub fn new(
        registries: Vec<Registry>,
        authority: Arc<dyn Authority>,
        store: &store::Store,
        settle: Arc<dyn Settle>,
        audit: Arc<dyn Audit>,
    ) -> Self {
        let mut named: BTreeMap<_, Vec<Registry>> = BTreeMap::new();
        for registry in registries {
            named.entry(registry.model().service.signing_name).or_default().push(registry);
        }
        Self { registries: named, gate: Gate { authority }, sequence: store.changes(), settle, audit }
    }

    pub fn authority(&self) -> &Arc<dyn Authority> {
        &self.gate.authority
    }

    /// The service that a signature's scope names; of several the one that has what is asked for.
    fn registry(&self, signing_name: &str, request: &Request) -> Option<&Registry> {
        let named = self.registries.get(signing_name)?;
        if let [only] = named.as_slice() {
            return Some(only);
        }
        named.iter().find(|registry| registry.model().has(request)).or(named.first())
    }

    pub fn registries(&self) -> impl Iterator<Item = &Registry> {
        self.registries.values().flatten()
    }

    /// Answers one authenticated request to a service of this pipeline.
    pub async fn handle(&self, signing_name: &str, call: &Call, request: &Request) -> Response {
        let Some(registry) = self.registry(signing_name, request) else {
            return Response { status: 404, ..Response::default() };
        };
        let model = registry.model();
        let wanted = model.wanted(request);
        let before = *self.sequence.borrow();
        let mut heard = Heard::default();
        let outcome = match &wanted {
            Wanted::Operation(operation) => {
                self.answer(registry, operation.name, call, request, &mut heard).await
            }
            Wanted::Known(name) => Err(not_implemented(model, name)),
            Wanted::Unknown(Some(name)) => Err(unknown_operation(model, name)),
            Wanted::Unknown(None) => Err(missing_operation(model)),
        };
        if *self.sequence.borrow() != before {
            self.settle.settle().await;
        }
        self.audit.record(Event {
            call,
            proven: true,
            model,
            operation: name_of(&wanted),
            shapes: shapes_of(&wanted),
            input: heard.input,
            output: heard.output,
            error: outcome.as_ref().err(),
        });
        outcome.unwrap_or_else(|error| encode_error(model, error, &call.request_id))
    }

    /// Records a request that was turned away at the door. The call says whom it claimed to be.
    pub fn refused(&self, signing_name: &str, call: &Call, request: &Request, error: &ServiceError) {
        let Some(model) = self.registry(signing_name, request).map(Registry::model) else { return };
        let wanted = model.wanted(request);
        self.audit.record(Event {
            call,
            proven: false,
            model,
            operation: name_of(&wanted),
            shapes: shapes_of(&wanted),
            input: None,
            output: None,
            error: Some(error),
        });
    }

    async fn answer(
        &self,
        registry: &Registry,
        name: &str,
        call: &Call,
        request: &Request,
        heard: &mut Heard,
    ) -> Result<Response, ServiceError> {
        let model = registry.model();
        let handler = registry.get(name).ok_or_else(|| not_implemented(model, name))?;
        let operation = handler.operation();
        let input = wire::decode_input(model, operation, request).map_err(|e| {
            let reply = e.reply(model.service.protocol);
            ServiceError::client(reply.code, reply.message).status(reply.status)
        })?;
        heard.input = self.audit.note(Said { model, operation, is_output: false, value: &input });
        if let Some(shape) = operation.input {
            check_constraints(model, shape, &input)?;
        }
        let Answered { output, events } = handler.answer(&self.gate, call, input).await?;
        heard.output = self.audit.note(Said { model, operation, is_output: true, value: &output });
        let response = wire::encode_output(model, operation, output, &call.request_id);
        Ok(match events {
            Some(events) => going_on(model, response, events),
            None => response,
        })
    }
}

/// An answer that its events follow.
fn going_on(model: &Model, mut response: Response, events: Rest) -> Response {
    response.body = event_stream::encode_initial(model, &response.body).into();
    response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    response.headers.push(("Content-Type".to_owned(), event_stream::CONTENT_TYPE.to_owned()));
    response.rest = Some(events);
    response
}

/// What the audit took down of one call.
#[derive(Default)]
struct Heard {
    input: Option<Noted>,
    output: Option<Noted>,
}

fn name_of(wanted: &Wanted) -> &str {
    match wanted {
        Wanted::Operation(operation) => operation.name,
        Wanted::Known(name) => name,
        Wanted::Unknown(name) => name.as_deref().unwrap_or_default(),
    }
}

fn shapes_of(wanted: &Wanted) -> Option<&'static Operation> {
    if let Wanted::Operation(operation) = wanted { Some(operation) } else { None }
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn check_constraints(model: &Model, shape: wire::schema::ShapeId, input: &Value) -> Result<(), ServiceError> {
    let mut violations = wire::validate(model, shape, input);
    violations.retain(|violation| !is_protocol_in_capitals(violation));
    if violations.is_empty() {
        return Ok(());
    }
    // EC2 names the first missing parameter; the others list every violation.
    if model.service.protocol == Protocol::Ec2Query
        && let Some(missing) = violations.iter().find(|v| v.constraint == Constraint::Required)
    {
        return Err(ServiceError::client(
            "MissingParameter",
            format!("The request must contain the parameter {}", capitalised(&missing.path)),
        ));
    }
    if let ("lambda", [only]) = (model.service.signing_name, violations.as_slice())
        && only.path == "runtime"
        && matches!(only.constraint, Constraint::Enum(_))
    {
        return Err(unknown_runtime(only));
    }
    let code = match (model.service.protocol, model.service.signing_name) {
        (Protocol::AwsQuery, _) => "ValidationError",
        (Protocol::Ec2Query, _) => "InvalidParameterValue",
        (_, "logs") => "InvalidParameterException",
        (_, "cloudtrail") => lookup_code(&violations),
        _ => "ValidationException",
    };
    Err(ServiceError::client(code, wire::validation_message(&violations)))
}

/// EC2 takes the protocol of a path to analyze in capitals too, as its guide writes it.
/// <https://docs.aws.amazon.com/vpc/latest/reachability/getting-started-cli.html>
fn is_protocol_in_capitals(violation: &wire::Violation) -> bool {
    let value = violation.value.as_deref().unwrap_or_default().trim_matches('\'');
    matches!(violation.constraint, Constraint::Enum(["tcp", "udp"])) && ["TCP", "UDP"].contains(&value)
}

/// The runtimes in the order in which Lambda names them to somebody who wants another.
const RUNTIMES: &str = "nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2";

/// Lambda checks a function's runtime itself, since it may be an ARN too.
fn unknown_runtime(violation: &wire::Violation) -> ServiceError {
    let value = violation.value.as_deref().unwrap_or_default().trim_matches('\'');
    let message = format!(
        "Value {value} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{RUNTIMES}] or be a valid ARN"
    );
    ServiceError::client("InvalidParameterValueException", message)
        .with("Type", Value::String("User".to_owned()))
}

/// CloudTrail has an exception for each kind of parameter of LookupEvents.
fn lookup_code(violations: &[wire::Violation]) -> &'static str {
    let of = |name: &str| violations.iter().any(|v| v.path.to_ascii_lowercase().starts_with(name));
    if of("lookupattributes") {
        "InvalidLookupAttributesException"
    } else if of("maxresults") {
        "InvalidMaxResultsException"
    } else if of("eventcategory") {
        "InvalidEventCategoryException"
    } else {
        "ValidationException"
    }
}

fn not_implemented(model: &Model, name: &str) -> ServiceError {
    ServiceError::not_implemented(&format!("{}:{name}", model.service.signing_name))
}

fn missing_operation(model: &Model) -> ServiceError {
    match model.service.protocol {
        Protocol::AwsQuery | Protocol::Ec2Query => {
            ServiceError::client("MissingAction", "Missing Action").status(400)
        }
        Protocol::RestJson | Protocol::RestXml => {
            ServiceError::client("UnknownOperationException", "").status(404)
        }
        _ => ServiceError::client("UnknownOperationException", ""),
    }
}

fn unknown_operation(model: &Model, name: &str) -> ServiceError {
    match model.service.protocol {
        Protocol::AwsQuery | Protocol::Ec2Query => ServiceError::client(
            "InvalidAction",
            format!("Could not find operation {name} for version {}", model.service.api_version),
        ),
        _ => ServiceError::client("UnknownOperationException", ""),
    }
}

/// The error as bytes of the service's protocol.
fn encode_error(model: &Model, error: ServiceError, request_id: &str) -> Response {
    let ServiceError { code, message, status, fields, denial: _ } = error;
    let mut reply = ErrorReply::client(code, message).with_status(status);
    reply.fields = fields;
    wire::encode_error(model, &reply, request_id)
}

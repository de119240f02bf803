//! A service model as static data: what the generator writes and the codecs read. Shapes
//! are addressed by index, so recursive shapes need no pointers.
//! The traits are those of <https://smithy.io/2.0/aws/protocols/index.html> as the
//! botocore models spell them.

mod build;
pub mod load;
mod route;

pub(crate) use route::labels;
pub use route::{Labels, Wanted};

/// The index of a shape in [`Model::shapes`].
pub type ShapeId = u32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    AwsJson,
    AwsQuery,
    Ec2Query,
    RestJson,
    RestXml,
    RpcV2Cbor,
}

/// One service: its operations that moat knows, and the names of all it has.
#[derive(Debug)]
pub struct Model {
    pub service: Service,
    pub shapes: &'static [Shape],
    /// The operations with shapes, sorted by name.
    pub operations: &'static [Operation],
    /// Every operation of the service, sorted by name, those with shapes included.
    pub known: &'static [KnownOperation],
}

#[derive(Debug)]
pub struct Service {
    /// The service's id in the model, such as `CloudWatch Logs`.
    pub id: &'static str,
    pub signing_name: &'static str,
    pub endpoint_prefix: &'static str,
    pub protocol: Protocol,
    pub api_version: &'static str,
    /// What stands before the dot in `X-Amz-Target`; empty where the protocol has none.
    pub target_prefix: &'static str,
    /// `1.0` or `1.1` for awsJson; empty otherwise.
    pub json_version: &'static str,
    pub xml_namespace: Option<XmlNamespace>,
    /// Whether errors carry `x-amzn-query-error` for clients that came from awsQuery.
    pub query_compatible: bool,
}

/// An operation's name and where REST protocols find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownOperation {
    pub name: &'static str,
    pub http_method: &'static str,
    pub uri: &'static str,
    /// Whether it is called without a signature: what it is given tells who calls.
    pub unsigned: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Operation {
    pub name: &'static str,
    pub http_method: &'static str,
    /// The URI template, query part included, such as `/x/{Name}?list-type=2`.
    pub uri: &'static str,
    pub success_code: u16,
    pub input: Option<ShapeId>,
    pub output: Option<ShapeId>,
    /// The root element of the input document (restXml).
    pub input_root: Option<&'static str>,
    pub input_namespace: Option<XmlNamespace>,
    /// The element that wraps the result (awsQuery).
    pub result_wrapper: Option<&'static str>,
    pub errors: &'static [ShapeId],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlNamespace {
    pub prefix: Option<&'static str>,
    pub uri: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampFormat {
    Iso8601,
    Rfc822,
    UnixTimestamp,
}

#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub name: &'static str,
    pub kind: Kind,
    pub constraints: Constraints,
    pub sensitive: bool,
    pub location_name: Option<&'static str>,
    pub xml_namespace: Option<XmlNamespace>,
    pub error: Option<ErrorTraits>,
}

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Boolean,
    Integer,
    Long,
    Float,
    Double,
    String,
    Blob { streaming: bool },
    Timestamp(Option<TimestampFormat>),
    Document,
    List { member: Member, flattened: bool },
    Map { key: Member, value: Member, flattened: bool },
    Structure(Structure),
}

#[derive(Debug, Clone, Copy)]
pub struct Structure {
    pub members: &'static [Member],
    /// The member that is the whole body (REST protocols).
    pub payload: Option<&'static str>,
    pub union: bool,
    /// Whether its members are events that follow one another.
    pub event_stream: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// The model's name; empty for a list's member and a map's key and value.
    pub name: &'static str,
    pub shape: ShapeId,
    pub required: bool,
    pub location: Location,
    /// `locationName`: the name on the wire where it differs.
    pub location_name: Option<&'static str>,
    /// `queryName`: EC2's other name for requests.
    pub query_name: Option<&'static str>,
    pub timestamp_format: Option<TimestampFormat>,
    pub flattened: bool,
    pub xml_attribute: bool,
    pub xml_namespace: Option<XmlNamespace>,
    pub json_value: bool,
    pub idempotency_token: bool,
    pub streaming: bool,
    /// Whether it is all that its event's message carries.
    pub event_payload: bool,
}

impl Member {
    /// The name on the wire: `locationName`, else the model's.
    pub const fn wire_name(&self) -> &'static str {
        match self.location_name {
            Some(name) => name,
            None => self.name,
        }
    }
}

/// Where a REST protocol puts a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    Body,
    Uri,
    QueryString,
    Header,
    /// A map whose entries are headers that begin with the member's wire name.
    Headers,
    StatusCode,
}

/// What the values of a shape must satisfy.
#[derive(Debug, Clone, Copy)]
pub struct Constraints {
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub pattern: Option<&'static str>,
    pub values: &'static [&'static str],
}

impl Constraints {
    pub const NONE: Self = Self { min: None, max: None, pattern: None, values: &[] };
}

/// What makes a structure an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorTraits {
    /// The code on the wire: `error.code`, else the shape's name.
    pub code: &'static str,
    pub status: u16,
    pub fault: crate::Fault,
}

impl Model {
    /// The shape of an id of this model. Ids come from the same model, so a miss is a
    /// model built wrongly; the empty structure then stands in.
    pub fn shape(&self, id: ShapeId) -> &'static Shape {
        self.shapes.get(id as usize).unwrap_or(&NO_SHAPE)
    }

    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        let at = self.operations.binary_search_by(|op| op.name.cmp(name)).ok()?;
        self.operations.get(at)
    }

    /// Whether the service has an operation of the name, with or without shapes here.
    pub fn knows(&self, name: &str) -> bool {
        self.known.binary_search_by(|op| op.name.cmp(name)).is_ok()
    }

    /// The error shape that has the code or the name.
    pub fn error(&self, code: &str) -> Option<&'static Shape> {
        self.error_id(code).map(|id| self.shape(id))
    }

    pub fn error_id(&self, code: &str) -> Option<ShapeId> {
        let at =
            self.shapes.iter().position(|s| s.error.is_some_and(|e| e.code == code || s.name == code))?;
        ShapeId::try_from(at).ok()
    }

    pub fn members(&self, id: ShapeId) -> &'static [Member] {
        self.structure(id).map_or(&[], |s| s.members)
    }

    pub fn structure(&self, id: ShapeId) -> Option<&'static Structure> {
        if let Kind::Structure(structure) = &self.shape(id).kind { Some(structure) } else { None }
    }
}

static NO_SHAPE: Shape = Shape::structure("", &[]);

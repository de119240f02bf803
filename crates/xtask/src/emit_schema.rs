//! `schema.rs`: the model as static tables.

use std::fmt::Write;
use wire::schema::{
    Kind, Location, Member, Model, Operation, Protocol, Shape, TimestampFormat, XmlNamespace,
};

pub fn emit(model: &Model) -> String {
    let mut out = String::from(
        "//! The service model as tables. Shapes refer to each other by index.\n\n\
         use wire::schema::{KnownOperation as Known, Member as M, Model, Operation, Protocol, Service, Shape as S};\n\
         #[allow(unused_imports)]\nuse wire::schema::{Kind, Location, TimestampFormat, XmlNamespace};\n\n",
    );
    service(&mut out, model);
    table(&mut out, "SHAPES", "S", model.shapes.iter().map(shape));
    let operations = model.operations.iter().map(operation);
    table(&mut out, "OPERATIONS", "Operation", operations);
    let known = model.known.iter().map(|k| {
        let unsigned = if k.unsigned { ".unsigned()" } else { "" };
        format!("Known::new({:?}, {:?}, {:?}){unsigned}", k.name, k.http_method, k.uri)
    });
    table(&mut out, "KNOWN", "Known", known);
    out
}

fn table(out: &mut String, name: &str, of: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<_> = rows.collect();
    let _ = writeln!(out, "pub(super) static {name}: [{of}; {}] = [", rows.len());
    for row in rows {
        let _ = writeln!(out, "{row},");
    }
    out.push_str("];\n\n");
}

fn service(out: &mut String, model: &Model) {
    let s = &model.service;
    let _ = writeln!(
        out,
        "pub static MODEL: Model = Model {{ service: Service {{ id: {:?}, signing_name: {:?}, \
         endpoint_prefix: {:?}, protocol: Protocol::{}, api_version: {:?}, target_prefix: {:?}, \
         json_version: {:?}, xml_namespace: {}, query_compatible: {} }}, shapes: &SHAPES, \
         operations: &OPERATIONS, known: &KNOWN }};\n",
        s.id,
        s.signing_name,
        s.endpoint_prefix,
        protocol(s.protocol),
        s.api_version,
        s.target_prefix,
        s.json_version,
        namespace(s.xml_namespace),
        s.query_compatible,
    );
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::AwsJson => "AwsJson",
        Protocol::AwsQuery => "AwsQuery",
        Protocol::Ec2Query => "Ec2Query",
        Protocol::RestJson => "RestJson",
        Protocol::RestXml => "RestXml",
        Protocol::RpcV2Cbor => "RpcV2Cbor",
    }
}

fn namespace(namespace: Option<XmlNamespace>) -> String {
    namespace.map_or("None".to_owned(), |n| {
        format!("Some(XmlNamespace {{ prefix: {:?}, uri: {:?} }})", n.prefix, n.uri)
    })
}

fn operation(op: &Operation) -> String {
    format!(
        "Operation {{ name: {:?}, http_method: {:?}, uri: {:?}, success_code: {}, input: {:?}, output: {:?}, \
         input_root: {:?}, input_namespace: {}, result_wrapper: {:?}, errors: &{:?} }}",
        op.name,
        op.http_method,
        op.uri,
        op.success_code,
        op.input,
        op.output,
        op.input_root,
        namespace(op.input_namespace),
        op.result_wrapper,
        op.errors,
    )
}

fn shape(shape: &Shape) -> String {
    let mut out = constructor(shape);
    let c = &shape.constraints;
    let mut call = |name: &str, argument: Option<String>| {
        if let Some(argument) = argument {
            let _ = write!(out, ".{name}({argument})");
        }
    };
    call("min", c.min.map(|n| format!("{n:?}")));
    call("max", c.max.map(|n| format!("{n:?}")));
    call("pattern", c.pattern.map(|p| format!("{p:?}")));
    call("values", (!c.values.is_empty()).then(|| format!("&{:?}", c.values)));
    call("sensitive", shape.sensitive.then(String::new));
    call("named", shape.location_name.map(|n| format!("{n:?}")));
    call("namespace", shape.xml_namespace.map(|n| format!("{:?}, {:?}", n.prefix, n.uri)));
    call("error", shape.error.map(|e| format!("{:?}, {}", e.code, e.status)));
    out
}

fn constructor(shape: &Shape) -> String {
    let name = shape.name;
    let flat = |flattened: bool| if flattened { ".flat()" } else { "" };
    match &shape.kind {
        Kind::Structure(structure) => {
            let members: Vec<_> = structure.members.iter().map(member).collect();
            let payload = structure.payload.map_or(String::new(), |p| format!(".payload({p:?})"));
            let union = if structure.union { ".union()" } else { "" };
            let events = if structure.event_stream { ".events()" } else { "" };
            format!("S::structure({name:?}, &[{}]){payload}{union}{events}", members.join(", "))
        }
        Kind::List { member: item, flattened } => {
            format!("S::list({name:?}, {}){}", member(item), flat(*flattened))
        }
        Kind::Map { key, value, flattened } => {
            format!("S::map({name:?}, {}, {}){}", member(key), member(value), flat(*flattened))
        }
        Kind::Blob { streaming } => format!("S::new({name:?}, Kind::Blob {{ streaming: {streaming} }})"),
        Kind::Timestamp(format) => {
            let format = format.map_or("None".to_owned(), |f| format!("Some({})", timestamp(f)));
            format!("S::new({name:?}, Kind::Timestamp({format}))")
        }
        plain => format!("S::new({name:?}, Kind::{plain:?})"),
    }
}

fn timestamp(format: TimestampFormat) -> String {
    format!("TimestampFormat::{format:?}")
}

fn member(member: &Member) -> String {
    let mut out = format!("M::new({:?}, {})", member.name, member.shape);
    let mut call = |name: &str, argument: Option<String>| {
        if let Some(argument) = argument {
            let _ = write!(out, ".{name}({argument})");
        }
    };
    call("required", member.required.then(String::new));
    let located = member.location != Location::Body;
    call("at", located.then(|| format!("Location::{:?}", member.location)));
    call("named", member.location_name.map(|n| format!("{n:?}")));
    call("query", member.query_name.map(|n| format!("{n:?}")));
    call("format", member.timestamp_format.map(timestamp));
    call("flat", member.flattened.then(String::new));
    call("attribute", member.xml_attribute.then(String::new));
    call("namespace", member.xml_namespace.map(|n| format!("{:?}, {:?}", n.prefix, n.uri)));
    call("json_value", member.json_value.then(String::new));
    call("token", member.idempotency_token.then(String::new));
    call("stream", member.streaming.then(String::new));
    call("event_payload", member.event_payload.then(String::new));
    out
}

//! Reads a service model in botocore's JSON form. The generator and the tests build their
//! models with it; a running server uses only generated ones. What it reads lives as long
//! as the process, because a model is made of statics.

use super::*;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    #[error("the model has no `{0}`")]
    Missing(String),
    #[error("protocol `{0}` is not known")]
    Protocol(String),
    #[error("shape `{shape}` has the unknown type `{kind}`")]
    Type { shape: String, kind: String },
    #[error("timestamp format `{0}` is not known")]
    Timestamp(String),
    #[error("location `{0}` is not known")]
    Location(String),
    #[error("pattern `{0}` cannot be compiled")]
    Pattern(String),
    #[error("operation `{0}` takes an event stream, which no codec here reads")]
    EventStream(String),
    #[error("the service has no operation `{0}`")]
    Operation(String),
}

/// Builds a model that has shapes for the wanted operations and knows the names of all.
pub fn load(document: &Json, wanted: &[&str]) -> Result<Model, LoadError> {
    let operations = object(document, "operations")?;
    let shapes = object(document, "shapes")?;
    let mut chosen = Vec::new();
    for name in wanted.iter().collect::<BTreeSet<_>>() {
        let json = operations.get(*name).ok_or_else(|| LoadError::Operation((*name).to_owned()))?;
        chosen.push((*name, json));
    }
    let loader = Loader::new(shapes, &chosen)?;
    let service = loader.service(document)?;
    let mut built = Vec::new();
    for (name, json) in &chosen {
        built.push(loader.operation(name, json)?);
    }
    let mut tables = Vec::new();
    for name in loader.ids.keys() {
        tables.push(loader.shape(name)?);
    }
    Ok(Model { service, shapes: tables.leak(), operations: built.leak(), known: known(operations).leak() })
}

fn known(operations: &serde_json::Map<String, Json>) -> Vec<KnownOperation> {
    let mut all: Vec<_> = operations
        .iter()
        .map(|(name, json)| KnownOperation {
            name: leak(name),
            http_method: leak(text(json, &["http", "method"]).unwrap_or("POST")),
            uri: leak(text(json, &["http", "requestUri"]).unwrap_or("/")),
            unsigned: text(json, &["authtype"]) == Some("none"),
        })
        .collect();
    all.sort_by_key(|op| op.name);
    all
}

struct Loader<'j> {
    shapes: &'j serde_json::Map<String, Json>,
    /// The shapes that the wanted operations reach, numbered in the order of their names.
    ids: BTreeMap<&'j str, ShapeId>,
}

impl<'j> Loader<'j> {
    fn new(
        shapes: &'j serde_json::Map<String, Json>,
        chosen: &[(&str, &'j Json)],
    ) -> Result<Self, LoadError> {
        let mut loader = Self { shapes, ids: BTreeMap::new() };
        for (name, json) in chosen {
            loader.reach_operation(name, json)?;
        }
        for (id, slot) in loader.ids.values_mut().enumerate() {
            *slot = u32::try_from(id).unwrap_or(u32::MAX);
        }
        Ok(loader)
    }

    fn reach_operation(&mut self, name: &str, json: &'j Json) -> Result<(), LoadError> {
        if let Some(input) = text(json, &["input", "shape"])
            && self.reach(input)?
        {
            return Err(LoadError::EventStream(name.to_owned()));
        }
        let errors = json.get("errors").and_then(Json::as_array).into_iter().flatten();
        for root in
            text(json, &["output", "shape"]).into_iter().chain(errors.filter_map(|e| text(e, &["shape"])))
        {
            self.reach(root)?;
        }
        Ok(())
    }

    /// Numbers a shape and what it refers to; says whether an event stream was met.
    fn reach(&mut self, root: &'j str) -> Result<bool, LoadError> {
        let mut waiting = vec![root];
        let mut stream = false;
        while let Some(name) = waiting.pop() {
            if self.ids.insert(name, 0).is_some() {
                continue;
            }
            let json = self.json(name)?;
            stream |= flag(json, "eventstream");
            let parts = ["member", "key", "value"].iter().filter_map(|k| json.get(k));
            let members = json.get("members").and_then(Json::as_object).into_iter().flat_map(|m| m.values());
            waiting.extend(parts.chain(members).filter_map(|m| text(m, &["shape"])));
        }
        Ok(stream)
    }

    fn json(&self, name: &str) -> Result<&'j Json, LoadError> {
        self.shapes.get(name).ok_or_else(|| LoadError::Missing(format!("shapes.{name}")))
    }

    fn id(&self, json: &Json) -> Result<ShapeId, LoadError> {
        let name = text(json, &["shape"]).unwrap_or_default();
        self.ids.get(name).copied().ok_or_else(|| LoadError::Missing(format!("shapes.{name}")))
    }

    fn service(&self, document: &Json) -> Result<Service, LoadError> {
        let meta = document.get("metadata").ok_or_else(|| LoadError::Missing("metadata".into()))?;
        let get = |key: &str| leak(text(meta, &[key]).unwrap_or_default());
        let endpoint_prefix = get("endpointPrefix");
        Ok(Service {
            id: get("serviceId"),
            signing_name: text(meta, &["signingName"]).map_or(endpoint_prefix, leak),
            endpoint_prefix,
            protocol: protocol(get("protocol"))?,
            api_version: get("apiVersion"),
            target_prefix: get("targetPrefix"),
            json_version: get("jsonVersion"),
            xml_namespace: namespace(meta),
            query_compatible: meta.get("awsQueryCompatible").is_some(),
        })
    }

    fn operation(&self, name: &str, json: &Json) -> Result<Operation, LoadError> {
        let shape = |key: &str| json.get(key).map(|j| self.id(j)).transpose();
        let errors = json.get("errors").and_then(Json::as_array).into_iter().flatten();
        let errors: Vec<_> = errors.map(|e| self.id(e)).collect::<Result<_, _>>()?;
        let status = json.pointer("/http/responseCode").and_then(Json::as_u64);
        Ok(Operation {
            name: leak(name),
            http_method: leak(text(json, &["http", "method"]).unwrap_or("POST")),
            uri: leak(text(json, &["http", "requestUri"]).unwrap_or("/")),
            success_code: status.and_then(|s| u16::try_from(s).ok()).unwrap_or(200),
            input: shape("input")?,
            output: shape("output")?,
            input_root: text(json, &["input", "locationName"]).map(leak),
            input_namespace: json.get("input").and_then(namespace),
            result_wrapper: text(json, &["output", "resultWrapper"]).map(leak),
            errors: errors.leak(),
        })
    }

    fn shape(&self, name: &str) -> Result<Shape, LoadError> {
        let json = self.json(name)?;
        Ok(Shape {
            name: leak(name),
            kind: self.kind(name, json)?,
            constraints: constraints(json)?,
            sensitive: flag(json, "sensitive"),
            location_name: text(json, &["locationName"]).map(leak),
            xml_namespace: namespace(json),
            error: error(name, json),
        })
    }

    fn kind(&self, name: &str, json: &Json) -> Result<Kind, LoadError> {
        let flattened = flag(json, "flattened");
        let part = |key: &str| {
            let part = json.get(key).ok_or_else(|| LoadError::Missing(format!("shapes.{name}.{key}")))?;
            self.member("", part, false)
        };
        Ok(match text(json, &["type"]).unwrap_or_default() {
            _ if flag(json, "document") => Kind::Document,
            "structure" => Kind::Structure(self.structure(json)?),
            "list" => Kind::List { member: part("member")?, flattened },
            "map" => Kind::Map { key: part("key")?, value: part("value")?, flattened },
            "boolean" => Kind::Boolean,
            "integer" | "short" | "byte" => Kind::Integer,
            "long" => Kind::Long,
            "float" => Kind::Float,
            "double" => Kind::Double,
            "string" | "character" => Kind::String,
            "blob" => Kind::Blob { streaming: flag(json, "streaming") },
            "timestamp" => Kind::Timestamp(timestamp_format(json)?),
            other => return Err(LoadError::Type { shape: name.to_owned(), kind: other.to_owned() }),
        })
    }

    fn structure(&self, json: &Json) -> Result<Structure, LoadError> {
        let required: BTreeSet<_> = json
            .get("required")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        let mut members = Vec::new();
        for (name, part) in json.get("members").and_then(Json::as_object).into_iter().flatten() {
            members.push(self.member(name, part, required.contains(name.as_str()))?);
        }
        Ok(Structure {
            members: members.leak(),
            payload: text(json, &["payload"]).map(leak),
            union: flag(json, "union"),
            event_stream: flag(json, "eventstream"),
        })
    }

    fn member(&self, name: &str, json: &Json, required: bool) -> Result<Member, LoadError> {
        Ok(Member {
            name: leak(name),
            shape: self.id(json)?,
            required,
            location: location(text(json, &["location"]))?,
            location_name: text(json, &["locationName"]).map(leak),
            query_name: text(json, &["queryName"]).map(leak),
            timestamp_format: timestamp_format(json)?,
            flattened: flag(json, "flattened"),
            xml_attribute: flag(json, "xmlAttribute"),
            xml_namespace: namespace(json),
            json_value: flag(json, "jsonvalue"),
            idempotency_token: flag(json, "idempotencyToken"),
            streaming: flag(json, "streaming"),
            event_payload: flag(json, "eventpayload"),
        })
    }
}

fn protocol(name: &str) -> Result<Protocol, LoadError> {
    Ok(match name {
        "json" => Protocol::AwsJson,
        "query" => Protocol::AwsQuery,
        "ec2" => Protocol::Ec2Query,
        "rest-json" => Protocol::RestJson,
        "rest-xml" => Protocol::RestXml,
        "smithy-rpc-v2-cbor" => Protocol::RpcV2Cbor,
        other => return Err(LoadError::Protocol(other.to_owned())),
    })
}

fn location(name: Option<&str>) -> Result<Location, LoadError> {
    Ok(match name {
        None => Location::Body,
        Some("uri") => Location::Uri,
        Some("querystring") => Location::QueryString,
        Some("header") => Location::Header,
        Some("headers") => Location::Headers,
        Some("statusCode") => Location::StatusCode,
        Some(other) => return Err(LoadError::Location(other.to_owned())),
    })
}

fn timestamp_format(json: &Json) -> Result<Option<TimestampFormat>, LoadError> {
    Ok(match text(json, &["timestampFormat"]) {
        None => None,
        Some("iso8601") => Some(TimestampFormat::Iso8601),
        Some("rfc822") => Some(TimestampFormat::Rfc822),
        Some("unixTimestamp") => Some(TimestampFormat::UnixTimestamp),
        Some(other) => return Err(LoadError::Timestamp(other.to_owned())),
    })
}

fn constraints(json: &Json) -> Result<Constraints, LoadError> {
    let pattern = text(json, &["pattern"]);
    if let Some(pattern) = pattern.filter(|p| crate::compile_pattern(p).is_none()) {
        return Err(LoadError::Pattern(pattern.to_owned()));
    }
    let values = json.get("enum").and_then(Json::as_array).into_iter().flatten();
    let values: Vec<_> = values.filter_map(Json::as_str).map(leak).collect();
    Ok(Constraints {
        min: json.get("min").and_then(Json::as_f64),
        max: json.get("max").and_then(Json::as_f64),
        pattern: pattern.map(leak),
        values: values.leak(),
    })
}

fn error(name: &str, json: &Json) -> Option<ErrorTraits> {
    if !flag(json, "exception") {
        return None;
    }
    let server =
        flag(json, "fault") || json.pointer("/error/senderFault").and_then(Json::as_bool) == Some(false);
    let status =
        json.pointer("/error/httpStatusCode").and_then(Json::as_u64).and_then(|s| u16::try_from(s).ok());
    let status = status.unwrap_or(if server { 500 } else { 400 });
    Some(ErrorTraits {
        code: leak(text(json, &["error", "code"]).unwrap_or(name)),
        status,
        fault: if status >= 500 { crate::Fault::Server } else { crate::Fault::Client },
    })
}

fn namespace(json: &Json) -> Option<XmlNamespace> {
    let namespace = json.get("xmlNamespace")?;
    let uri = namespace.as_str().or_else(|| text(namespace, &["uri"]))?;
    Some(XmlNamespace { prefix: text(namespace, &["prefix"]).map(leak), uri: leak(uri) })
}

fn object<'j>(json: &'j Json, key: &str) -> Result<&'j serde_json::Map<String, Json>, LoadError> {
    json.get(key).and_then(Json::as_object).ok_or_else(|| LoadError::Missing(key.to_owned()))
}

fn text<'j>(json: &'j Json, path: &[&str]) -> Option<&'j str> {
    path.iter().try_fold(json, |at, key| at.get(key)).and_then(Json::as_str)
}

fn flag(json: &Json, key: &str) -> bool {
    json.get(key).and_then(Json::as_bool).unwrap_or(false)
}

fn leak(text: &str) -> &'static str {
    text.to_owned().leak()
}

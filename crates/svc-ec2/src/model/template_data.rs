//! The data of launch templates. A template stores what it was given, as JSON by the names of the model's
//! members; the shapes of requests and answers have the same names.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html>

use crate::api;
use base::Timestamp;
use serde_json::{Map, Value as Json};
use wire::schema::{Kind, ShapeId};
use wire::{Fields, Mismatch, Record, Value};

/// Members that RunInstances calls otherwise.
const RENAMED: [(&str, &str); 2] =
    [("RamDiskId", "RamdiskId"), ("ElasticGpuSpecifications", "ElasticGpuSpecification")];
/// Members that replace each other.
const EITHER: [(&str, &str); 2] =
    [("SecurityGroupIds", "SecurityGroups"), ("SecurityGroups", "SecurityGroupIds")];

/// A record as it is stored; what is no structure is nothing.
pub fn stored(record: impl Record) -> Map<String, Json> {
    match json(record.into_value()) {
        Json::Object(members) => members,
        _ => Map::new(),
    }
}

fn json(value: Value) -> Json {
    match value {
        Value::Null | Value::Blob(_) => Json::Null,
        Value::Bool(flag) => flag.into(),
        Value::Int(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::String(text) => text.into(),
        Value::Timestamp(at) => at.millis().into(),
        Value::List(items) => items.into_iter().map(json).collect(),
        Value::Map(entries) => Json::Object(entries.into_iter().map(|(k, v)| (k, json(v))).collect()),
        Value::Struct(fields) => {
            Json::Object(fields.into_iter().map(|(k, v)| (k.to_owned(), json(v))).collect())
        }
        Value::Document(document) => document,
    }
}

/// What is stored as a record of the shape of this name. Members that the shape has not are left out.
pub fn typed<R: Record>(shape: &str, data: &Map<String, Json>) -> Result<R, Mismatch> {
    let place = api::MODEL.shapes.iter().position(|known| known.name == shape).unwrap_or_default();
    let shape = ShapeId::try_from(place).unwrap_or_default();
    R::from_value(value(shape, &Json::Object(data.clone())))
}

fn value(shape: ShapeId, json: &Json) -> Value {
    match (&api::MODEL.shape(shape).kind, json) {
        (Kind::Structure(structure), Json::Object(members)) => {
            let member = |m: &wire::schema::Member| Some((m.name, value(m.shape, members.get(m.name)?)));
            Value::Struct(structure.members.iter().filter_map(member).collect::<Fields>())
        }
        (Kind::List { member, .. }, Json::Array(items)) => {
            Value::List(items.iter().map(|item| value(member.shape, item)).collect())
        }
        (Kind::Timestamp(_), Json::Number(number)) => {
            Value::Timestamp(Timestamp(number.as_i64().unwrap_or_default()))
        }
        (_, Json::Bool(flag)) => Value::Bool(*flag),
        (_, Json::String(text)) => Value::String(text.clone()),
        (Kind::Float | Kind::Double, Json::Number(number)) => {
            Value::Float(number.as_f64().unwrap_or_default())
        }
        (_, Json::Number(number)) => Value::Int(number.as_i64().unwrap_or_default()),
        _ => Value::Null,
    }
}

/// A new version's data: what was given, over those of the version that it comes from.
pub fn over_source(source: Map<String, Json>, given: Map<String, Json>) -> Map<String, Json> {
    let mut data = source;
    data.extend(given);
    data
}

/// A request with what a template says. The request is right where both say something; interfaces of the same
/// place and tags of the same kind of resource are put together.
pub fn under_request(template: &Map<String, Json>, request: Map<String, Json>) -> Map<String, Json> {
    let mut data: Map<String, Json> = template
        .iter()
        .map(|(name, value)| {
            let other = RENAMED.iter().find(|(known, _)| known == name);
            (other.map_or(name.as_str(), |(_, other)| other).to_owned(), value.clone())
        })
        .collect();
    for (name, asked) in request {
        for (one, other) in EITHER {
            if one == name {
                data.remove(other);
            }
        }
        let known = data.remove(&name);
        let merged = match (name.as_str(), known, asked) {
            ("NetworkInterfaces", Some(Json::Array(known)), Json::Array(asked)) => interfaces(known, asked),
            ("TagSpecifications", Some(Json::Array(known)), Json::Array(asked)) => tags(known, asked),
            (_, _, asked) => asked,
        };
        data.insert(name, merged);
    }
    data
}

fn interfaces(known: Vec<Json>, asked: Vec<Json>) -> Json {
    let place = |one: &Json| one.get("DeviceIndex").and_then(Json::as_i64).unwrap_or_default();
    let mut all = known;
    for one in asked {
        match all.iter_mut().find(|known| place(known) == place(&one)) {
            Some(Json::Object(known)) => {
                if let Json::Object(asked) = one {
                    known.extend(asked);
                }
            }
            _ => all.push(one),
        }
    }
    Json::Array(all)
}

fn tags(known: Vec<Json>, asked: Vec<Json>) -> Json {
    let mut all = known;
    for one in asked {
        let Some(same) = all.iter_mut().find(|known| known.get("ResourceType") == one.get("ResourceType"))
        else {
            all.push(one);
            continue;
        };
        let given = list(&one);
        let is_given = |tag: &Json| given.iter().any(|other| other.get("Key") == tag.get("Key"));
        let mut tags: Vec<Json> = list(same).into_iter().filter(|tag| !is_given(tag)).collect();
        tags.extend(given.clone());
        if let Json::Object(same) = same {
            same.insert("Tags".to_owned(), Json::Array(tags));
        }
    }
    Json::Array(all)
}

fn list(specification: &Json) -> Vec<Json> {
    specification.get("Tags").and_then(Json::as_array).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Json) -> Map<String, Json> {
        match value {
            Json::Object(members) => members,
            _ => Map::new(),
        }
    }

    #[test]
    fn a_request_is_right_where_the_template_says_something_else() {
        for (template, request, expected) in [
            (
                json!({"ImageId": "a", "InstanceType": "t"}),
                json!({"ImageId": "b"}),
                json!({"ImageId": "b", "InstanceType": "t"}),
            ),
            (json!({"RamDiskId": "r"}), json!({}), json!({"RamdiskId": "r"})),
            (
                json!({"SecurityGroups": ["a"]}),
                json!({"SecurityGroupIds": ["sg"]}),
                json!({"SecurityGroupIds": ["sg"]}),
            ),
            (
                json!({"NetworkInterfaces": [{"DeviceIndex": 0, "Groups": ["sg"]}, {"DeviceIndex": 1}]}),
                json!({"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "s"}]}),
                json!({"NetworkInterfaces": [{"DeviceIndex": 0, "Groups": ["sg"], "SubnetId": "s"}, {"DeviceIndex": 1}]}),
            ),
            (
                json!({"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]}]}),
                json!({"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "b", "Value": "2"}]}]}),
                json!({"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}]}),
            ),
        ] {
            assert_eq!(Json::Object(under_request(&object(template), object(request))), expected);
        }
    }

    #[test]
    fn what_is_stored_reads_back_as_request_and_as_answer() {
        let given = api::RequestLaunchTemplateData {
            image_id: Some("ami-1".into()),
            ebs_optimized: Some(true),
            network_interfaces: Some(vec![api::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest {
                device_index: Some(0),
                groups: Some(vec!["sg-1".into()]),
                ..Default::default()
            }]),
            ..Default::default()
        };
        let data = stored(given.clone());
        let again: api::RequestLaunchTemplateData = typed("RequestLaunchTemplateData", &data).unwrap();
        assert_eq!(again, given);
        let shown: api::ResponseLaunchTemplateData = typed("ResponseLaunchTemplateData", &data).unwrap();
        assert_eq!(shown.network_interfaces.unwrap()[0].groups, Some(vec!["sg-1".to_owned()]));
        let run: api::RunInstancesRequest = typed("RunInstancesRequest", &data).unwrap();
        assert_eq!(
            (run.ebs_optimized, run.network_interfaces.unwrap()[0].device_index),
            (Some(true), Some(0))
        );
    }
}

//! Query parameters as a tree (`A.member.1.B=x`), read by schema. awsQuery and ec2Query
//! differ in names and in how lists stand in it.

use super::{MAX_DEPTH, MAX_PARAMETERS, scalar};
use crate::error::DecodeError;
use crate::http::Request;
use crate::schema::{Kind, Member, Model, Structure, TimestampFormat};
use crate::value::{Fields, Value};
use std::collections::BTreeMap;

/// What distinguishes the two query protocols.
pub trait Dialect {
    /// The names that a member may have in a request, the usual one first.
    fn names(&self, member: &Member) -> Vec<String>;
    /// Whether lists and maps stand directly under their member's name.
    fn flattens(&self, flattened: bool) -> bool;
}

#[derive(Debug, Default)]
pub struct Node {
    text: Option<String>,
    children: BTreeMap<String, Node>,
}

/// Parses a request's parameters: the body's, and those of the query string.
pub fn parse(request: &Request) -> Result<Node, DecodeError> {
    std::str::from_utf8(&request.body).map_err(|_| DecodeError::NotUtf8)?;
    let mut root = Node::default();
    let query = form_urlencoded::parse(request.query.as_bytes());
    for (n, (name, value)) in query.chain(form_urlencoded::parse(&request.body)).enumerate() {
        if n >= MAX_PARAMETERS {
            return Err(DecodeError::TooMany { limit: MAX_PARAMETERS });
        }
        let mut node = &mut root;
        for (depth, step) in name.split('.').enumerate() {
            // A list or map takes two steps more than the structure it stands for.
            if depth > MAX_DEPTH * 3 {
                return Err(DecodeError::TooDeep { limit: MAX_DEPTH });
            }
            node = node.children.entry(step.to_owned()).or_default();
        }
        node.text = Some(value.into_owned());
    }
    Ok(root)
}

impl Node {
    fn child(&self, names: &[String]) -> Option<&Node> {
        names.iter().find_map(|name| self.children.get(name))
    }

    /// The numbered children in their order.
    fn numbered(&self) -> Result<Vec<(u32, &Node)>, DecodeError> {
        let number = |name: &String| {
            name.parse::<u32>().map_err(|_| DecodeError::Text {
                path: String::new(),
                expected: "number",
                text: name.chars().take(200).collect(),
            })
        };
        let mut items = Vec::new();
        for (name, node) in &self.children {
            items.push((number(name)?, node));
        }
        items.sort_by_key(|(n, _)| *n);
        Ok(items)
    }
}

pub struct Reader<'m, D> {
    pub model: &'m Model,
    pub dialect: D,
}

impl<D: Dialect> Reader<'_, D> {
    pub fn structure(
        &self,
        structure: &'static Structure,
        node: &Node,
        depth: usize,
    ) -> Result<Fields, DecodeError> {
        let mut fields = Fields::new();
        for member in structure.members {
            let Some(child) = node.child(&self.names(member)) else { continue };
            let value = self.value(member, child, depth + 1).map_err(|e| e.within(member.name))?;
            fields.set(member.name, value);
        }
        Ok(fields)
    }

    /// A flattened list may be called what its members are called, if they have a name.
    fn names(&self, member: &Member) -> Vec<String> {
        let mut names = self.dialect.names(member);
        if let Kind::List { member: item, flattened } = self.model.shape(member.shape).kind
            && (flattened || member.flattened)
            && item.location_name.is_some()
        {
            names.extend(self.dialect.names(&item));
        }
        names
    }

    fn value(&self, member: &Member, node: &Node, depth: usize) -> Result<Value, DecodeError> {
        if depth > MAX_DEPTH {
            return Err(DecodeError::TooDeep { limit: MAX_DEPTH });
        }
        match &self.model.shape(member.shape).kind {
            Kind::Structure(structure) => self.structure(structure, node, depth).map(Value::Struct),
            Kind::List { member: item, flattened } => {
                self.list(item, self.dialect.flattens(*flattened || member.flattened), node, depth)
            }
            Kind::Map { key, value, flattened } => {
                self.map(key, value, self.dialect.flattens(*flattened || member.flattened), node, depth)
            }
            _ => {
                let text = node.text.as_deref().unwrap_or_default();
                scalar::read(self.model, member, TimestampFormat::Iso8601, text)
            }
        }
    }

    fn list(&self, item: &Member, flat: bool, node: &Node, depth: usize) -> Result<Value, DecodeError> {
        let names = [item.location_name.unwrap_or("member").to_owned(), "member".to_owned()];
        let Some(node) = (if flat { Some(node) } else { node.child(&names) }) else {
            return Ok(Value::List(Vec::new()));
        };
        let read =
            |(n, node): (u32, &Node)| self.value(item, node, depth + 1).map_err(|e| e.within(&n.to_string()));
        node.numbered()?.into_iter().map(read).collect::<Result<_, _>>().map(Value::List)
    }

    fn map(
        &self,
        key: &Member,
        value: &Member,
        flat: bool,
        node: &Node,
        depth: usize,
    ) -> Result<Value, DecodeError> {
        let Some(node) = (if flat { Some(node) } else { node.children.get("entry") }) else {
            return Ok(Value::Map(BTreeMap::new()));
        };
        let (key_name, value_name) =
            (key.location_name.unwrap_or("key"), value.location_name.unwrap_or("value"));
        let mut map = BTreeMap::new();
        for (n, entry) in node.numbered()? {
            let name = entry.children.get(key_name).and_then(|k| k.text.clone()).unwrap_or_default();
            if let Some(child) = entry.children.get(value_name) {
                map.insert(name, self.value(value, child, depth + 1).map_err(|e| e.within(&n.to_string()))?);
            }
        }
        Ok(Value::Map(map))
    }
}

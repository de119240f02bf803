//! XML documents as a tree, read by schema: the requests of restXml.

use super::{MAX_DEPTH, scalar};
use crate::error::DecodeError;
use crate::schema::{Kind, Member, Model, Structure, TimestampFormat};
use crate::value::{Fields, Value};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::collections::BTreeMap;

/// An element. Names are as written, prefix included.
#[derive(Debug, Default)]
pub struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

/// Parses a document. Document types are refused, so that no entity can expand.
pub fn parse(body: &[u8]) -> Result<Element, DecodeError> {
    let text = std::str::from_utf8(body).map_err(|_| DecodeError::NotUtf8)?;
    let mut reader = Reader::from_str(text);
    // The first stands for the document; the root element becomes its child.
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|_| DecodeError::NotXml)? {
            Event::Start(tag) => {
                // A list or map takes two elements more than the structure it stands for.
                if open.len() > MAX_DEPTH * 3 {
                    return Err(DecodeError::TooDeep { limit: MAX_DEPTH });
                }
                open.push(element(&tag)?);
            }
            Event::Empty(tag) => append(&mut open, element(&tag)?)?,
            Event::End(_) => {
                let done = open.pop().ok_or(DecodeError::NotXml)?;
                append(&mut open, done)?;
            }
            Event::Text(text) => push_text(&mut open, &text.decode().map_err(|_| DecodeError::NotXml)?)?,
            Event::CData(text) => push_text(&mut open, &text.decode().map_err(|_| DecodeError::NotXml)?)?,
            Event::GeneralRef(name) => push_text(&mut open, &resolve(&name)?)?,
            Event::DocType(_) => return Err(DecodeError::NotXml),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    let mut document = open.pop().filter(|_| open.is_empty()).ok_or(DecodeError::NotXml)?;
    document.children.pop().filter(|_| document.children.is_empty()).ok_or(DecodeError::NotXml)
}

fn element(tag: &BytesStart<'_>) -> Result<Element, DecodeError> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| DecodeError::NotUtf8);
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| DecodeError::NotXml)?;
        let value = attribute.unescape_value().map_err(|_| DecodeError::NotXml)?;
        attributes.push((text(attribute.key.as_ref())?, value.into_owned()));
    }
    Ok(Element { name: text(tag.name().as_ref())?, attributes, ..Element::default() })
}

fn append(open: &mut [Element], child: Element) -> Result<(), DecodeError> {
    open.last_mut().ok_or(DecodeError::NotXml)?.children.push(child);
    Ok(())
}

fn push_text(open: &mut [Element], text: &str) -> Result<(), DecodeError> {
    open.last_mut().ok_or(DecodeError::NotXml)?.text.push_str(text);
    Ok(())
}

/// A character reference or one of the five entities that XML has by itself.
fn resolve(name: &BytesRef<'_>) -> Result<String, DecodeError> {
    if let Some(c) = name.resolve_char_ref().map_err(|_| DecodeError::NotXml)? {
        return Ok(c.to_string());
    }
    let name = name.decode().map_err(|_| DecodeError::NotXml)?;
    let text = quick_xml::escape::resolve_xml_entity(&name).ok_or(DecodeError::NotXml)?;
    Ok(text.to_owned())
}

impl Element {
    fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |c| c.name == name || local(&c.name) == name)
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Reads the chosen members of a structure.
pub fn read_members(
    model: &Model,
    structure: &'static Structure,
    element: &Element,
    depth: usize,
    chosen: impl Fn(&Member) -> bool,
) -> Result<Fields, DecodeError> {
    let mut fields = Fields::new();
    for member in structure.members.iter().filter(|m| chosen(m)) {
        let value = read_member(model, member, element, depth).map_err(|e| e.within(member.name))?;
        value.into_iter().for_each(|value| fields.set(member.name, value));
    }
    if structure.union && fields.len() != 1 {
        return Err(DecodeError::Union { path: String::new() });
    }
    Ok(fields)
}

fn read_member(
    model: &Model,
    member: &Member,
    parent: &Element,
    depth: usize,
) -> Result<Option<Value>, DecodeError> {
    let name = member.wire_name();
    if member.xml_attribute {
        let read = |text| scalar::read(model, member, TimestampFormat::Iso8601, text);
        return parent.attribute(name).map(read).transpose();
    }
    match &model.shape(member.shape).kind {
        Kind::List { member: item, flattened } if *flattened || member.flattened => {
            let own = if *flattened { item.location_name } else { None };
            let items: Vec<_> = parent.all(member.location_name.or(own).unwrap_or(member.name)).collect();
            if items.is_empty() { Ok(None) } else { list(model, item, items.into_iter(), depth).map(Some) }
        }
        Kind::Map { key, value, flattened } if *flattened || member.flattened => {
            let entries: Vec<_> = parent.all(name).collect();
            if entries.is_empty() {
                Ok(None)
            } else {
                map(model, key, value, entries.into_iter(), depth).map(Some)
            }
        }
        _ => parent.all(name).next().map(|child| read(model, member, child, depth + 1)).transpose(),
    }
}

/// Reads an element as a value of the member's shape.
pub fn read(model: &Model, member: &Member, element: &Element, depth: usize) -> Result<Value, DecodeError> {
    if depth > MAX_DEPTH {
        return Err(DecodeError::TooDeep { limit: MAX_DEPTH });
    }
    match &model.shape(member.shape).kind {
        Kind::Structure(structure) => {
            read_members(model, structure, element, depth, |_| true).map(Value::Struct)
        }
        Kind::List { member: item, .. } => {
            list(model, item, element.all(item.location_name.unwrap_or("member")), depth)
        }
        Kind::Map { key, value, .. } => map(model, key, value, element.all("entry"), depth),
        Kind::String => Ok(Value::String(element.text.clone())),
        _ => scalar::read(model, member, TimestampFormat::Iso8601, element.text.trim()),
    }
}

fn list<'e>(
    model: &Model,
    item: &Member,
    elements: impl Iterator<Item = &'e Element>,
    depth: usize,
) -> Result<Value, DecodeError> {
    let read_item = |(i, element): (usize, &Element)| {
        read(model, item, element, depth + 1).map_err(|e| e.within(&(i + 1).to_string()))
    };
    elements.enumerate().map(read_item).collect::<Result<_, _>>().map(Value::List)
}

fn map<'e>(
    model: &Model,
    key: &Member,
    value: &Member,
    entries: impl Iterator<Item = &'e Element>,
    depth: usize,
) -> Result<Value, DecodeError> {
    let mut map = BTreeMap::new();
    for entry in entries {
        let name = entry.all(key.location_name.unwrap_or("key")).next().map(|e| e.text.clone());
        if let Some(child) = entry.all(value.location_name.unwrap_or("value")).next() {
            map.insert(name.unwrap_or_default(), read(model, value, child, depth + 1)?);
        }
    }
    Ok(Value::Map(map))
}

//! XML as a tree, for comparing meaning.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    children: Vec<Element>,
}

pub fn parse(text: &str) -> Element {
    let mut reader = Reader::from_str(text.trim());
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => open.push(element(&tag)),
            Event::Empty(tag) => open.last_mut().unwrap().children.push(element(&tag)),
            Event::End(_) => {
                let done = open.pop().unwrap();
                open.last_mut().unwrap().children.push(done);
            }
            Event::Text(text) => open.last_mut().unwrap().text.push_str(&text.decode().unwrap()),
            Event::CData(text) => open.last_mut().unwrap().text.push_str(&text.decode().unwrap()),
            Event::GeneralRef(name) => {
                let resolved = match name.resolve_char_ref().unwrap() {
                    Some(c) => c.to_string(),
                    None => {
                        quick_xml::escape::resolve_xml_entity(&name.decode().unwrap()).unwrap().to_owned()
                    }
                };
                open.last_mut().unwrap().text.push_str(&resolved);
            }
            Event::Eof => return open.pop().unwrap().children.pop().unwrap(),
            _ => {}
        }
    }
}

fn element(tag: &BytesStart<'_>) -> Element {
    let attributes = tag.attributes().map(|a| {
        let a = a.unwrap();
        (String::from_utf8(a.key.as_ref().to_vec()).unwrap(), a.unescape_value().unwrap().into_owned())
    });
    Element {
        name: String::from_utf8(tag.name().as_ref().to_vec()).unwrap(),
        attributes: attributes.filter(|(name, _)| !name.starts_with("xmlns")).collect(),
        ..Element::default()
    }
}

impl Element {
    /// Whether there is nothing in it but what every answer has.
    pub fn is_bare(&self) -> bool {
        self.clone().normal().children.iter().all(|c| c.children.is_empty() && c.text.is_empty())
    }

    fn is_entry(&self) -> bool {
        let names: Vec<_> = self.children.iter().map(|c| c.name.to_lowercase()).collect();
        let [key, value] = &names[..] else { return false };
        (key.ends_with("key") && value.ends_with("value"))
            || names == ["k", "v"]
            || names == ["attribute", "setting"]
    }

    pub fn same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.attributes == other.attributes
            && crate::params::same_text(&self.text, &other.text)
            && self.children.len() == other.children.len()
            && self.children.iter().zip(&other.children).all(|(a, b)| a.same(b))
    }

    /// Without layout, request ids, and the order of siblings of different names.
    pub fn normal(mut self) -> Self {
        if !self.children.is_empty() || self.text.trim().is_empty() {
            self.text.clear();
        }
        self.children.retain(|c| {
            !matches!(c.name.as_str(), "RequestId" | "requestId" | "RequestID" | "ResponseMetadata")
        });
        self.children = self.children.into_iter().map(Element::normal).collect();
        self.children.sort_by(|a, b| a.name.cmp(&b.name));
        // Entries of a map have no order.
        if self.children.iter().all(Element::is_entry) {
            self.children.sort();
        }
        self
    }
}

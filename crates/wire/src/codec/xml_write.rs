//! Values as XML, by schema: the answers of awsQuery, ec2Query and restXml.

use super::scalar;
use crate::error::ErrorReply;
use crate::schema::{Kind, Location, Member, Model, TimestampFormat, XmlNamespace};
use crate::value::{Fields, Value};

pub const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// Text that grows by elements.
#[derive(Default)]
pub struct Xml(pub String);

impl Xml {
    pub fn open(&mut self, name: &str, namespace: Option<XmlNamespace>) {
        self.0.push('<');
        self.0.push_str(name);
        if let Some(namespace) = namespace {
            let attribute = namespace.prefix.map_or("xmlns".to_owned(), |p| format!("xmlns:{p}"));
            self.attribute(&attribute, namespace.uri);
        }
        self.0.push('>');
    }

    pub fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// An element that holds text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.open(name, None);
        escape(&mut self.0, text);
        self.close(name);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.0.push(' ');
        self.0.push_str(name);
        self.0.push_str("=\"");
        escape(&mut self.0, value);
        self.0.push('"');
    }
}

/// Escapes markup and what parsers would normalise or refuse. Characters that XML 1.0
/// cannot hold in any form become U+FFFD.
pub fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\n' => out.push_str("&#xA;"),
            '\u{85}' => out.push_str("&#x85;"),
            '\u{2028}' => out.push_str("&#x2028;"),
            '\t' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
}

/// How one protocol writes values.
pub struct Writer<'m> {
    pub model: &'m Model,
    /// EC2 always gives milliseconds.
    pub always_millis: bool,
}

impl Writer<'_> {
    /// What stands in an `Error` element: code, message, the further members of its shape.
    pub fn error(&self, xml: &mut Xml, error: &ErrorReply) {
        xml.text("Code", &error.code);
        if !error.message.is_empty() {
            xml.text("Message", &error.message);
        }
        let fields: Fields = error.fields.iter().cloned().collect();
        let members = self.model.error_id(&error.code).map_or(&[][..], |id| self.model.members(id));
        let further = |m: &Member| m.location == Location::Body && !m.name.eq_ignore_ascii_case("message");
        self.members(xml, members, &fields, further);
    }

    /// The chosen members of a structure that are elements.
    pub fn members(
        &self,
        xml: &mut Xml,
        members: &[Member],
        fields: &Fields,
        chosen: impl Fn(&Member) -> bool,
    ) {
        for member in members.iter().filter(|m| !m.xml_attribute && chosen(m)) {
            if let Some(value) = fields.get(member.name).filter(|v| **v != Value::Null) {
                self.member(xml, member, value);
            }
        }
    }

    fn member(&self, xml: &mut Xml, member: &Member, value: &Value) {
        match (&self.model.shape(member.shape).kind, value) {
            (Kind::List { member: item, flattened }, Value::List(items))
                if *flattened || member.flattened =>
            {
                // A list shape that is itself flattened may name its elements.
                let own = if *flattened { item.location_name } else { None };
                let name = member.location_name.or(own).unwrap_or(member.name);
                items.iter().for_each(|v| self.element(xml, name, item, v));
            }
            (Kind::Map { key, value: item, flattened }, Value::Map(entries))
                if *flattened || member.flattened =>
            {
                for (k, v) in entries {
                    self.entry(xml, member.wire_name(), (key, k), (item, v));
                }
            }
            _ => self.element(xml, member.wire_name(), member, value),
        }
    }

    /// One element of the name, whatever is in it.
    pub fn element(&self, xml: &mut Xml, name: &str, member: &Member, value: &Value) {
        let shape = self.model.shape(member.shape);
        xml.0.push('<');
        xml.0.push_str(name);
        if let Some(ns) = member.xml_namespace.or(shape.xml_namespace) {
            xml.attribute(&ns.prefix.map_or("xmlns".to_owned(), |p| format!("xmlns:{p}")), ns.uri);
        }
        if let (Kind::Structure(structure), Value::Struct(fields)) = (&shape.kind, value) {
            for member in structure.members.iter().filter(|m| m.xml_attribute) {
                if let Some(value) = fields.get(member.name) {
                    xml.attribute(member.wire_name(), &self.scalar(member, value));
                }
            }
        }
        xml.0.push('>');
        self.content(xml, member, value);
        xml.close(name);
    }

    fn content(&self, xml: &mut Xml, member: &Member, value: &Value) {
        match (&self.model.shape(member.shape).kind, value) {
            (Kind::Structure(structure), Value::Struct(fields)) => {
                self.members(xml, structure.members, fields, |_| true);
            }
            (Kind::List { member: item, .. }, Value::List(items)) => {
                let name = item.location_name.unwrap_or("member");
                items.iter().for_each(|v| self.element(xml, name, item, v));
            }
            (Kind::Map { key, value: item, .. }, Value::Map(entries)) => {
                entries.iter().for_each(|(k, v)| self.entry(xml, "entry", (key, k), (item, v)));
            }
            _ => escape(&mut xml.0, &self.scalar(member, value)),
        }
    }

    fn entry(&self, xml: &mut Xml, name: &str, key: (&Member, &str), value: (&Member, &Value)) {
        xml.open(name, None);
        self.element(xml, key.0.location_name.unwrap_or("key"), key.0, &Value::from(key.1));
        self.element(xml, value.0.location_name.unwrap_or("value"), value.0, value.1);
        xml.close(name);
    }

    fn scalar(&self, member: &Member, value: &Value) -> String {
        match (scalar::format_of(self.model, member, TimestampFormat::Iso8601), value) {
            (TimestampFormat::Iso8601, Value::Timestamp(at)) if self.always_millis => at.iso8601_ms(),
            (format, value) => scalar::write(value, format),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_is_escaped() {
        for (text, want) in [
            ("a<b>&\"c\"", "a&lt;b&gt;&amp;&quot;c&quot;"),
            ("a\r\nb\u{85}\u{2028}", "a&#xD;&#xA;b&#x85;&#x2028;"),
            ("\0\u{1}\u{ffff}\t", "\u{fffd}\u{fffd}\u{fffd}\t"),
        ] {
            let mut out = String::new();
            escape(&mut out, text);
            assert_eq!(out, want);
        }
    }
}

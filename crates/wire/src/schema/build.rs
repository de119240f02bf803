//! Constant constructors, so that generated tables name only what differs from the plain.

use super::*;

impl Member {
    /// A member with no traits.
    pub const fn new(name: &'static str, shape: ShapeId) -> Self {
        Self {
            name,
            shape,
            required: false,
            location: Location::Body,
            location_name: None,
            query_name: None,
            timestamp_format: None,
            flattened: false,
            xml_attribute: false,
            xml_namespace: None,
            json_value: false,
            idempotency_token: false,
            streaming: false,
            event_payload: false,
        }
    }

    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub const fn at(mut self, location: Location) -> Self {
        self.location = location;
        self
    }

    pub const fn named(mut self, location_name: &'static str) -> Self {
        self.location_name = Some(location_name);
        self
    }

    pub const fn query(mut self, query_name: &'static str) -> Self {
        self.query_name = Some(query_name);
        self
    }

    pub const fn format(mut self, format: TimestampFormat) -> Self {
        self.timestamp_format = Some(format);
        self
    }

    pub const fn flat(mut self) -> Self {
        self.flattened = true;
        self
    }

    pub const fn attribute(mut self) -> Self {
        self.xml_attribute = true;
        self
    }

    pub const fn namespace(mut self, prefix: Option<&'static str>, uri: &'static str) -> Self {
        self.xml_namespace = Some(XmlNamespace { prefix, uri });
        self
    }

    pub const fn json_value(mut self) -> Self {
        self.json_value = true;
        self
    }

    pub const fn token(mut self) -> Self {
        self.idempotency_token = true;
        self
    }

    pub const fn stream(mut self) -> Self {
        self.streaming = true;
        self
    }

    pub const fn event_payload(mut self) -> Self {
        self.event_payload = true;
        self
    }
}

impl Shape {
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            constraints: Constraints::NONE,
            sensitive: false,
            location_name: None,
            xml_namespace: None,
            error: None,
        }
    }

    pub const fn structure(name: &'static str, members: &'static [Member]) -> Self {
        Self::new(
            name,
            Kind::Structure(Structure { members, payload: None, union: false, event_stream: false }),
        )
    }

    pub const fn list(name: &'static str, member: Member) -> Self {
        Self::new(name, Kind::List { member, flattened: false })
    }

    pub const fn map(name: &'static str, key: Member, value: Member) -> Self {
        Self::new(name, Kind::Map { key, value, flattened: false })
    }

    pub const fn payload(mut self, member: &'static str) -> Self {
        if let Kind::Structure(structure) = &mut self.kind {
            structure.payload = Some(member);
        }
        self
    }

    pub const fn union(mut self) -> Self {
        if let Kind::Structure(structure) = &mut self.kind {
            structure.union = true;
        }
        self
    }

    pub const fn events(mut self) -> Self {
        if let Kind::Structure(structure) = &mut self.kind {
            structure.event_stream = true;
        }
        self
    }

    pub const fn flat(mut self) -> Self {
        if let Kind::List { flattened, .. } | Kind::Map { flattened, .. } = &mut self.kind {
            *flattened = true;
        }
        self
    }

    pub const fn min(mut self, min: f64) -> Self {
        self.constraints.min = Some(min);
        self
    }

    pub const fn max(mut self, max: f64) -> Self {
        self.constraints.max = Some(max);
        self
    }

    pub const fn pattern(mut self, pattern: &'static str) -> Self {
        self.constraints.pattern = Some(pattern);
        self
    }

    pub const fn values(mut self, values: &'static [&'static str]) -> Self {
        self.constraints.values = values;
        self
    }

    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    pub const fn named(mut self, location_name: &'static str) -> Self {
        self.location_name = Some(location_name);
        self
    }

    pub const fn namespace(mut self, prefix: Option<&'static str>, uri: &'static str) -> Self {
        self.xml_namespace = Some(XmlNamespace { prefix, uri });
        self
    }

    pub const fn error(mut self, code: &'static str, status: u16) -> Self {
        let fault = if status >= 500 { crate::Fault::Server } else { crate::Fault::Client };
        self.error = Some(ErrorTraits { code, status, fault });
        self
    }
}

impl KnownOperation {
    pub const fn new(name: &'static str, http_method: &'static str, uri: &'static str) -> Self {
        Self { name, http_method, uri, unsigned: false }
    }

    pub const fn unsigned(mut self) -> Self {
        self.unsigned = true;
        self
    }
}

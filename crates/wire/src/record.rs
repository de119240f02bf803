//! The bridge between [`Value`] and the generated structs.

use crate::value::{Fields, Value};
use base::Timestamp;
use std::collections::BTreeMap;

/// A value that does not have the type that the struct's member has. The codecs decode by
/// the same schema that the structs come from, so this is met only by hand-made values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("expected {expected}, found {found}")]
    Kind { expected: &'static str, found: &'static str },
    #[error("integer `{0}` is out of range")]
    OutOfRange(i64),
    #[error("{member}: {source}")]
    Member { member: &'static str, source: Box<Mismatch> },
}

impl Mismatch {
    pub fn kind(expected: &'static str, found: &Value) -> Self {
        Self::Kind { expected, found: found.kind() }
    }
}

/// A struct that stands for a structure shape. [`record!`](crate::record!) implements it.
pub trait Record: Sized {
    fn from_value(value: Value) -> Result<Self, Mismatch>;
    fn into_value(self) -> Value;
}

/// A type that a member of a record may have.
pub trait Field: Sized {
    fn from_field(value: Value) -> Result<Self, Mismatch>;
    fn into_field(self) -> Value;
}

/// A structure that contains itself is boxed.
impl<T: Record> Field for Box<T> {
    fn from_field(value: Value) -> Result<Self, Mismatch> {
        T::from_value(value).map(Box::new)
    }

    fn into_field(self) -> Value {
        (*self).into_value()
    }
}

macro_rules! plain_field {
    ($($type:ty, $variant:ident, $kind:literal;)*) => {$(
        impl Field for $type {
            fn from_field(value: Value) -> Result<Self, Mismatch> {
                match value {
                    Value::$variant(inner) => Ok(inner),
                    other => Err(Mismatch::kind($kind, &other)),
                }
            }

            fn into_field(self) -> Value {
                Value::$variant(self)
            }
        }
    )*};
}

plain_field! {
    bool, Bool, "boolean";
    i64, Int, "integer";
    String, String, "string";
    Vec<u8>, Blob, "blob";
    Timestamp, Timestamp, "timestamp";
    serde_json::Value, Document, "document";
}

impl Field for i32 {
    fn from_field(value: Value) -> Result<Self, Mismatch> {
        let wide = i64::from_field(value)?;
        Self::try_from(wide).map_err(|_| Mismatch::OutOfRange(wide))
    }

    fn into_field(self) -> Value {
        Value::Int(i64::from(self))
    }
}

impl Field for f64 {
    fn from_field(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Float(number) => Ok(number),
            Value::Int(number) => Ok(number as f64),
            other => Err(Mismatch::kind("float", &other)),
        }
    }

    fn into_field(self) -> Value {
        Value::Float(self)
    }
}

impl<T: Field> Field for Vec<T> {
    fn from_field(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::List(items) => items.into_iter().map(T::from_field).collect(),
            other => Err(Mismatch::kind("list", &other)),
        }
    }

    fn into_field(self) -> Value {
        Value::List(self.into_iter().map(T::into_field).collect())
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn from_field(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Map(entries) => entries.into_iter().map(|(k, v)| Ok((k, T::from_field(v)?))).collect(),
            other => Err(Mismatch::kind("map", &other)),
        }
    }

    fn into_field(self) -> Value {
        Value::Map(self.into_iter().map(|(k, v)| (k, v.into_field())).collect())
    }
}

/// Takes the members of a structure out of its value. Used by [`record!`](crate::record!).
pub fn fields_of(value: Value) -> Result<Fields, Mismatch> {
    match value {
        Value::Struct(fields) => Ok(fields),
        other => Err(Mismatch::kind("structure", &other)),
    }
}

/// Takes one member. Absent and null are the same. Used by [`record!`](crate::record!).
pub fn take<T: Field>(fields: &mut Fields, member: &'static str) -> Result<Option<T>, Mismatch> {
    match fields.remove(member) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::from_field(value)
            .map(Some)
            .map_err(|source| Mismatch::Member { member, source: Box::new(source) }),
    }
}

/// Puts one member if it is there. Used by [`record!`](crate::record!).
pub fn put<T: Field>(fields: &mut Fields, member: &'static str, value: Option<T>) {
    if let Some(value) = value {
        fields.set(member, value.into_field());
    }
}

/// What `Debug` prints for a sensitive member.
#[derive(Clone, Copy)]
pub struct Redacted;

impl std::fmt::Debug for Redacted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<redacted>")
    }
}

/// Declares the struct of a structure shape, with [`Record`] and a `Debug` that leaves out
/// absent members and redacts those behind `secret`.
///
/// ```
/// wire::record! {
///     Login { user: String = "User", password: String = "Password" secret }
/// }
/// let login = Login { user: Some("ann".into()), password: Some("hunter2".into()) };
/// assert_eq!(format!("{login:?}"), r#"Login { user: "ann", password: <redacted> }"#);
/// ```
#[macro_export]
macro_rules! record {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty = $member:literal $($secret:ident)?),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq)]
        pub struct $name {
            $(pub $field: ::std::option::Option<$type>,)*
        }

        impl $crate::Record for $name {
            #[allow(unused_mut, unused_variables)]
            fn from_value(value: $crate::Value) -> Result<Self, $crate::Mismatch> {
                let mut fields = $crate::record::fields_of(value)?;
                Ok(Self { $($field: $crate::record::take(&mut fields, $member)?,)* })
            }

            #[allow(unused_mut)]
            fn into_value(self) -> $crate::Value {
                let mut fields = $crate::Fields::new();
                $($crate::record::put(&mut fields, $member, self.$field);)*
                $crate::Value::Struct(fields)
            }
        }

        impl $crate::record::Field for $name {
            fn from_field(value: $crate::Value) -> Result<Self, $crate::Mismatch> {
                $crate::Record::from_value(value)
            }

            fn into_field(self) -> $crate::Value {
                $crate::Record::into_value(self)
            }
        }

        impl ::std::fmt::Debug for $name {
            #[allow(unused_mut)]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let mut out = f.debug_struct(stringify!($name));
                $(if let Some(value) = &self.$field {
                    $crate::record!(@debug out, stringify!($field), value $(, $secret)?);
                })*
                out.finish()
            }
        }
    )*};
    (@debug $out:ident, $field:expr, $value:ident) => {
        $out.field($field, $value)
    };
    (@debug $out:ident, $field:expr, $value:ident, secret) => {{
        let _ = $value;
        $out.field($field, &$crate::record::Redacted)
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::record! {
        Node {
            name: String = "Name",
            count: i32 = "Count",
            token: Vec<u8> = "Token" secret,
            children: Vec<Node> = "Children",
            next: Box<Node> = "Next",
            labels: BTreeMap<String, bool> = "Labels",
        }
    }

    fn tree() -> Node {
        let leaf = Node { name: Some("leaf".into()), ..Node::default() };
        Node {
            count: Some(7),
            token: Some(b"hunter2".to_vec()),
            children: Some(vec![leaf.clone()]),
            next: Some(Box::new(leaf)),
            labels: Some([("a".to_owned(), true)].into()),
            ..Node::default()
        }
    }

    #[test]
    fn a_record_reads_back_and_keeps_its_secrets() {
        let tree = tree();
        assert_eq!(Node::from_value(tree.clone().into_value()), Ok(tree.clone()));
        let text = format!("{tree:?}");
        assert!(
            text.starts_with("Node { count: 7, token: <redacted>, children: [Node { name: \"leaf\" }]"),
            "{text}"
        );
    }

    #[test]
    fn a_value_of_another_type_is_named() {
        let node = |member, value| Node::from_value(Value::Struct([(member, value)].into_iter().collect()));
        for (result, want) in [
            (node("Name", Value::Int(1)), "Name: expected string, found integer"),
            (node("Count", Value::Int(1 << 40)), "Count: integer `1099511627776` is out of range"),
            (node("Next", node("Name", Value::Null).unwrap().into_value()), ""),
            (node("Children", Value::List(vec![Value::Null])), "Children: expected structure, found null"),
        ] {
            assert_eq!(result.err().map(|e| e.to_string()).unwrap_or_default(), want);
        }
    }
}

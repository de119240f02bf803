//! Schemas: those that have names, and those that stand where they are used, which get one.

use super::{Form, Reader};
use crate::references::{MODELS, REFERENCE, with_references};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::marker::PhantomData;
use std::ptr;

#[derive(Default)]
pub struct Models<'d> {
    known: BTreeMap<String, Json>,
    /// Names of schemas that were met, by where they are in the document: references lead to one again and again.
    met: HashMap<*const Json, String>,
    document: PhantomData<&'d Json>,
}

fn place(form: Form) -> &'static str {
    match form {
        Form::Swagger => "#/definitions/",
        Form::OpenApi => "#/components/schemas/",
    }
}

impl<'d> Models<'d> {
    pub fn of(root: &Json, form: Form) -> Self {
        let pointer = place(form).trim_matches(['#', '/']);
        let all = root.pointer(&format!("/{pointer}")).and_then(Json::as_object);
        let mut known: BTreeMap<String, Json> =
            all.into_iter().flatten().map(|(name, schema)| (name.clone(), schema.clone())).collect();
        let names: BTreeSet<String> = known.keys().cloned().collect();
        for schema in known.values_mut() {
            with_references(schema, &|reference| neutral(form, |name| names.contains(name), reference));
        }
        Self { known, ..Self::default() }
    }

    /// The name of the model that a schema is or refers to.
    pub fn named(&mut self, schema: &'d Json, form: Form) -> String {
        if let Some(reference) = schema.get(REFERENCE).and_then(Json::as_str) {
            // One that does not exist is named all the same: who uses it says what is wrong.
            return reference.rsplit_once('/').map_or(reference, |(_, name)| name).to_owned();
        }
        let place = ptr::from_ref(schema);
        if let Some(name) = self.met.get(&place) {
            return name.clone();
        }
        let mut schema = schema.clone();
        with_references(&mut schema, &|reference| {
            neutral(form, |name| self.known.contains_key(name), reference)
        });
        let digest = format!("{:016x}", fnv(schema.to_string().as_bytes()));
        // The same schema has the same name, another one another.
        let lengths = 6..=digest.len();
        let mut names = lengths.filter_map(|length| digest.get(..length)).map(|part| format!("MODEL{part}"));
        let is_free = |name: &String| self.known.get(name).is_none_or(|other| *other == schema);
        let name = names.find(is_free).unwrap_or_else(|| format!("MODEL{digest}"));
        self.known.insert(name.clone(), schema);
        self.met.insert(place, name.clone());
        name
    }

    pub fn finished(self) -> BTreeMap<String, Json> {
        self.known
    }
}

impl<'d> Reader<'d> {
    pub fn model(&mut self, schema: &'d Json) -> String {
        self.models.named(schema, self.form)
    }
}

/// A reference to a model, as definitions have it.
fn neutral(form: Form, is_known: impl Fn(&str) -> bool, reference: &str) -> Option<String> {
    let name = reference.strip_prefix(place(form))?;
    is_known(name).then(|| format!("{MODELS}{name}"))
}

/// Fowler, Noll and Vo's hash, which gives the same everywhere.
/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv-21>
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

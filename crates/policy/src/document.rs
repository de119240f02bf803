//! A policy document, parsed and ready to be evaluated.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use crate::action::Actions;
use crate::condition::Condition;
use crate::principal_element::PrincipalElement;
use crate::resource::Resources;
use crate::{Malformed, parse};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The language version. Policy variables exist only in [`Version::V2012`]; a document that
/// names no version is read as [`Version::V2008`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    #[default]
    V2008,
    V2012,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

/// A policy document. It keeps the text it was read from, because AWS gives documents back
/// as they came; serialised, it is that text.
#[derive(Debug, Clone)]
pub struct Document {
    pub(crate) text: Arc<str>,
    pub(crate) version: Version,
    pub(crate) id: Option<String>,
    pub(crate) statements: Vec<Statement>,
    index: Index,
}

/// Which statements can speak about the actions of a service, so that a long document is not
/// read through for each request. Places are in ascending order.
#[derive(Debug, Clone, Default)]
struct Index {
    by_service: BTreeMap<Box<str>, Vec<usize>>,
    /// Statements about whatever service: they are also in each list of `by_service`.
    about_any: Vec<usize>,
}

impl Index {
    fn new(statements: &[Statement]) -> Self {
        let mut index = Self::default();
        let services = |s: &Statement| {
            let named = s.actions.as_ref().and_then(|a| a.services().map(|all| all.map(Box::from).collect()));
            named as Option<Vec<Box<str>>>
        };
        let named: Vec<Option<Vec<Box<str>>>> = statements.iter().map(services).collect();
        for service in named.iter().flatten().flatten() {
            index.by_service.entry(service.clone()).or_default();
        }
        for (place, named) in named.into_iter().enumerate() {
            match named {
                Some(named) => {
                    for service in named {
                        index.by_service.entry(service).or_default().push(place);
                    }
                }
                None => {
                    index.about_any.push(place);
                    index.by_service.values_mut().for_each(|places| places.push(place));
                }
            }
        }
        index
    }

    fn places(&self, service: &str) -> &[usize] {
        self.by_service.get(service).unwrap_or(&self.about_any)
    }
}

#[derive(Debug, Clone)]
pub struct Statement {
    pub(crate) sid: Option<Arc<str>>,
    pub(crate) effect: Effect,
    pub(crate) principal: Option<PrincipalElement>,
    pub(crate) actions: Option<Actions>,
    pub(crate) resources: Option<Resources>,
    pub(crate) conditions: Vec<Condition>,
}

impl Document {
    /// Reads a document by the grammar alone; [`Document::check`] adds what its place demands.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        parse::document(text)
    }

    pub(crate) fn new(text: &str, version: Version, id: Option<String>, statements: Vec<Statement>) -> Self {
        Self { text: text.into(), version, id, index: Index::new(&statements), statements }
    }

    /// The statements that can speak about a service, given in lower case, with their places.
    pub(crate) fn about(&self, service: &str) -> impl Iterator<Item = (usize, &Statement)> {
        self.index.places(service).iter().filter_map(|place| Some((*place, self.statements.get(*place)?)))
    }

    /// Whether some statement of this effect can speak about a service, given in lower case.
    pub fn speaks_of(&self, service: &str, effect: Effect) -> bool {
        self.about(service).any(|(_, statement)| statement.effect == effect)
    }

    /// The text as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn version(&self) -> Version {
        self.version
    }

    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

impl Statement {
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    pub fn effect(&self) -> Effect {
        self.effect
    }

    pub fn principal(&self) -> Option<&PrincipalElement> {
        self.principal.as_ref()
    }

    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Document {}

impl Serialize for Document {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl std::str::FromStr for Document {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::parse(text)
    }
}

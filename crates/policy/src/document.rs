//! A policy document, parsed and ready to be evaluated.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use crate::action::Actions;
use crate::condition::Condition;
use crate::principal_element::PrincipalElement;
use crate::resource::Resources;
use crate::{Malformed, parse};
use serde::{Deserialize, Serialize};
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

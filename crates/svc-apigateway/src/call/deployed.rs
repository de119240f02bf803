//! A deployment, read once: its paths, templates, schemas and patterns. A request parses nothing.

use crate::model::json_schema::{Schema, SchemaError};
use crate::model::route::Routes;
use crate::state::{Deployment, Integration, Method};
use fancy_regex::{Regex, RegexBuilder};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use store::Table;
use vtl::{Template, TemplateError};

/// Most deployments that are kept ready.
const KEPT: usize = 512;
/// Steps back that a pattern may take on one text.
const BACKTRACKS: usize = 100_000;

pub(crate) struct Compiled {
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) routes: Routes,
    /// By their text.
    templates: HashMap<String, Result<Template, TemplateError>>,
    /// By the model's name.
    schemas: HashMap<String, Result<Schema, SchemaError>>,
    /// By their text; those that are no expressions match nothing.
    patterns: HashMap<String, Option<Regex>>,
}

impl Compiled {
    pub(crate) fn of(deployment: Arc<Deployment>) -> Self {
        let routes = Routes::of(&deployment.resources);
        let methods: Vec<&Method> = deployment.resources.iter().flat_map(|r| r.methods.values()).collect();
        let integrations: Vec<&Integration> = methods.iter().filter_map(|m| m.integration.as_ref()).collect();
        let of_responses = || integrations.iter().flat_map(|i| i.responses.values());
        let templates = integrations
            .iter()
            .flat_map(|i| i.request_templates.values())
            .chain(of_responses().flat_map(|r| r.templates.values()))
            .map(|text| (text.clone(), Template::parse(text)))
            .collect();
        let parts = &deployment.parts;
        let models = || {
            let texts = parts.models.values().filter_map(|m| Some((m.name.as_str(), m.schema.as_deref()?)));
            texts.collect::<Vec<_>>()
        };
        // Only models that bodies are checked by are read; each brings those that it refers to.
        let used: BTreeSet<&str> =
            methods.iter().flat_map(|m| m.request_models.values()).map(String::as_str).collect();
        let schemas = models()
            .into_iter()
            .filter(|(name, _)| used.contains(name))
            .map(|(name, text)| (name.to_owned(), Schema::read(text, models().into_iter())))
            .collect();
        let expressions = parts.authorizers.values().filter_map(|a| a.validation_expression.as_deref());
        let patterns = of_responses()
            .filter_map(|r| r.selection_pattern.as_deref())
            .chain(expressions)
            .map(|text| (text.to_owned(), pattern(text)))
            .collect();
        Self { routes, templates, schemas, patterns, deployment }
    }

    pub(crate) fn template(&self, text: &str) -> Result<&Template, TemplateError> {
        match self.templates.get(text) {
            Some(template) => template.as_ref().map_err(Clone::clone),
            None => Err(TemplateError::Malformed { at: 0, why: "not deployed" }),
        }
    }

    pub(crate) fn schema(&self, model: &str) -> Option<&Result<Schema, SchemaError>> {
        self.schemas.get(model)
    }

    /// Whether a whole text fits a pattern.
    pub(crate) fn fits(&self, pattern: &str, text: &str) -> bool {
        let compiled = self.patterns.get(pattern).and_then(Option::as_ref);
        compiled.is_some_and(|compiled| compiled.is_match(text).unwrap_or(false))
    }
}

/// A pattern of Java's that a whole text must fit.
pub(crate) fn pattern(text: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{text})$")).backtrack_limit(BACKTRACKS).build().ok()
}

/// The deployments that are called.
#[derive(Default)]
pub(crate) struct Deployments {
    kept: RwLock<HashMap<String, Arc<Compiled>>>,
}

impl Deployments {
    pub(crate) fn compiled(&self, deployment: &Arc<Deployment>) -> Arc<Compiled> {
        let key = deployment.key();
        {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            // A row that was written anew is another one.
            if let Some(found) = kept.get(&key).filter(|found| Arc::ptr_eq(&found.deployment, deployment)) {
                return found.clone();
            }
        }
        let compiled = Arc::new(Compiled::of(deployment.clone()));
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, compiled.clone());
        compiled
    }
}

//! What is wrong with a statement that was meant to allow a call and never can: a name that AWS
//! does not have, a condition key that the action never has, a resource that it is never on.

use crate::action::covers;
use crate::condition::Condition;
use crate::decision::{Deciding, PolicyKind};
use crate::document::{Effect, Statement};
use crate::evaluate::{Policies, Policy};
use crate::near_miss::in_order;
use crate::nearest::nearest;
use crate::reference::Reference;
use crate::request::Request;
use std::fmt;

/// More do not help a reader.
const MOST: usize = 8;
/// Statements that are looked at for one request.
const LOOKED_AT: usize = 2_000;
/// A wildcard that covers more actions says enough by itself.
const LISTED: usize = 5;

/// One thing that keeps a statement from ever allowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// AWS has no such action.
    NoSuchAction { written: String, nearest: Option<String> },
    /// The name of an operation whose action has another.
    Operation { written: String, actions: Vec<String> },
    /// AWS has no such service.
    NoSuchService { written: String, nearest: String },
    /// No action of the service is of this form.
    CoversNothing { written: String },
    /// The wildcard covers other actions than the one that is asked.
    CoversOthers { written: String, covered: Vec<String> },
    /// The key is never in the context of the action.
    UnusedKey { key: String, action: String },
    /// The action is never on such a resource.
    UnusedResource { resource: String, action: String, forms: Vec<String> },
}

/// A flaw with the statement that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub statement: Deciding,
    pub flaw: Flaw,
}

/// What is wrong with the statements that would allow the request if they were written otherwise.
pub fn remarks(request: &Request<'_>, policies: &Policies<'_>, reference: &dyn Reference) -> Vec<Remark> {
    let mut found = Vec::new();
    let statements = in_order(policies).flat_map(|(kind, policy)| {
        policy.document.statements.iter().enumerate().map(move |(index, s)| (kind, policy, index, s))
    });
    for (kind, policy, index, statement) in statements.take(LOOKED_AT) {
        if statement.effect == Effect::Allow {
            let flaws = flaws(kind, statement, request, reference);
            found.extend(flaws.into_iter().map(|flaw| remark(kind, policy, index, statement, flaw)));
        }
        if found.len() >= MOST {
            break;
        }
    }
    // What a wildcard leaves out is only worth a line where nothing is plainly wrong.
    if found.iter().any(|remark| !matches!(remark.flaw, Flaw::CoversOthers { .. })) {
        found.retain(|remark| !matches!(remark.flaw, Flaw::CoversOthers { .. }));
    }
    found.truncate(MOST);
    found
}

fn remark(kind: PolicyKind, policy: &Policy, index: usize, statement: &Statement, flaw: Flaw) -> Remark {
    Remark { statement: Deciding::new(kind, policy, index, statement), flaw }
}

fn flaws(kind: PolicyKind, s: &Statement, request: &Request<'_>, reference: &dyn Reference) -> Vec<Flaw> {
    let speaks_to = match kind {
        PolicyKind::ResourceBased | PolicyKind::RoleTrust | PolicyKind::VpcEndpoint => {
            s.principal.as_ref().is_some_and(|p| p.grant(request.principal()).is_some())
        }
        _ => true,
    };
    let Some(actions) = s.actions.as_ref().filter(|_| speaks_to) else { return Vec::new() };
    let on_resource = s.resources.as_ref().is_none_or(|r| r.apply_to(request));
    if !actions.apply_to(request.action_parts()) {
        let texts = actions.texts.iter().filter(|_| !actions.negated && on_resource);
        return texts.filter_map(|text| flaw_of_action(text, request.action(), reference)).collect();
    }
    if !on_resource {
        return flaw_of_resource(s, request.action(), reference).into_iter().collect();
    }
    let failed = s.conditions.iter().filter(|c| !c.holds(request));
    failed.filter_map(|c| flaw_of_condition(c, request.action(), reference)).collect()
}

/// A text that does not cover the action that is asked, and was probably meant to.
fn flaw_of_action(text: &str, asked: &str, reference: &dyn Reference) -> Option<Flaw> {
    let (service, name) = text.split_once(':')?;
    let (asked_service, asked_name) = asked.split_once(':')?;
    let written = text.to_owned();
    if !service.eq_ignore_ascii_case(asked_service) {
        let meant = nearest(service, [asked_service]).filter(|_| !is_service(service, reference))?;
        return Some(Flaw::NoSuchService { written: service.to_owned(), nearest: meant.to_owned() });
    }
    if name.contains(['*', '?']) {
        let covered = covered(text, reference)?;
        return match covered.len() {
            0 => Some(Flaw::CoversNothing { written }),
            1..=LISTED => Some(Flaw::CoversOthers { written, covered }),
            _ => None,
        };
    }
    let names = reference.actions(service)?;
    if names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return None;
    }
    let of_operation = reference.actions_of(service, name);
    if of_operation.iter().any(|action| action.eq_ignore_ascii_case(asked_name)) {
        let actions = of_operation.iter().map(|action| format!("{service}:{action}")).collect();
        return Some(Flaw::Operation { written, actions });
    }
    let meant = nearest(name, names).filter(|meant| meant.eq_ignore_ascii_case(asked_name))?;
    Some(Flaw::NoSuchAction { written, nearest: Some(format!("{service}:{meant}")) })
}

/// Whether there is such a service, as far as one can tell.
fn is_service(prefix: &str, reference: &dyn Reference) -> bool {
    prefix.contains(['*', '?']) || reference.services().iter().any(|known| known.eq_ignore_ascii_case(prefix))
}

fn flaw_of_resource(s: &Statement, action: &str, reference: &dyn Reference) -> Option<Flaw> {
    let resources = s.resources.as_ref().filter(|r| !r.negated)?;
    let mut texts = resources.texts();
    let first = texts.next()?;
    // Resource policies of some services name their resources shortly, without an ARN.
    let never = |text: &str| text.starts_with("arn:") && reference.is_on(action, text) == Some(false);
    if !never(first) || !texts.all(never) {
        return None;
    }
    let mut forms: Vec<String> = reference.forms(action).into_iter().map(str::to_owned).collect();
    // The plainest first.
    forms.sort_by_key(String::len);
    Some(Flaw::UnusedResource { resource: first.to_owned(), action: action.to_owned(), forms })
}

fn flaw_of_condition(condition: &Condition, action: &str, reference: &dyn Reference) -> Option<Flaw> {
    let unused = reference.uses_key(action, condition.key()) == Some(false);
    unused.then(|| Flaw::UnusedKey { key: condition.key().to_owned(), action: action.to_owned() })
}

/// The actions that a text such as `ec2:Create*` covers, of a service that the reference knows.
pub fn covered(text: &str, reference: &dyn Reference) -> Option<Vec<String>> {
    let (service, name) = text.split_once(':')?;
    let names = reference.actions(service)?.into_iter().filter(|known| covers(name, known));
    Some(names.map(str::to_owned).collect())
}

/// What is wrong with a document whatever is asked: names that AWS does not have, keys and
/// resources that none of a statement's actions ever has.
pub fn lint(kind: PolicyKind, policy: &Policy, reference: &dyn Reference) -> Vec<Remark> {
    let mut found = Vec::new();
    for (index, s) in policy.document.statements.iter().enumerate().take(LOOKED_AT) {
        let flaws = lint_statement(s, reference);
        found.extend(flaws.into_iter().map(|flaw| remark(kind, policy, index, s, flaw)));
    }
    found
}

fn lint_statement(s: &Statement, reference: &dyn Reference) -> Vec<Flaw> {
    let Some(actions) = s.actions.as_ref().filter(|a| !a.negated) else { return Vec::new() };
    let mut flaws: Vec<Flaw> = actions.texts.iter().filter_map(|text| lint_action(text, reference)).collect();
    let Some(meant) = all_covered(&actions.texts, reference) else { return flaws };
    let Some(first) = meant.first() else { return flaws };
    let unused = |key: &&str| meant.iter().all(|action| reference.uses_key(action, key) == Some(false));
    let keys = s.conditions.iter().map(Condition::key).filter(unused);
    flaws.extend(keys.map(|key| Flaw::UnusedKey { key: key.to_owned(), action: first.clone() }));
    if s.resources.is_some() && meant.iter().all(|a| flaw_of_resource(s, a, reference).is_some()) {
        flaws.extend(flaw_of_resource(s, first, reference));
    }
    flaws
}

fn lint_action(text: &str, reference: &dyn Reference) -> Option<Flaw> {
    let (service, name) = text.split_once(':')?;
    let Some(names) = reference.actions(service) else {
        let meant = nearest(service, reference.services()).filter(|_| !is_service(service, reference))?;
        return Some(Flaw::NoSuchService { written: service.to_owned(), nearest: meant.to_owned() });
    };
    let written = text.to_owned();
    if covered(text, reference).is_some_and(|covered| !covered.is_empty()) {
        return None;
    }
    if name.contains(['*', '?']) {
        return Some(Flaw::CoversNothing { written });
    }
    let of_operation = reference.actions_of(service, name);
    if !of_operation.is_empty() {
        let actions = of_operation.iter().map(|action| format!("{service}:{action}")).collect();
        return Some(Flaw::Operation { written, actions });
    }
    let nearest = nearest(name, names).map(|meant| format!("{service}:{meant}"));
    Some(Flaw::NoSuchAction { written, nearest })
}

/// Every action that the texts cover; none where some text may cover what the reference does not know.
fn all_covered(texts: &[String], reference: &dyn Reference) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for text in texts {
        let service = text.split_once(':')?.0;
        all.extend(covered(text, reference)?.into_iter().map(|name| format!("{service}:{name}")));
    }
    Some(all)
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchAction { written, nearest: Some(nearest) } => {
                write!(f, "there is no action `{written}`; `{nearest}` is near")
            }
            Self::NoSuchAction { written, nearest: None } => write!(f, "there is no action `{written}`"),
            Self::Operation { written, actions } => {
                write!(f, "`{written}` is an operation; its action is {}", quoted(actions, " and "))
            }
            Self::NoSuchService { written, nearest } => {
                write!(f, "there is no service `{written}`; `{nearest}` is near")
            }
            Self::CoversNothing { written } => write!(f, "`{written}` covers no action"),
            Self::CoversOthers { written, covered } => {
                write!(f, "`{written}` covers {} only", quoted(covered, ", "))
            }
            Self::UnusedKey { key, action } => write!(f, "the key `{key}` is not used by `{action}`"),
            Self::UnusedResource { resource, action, forms } if forms.is_empty() => {
                write!(f, "`{action}` has no resources and wants `*`, not `{resource}`")
            }
            Self::UnusedResource { resource, action, forms } => {
                let (first, more) = (forms.first().map_or("", String::as_str), forms.len() - 1);
                write!(f, "`{action}` is never on `{resource}`, but on `{first}`")?;
                if more > 0 { write!(f, " and {more} more") } else { Ok(()) }
            }
        }
    }
}

fn quoted(names: &[String], between: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between)
}

impl fmt::Display for Remark {
    /// `Allow in identity-based policy p, statement 0: the key …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.statement, self.flaw)
    }
}

//! IAM policy documents: parsed, evaluated, explained. Pure: no clock, no store, no network.
//!
//! [`Document::parse`] reads AWS's policy grammar, [`evaluate`] gives the [`Decision`] for one
//! [`Request`] under the [`Policies`] that apply to it, and the decision names the statements
//! that made it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

mod action;
mod check;
mod condition;
mod date;
mod decision;
mod document;
mod evaluate;
mod malformed;
mod near_miss;
mod nearest;
mod operator;
mod parse;
mod pattern;
mod principal;
mod principal_element;
mod reference;
mod remark;
mod request;
mod resource;
mod simulate;
mod span;
mod variables;

pub use check::Kind;
pub use condition::Condition;
pub use decision::{Deciding, Decision, Outcome, PolicyKind};
pub use document::{Document, Effect, Statement, Version};
pub use evaluate::{Policies, Policy, ResourceRule, evaluate};
pub use malformed::Malformed;
pub use near_miss::{NearMiss, near_misses};
pub use principal::Principal;
pub use principal_element::{Grant, Grantee, PrincipalElement};
pub use reference::Reference;
pub use remark::{Flaw, Remark, covered, lint, remarks};
pub use request::{Context, Request};
pub use simulate::{Match, matches, missing_keys};
pub use span::{Position, Span};

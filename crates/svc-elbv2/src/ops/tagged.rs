//! A resource named by ARN, for the tag operations.

use crate::find::{self, AnyRule};
use crate::invalid::validation;
use crate::state::{Listener, LoadBalancer, Rule, Tags, TargetGroup};
use base::Arn;
use service::{Call, ServiceError};
use store::{Snapshot, Tx};

/// A resource that has tags.
pub(super) enum Tagged {
    LoadBalancer(LoadBalancer),
    TargetGroup(TargetGroup),
    Listener(Listener),
    Rule(Rule),
}

impl Tagged {
    pub(super) fn find(state: &Snapshot, call: &Call, arn: &str) -> Result<Self, ServiceError> {
        let scope = &call.scope;
        let parsed: Option<Arn> = arn.parse().ok();
        let kind = parsed.as_ref().and_then(|arn| arn.resource.split_once('/')).map(|(kind, _)| kind);
        Ok(match kind {
            Some("loadbalancer") => {
                Self::LoadBalancer(LoadBalancer::clone(&*find::load_balancer(state, scope, arn)?))
            }
            Some("targetgroup") => {
                Self::TargetGroup(TargetGroup::clone(&*find::target_group(state, scope, arn)?))
            }
            Some("listener") => Self::Listener(Listener::clone(&*find::listener(state, scope, arn)?)),
            Some("listener-rule") => match find::rule(state, scope, arn)? {
                AnyRule::Own(rule) => Self::Rule(Rule::clone(&rule)),
                AnyRule::Default(listener) => Self::Listener(Listener::clone(&listener)),
            },
            _ => return Err(validation(format!("'{arn}' is not a valid resource ARN"))),
        })
    }

    pub(super) fn tags(&self) -> &Tags {
        match self {
            Self::LoadBalancer(row) => &row.tags,
            Self::TargetGroup(row) => &row.tags,
            Self::Listener(row) => &row.tags,
            Self::Rule(row) => &row.tags,
        }
    }

    pub(super) fn tags_mut(&mut self) -> &mut Tags {
        match self {
            Self::LoadBalancer(row) => &mut row.tags,
            Self::TargetGroup(row) => &mut row.tags,
            Self::Listener(row) => &mut row.tags,
            Self::Rule(row) => &mut row.tags,
        }
    }

    pub(super) fn put(&self, tx: &mut Tx) -> Result<(), ServiceError> {
        match self {
            Self::LoadBalancer(row) => tx.put(row)?,
            Self::TargetGroup(row) => tx.put(row)?,
            Self::Listener(row) => tx.put(row)?,
            Self::Rule(row) => tx.put(row)?,
        }
        Ok(())
    }
}

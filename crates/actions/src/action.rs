//! One action: its resources and its keys.

use crate::table::{Action, Level, ResourceType, Service, Use};
use crate::{form, ignoring_case, key, service};

/// An action that AWS has.
#[derive(Clone, Copy)]
pub struct Found {
    service: &'static Service,
    action: &'static Action,
}

/// A type of resource that an action is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceUse {
    pub name: &'static str,
    /// Whether the action always names one.
    pub is_required: bool,
    /// Its ARNs, such as `arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}`.
    pub forms: &'static [&'static str],
}

/// Actions for which the reference has no resource, and that AWS asks about the path that is listed
/// all the same: its denials say so, and its documented policies name such ARNs.
const ASKED_ABOUT_A_PATH: [(&str, &str); 6] = [
    ("iam", "ListGroups"),
    ("iam", "ListInstanceProfiles"),
    ("iam", "ListPolicies"),
    ("iam", "ListRoles"),
    ("iam", "ListUsers"),
    ("logs", "DescribeLogGroups"),
];

impl ResourceUse {
    /// Whether an ARN, wildcards and policy variables included, can be of this type.
    pub fn fits(&self, resource: &str) -> bool {
        self.forms.iter().any(|form| form::meet(form, resource))
    }
}

/// The action of a name such as `lambda:InvokeFunction`, in any case.
pub fn find(action: &str) -> Option<Found> {
    let (prefix, name) = action.split_once(':')?;
    let service = service(prefix)?;
    let place = service.actions.binary_search_by(|action| ignoring_case(action.0, name)).ok()?;
    Some(Found { service, action: service.actions.get(place)? })
}

/// The names of the actions that an operation needs: mostly its own. None where the service is
/// not carried; empty where AWS documents no action.
pub fn of_operation(prefix: &str, operation: &str) -> Option<Vec<&'static str>> {
    let service = service(prefix)?;
    let renamed = service.renamed.iter().find(|(name, _)| name.eq_ignore_ascii_case(operation));
    if let Some((_, actions)) = renamed {
        return Some(actions.to_vec());
    }
    let own = service.actions.binary_search_by(|action| ignoring_case(action.0, operation)).ok();
    Some(own.and_then(|place| service.actions.get(place)).map(|action| action.0).into_iter().collect())
}

impl Found {
    /// `InvokeFunction`, as AWS spells it.
    pub fn name(&self) -> &'static str {
        self.action.0
    }

    pub fn level(&self) -> Level {
        self.action.1
    }

    /// The types of resources that it is on; none where it is asked about `*`.
    pub fn resources(&self) -> impl Iterator<Item = ResourceUse> + use<> {
        let service = self.service;
        self.uses().filter_map(move |usage| {
            let kind = service.resources.get(usize::from(usage.0))?;
            Some(ResourceUse { name: kind.0, is_required: usage.1, forms: kind.1 })
        })
    }

    /// Whether it can be on a resource with such an ARN, wildcards and policy variables included.
    pub fn is_on(&self, resource: &str) -> bool {
        if resource == "*" {
            return true;
        }
        if ASKED_ABOUT_A_PATH.contains(&(self.service.prefix, self.name())) {
            return form::meet(
                &format!("arn:${{Partition}}:{}:${{R}}:${{A}}:${{Path}}", self.service.prefix),
                resource,
            );
        }
        self.resources().any(|kind| kind.fits(resource))
    }

    /// Whether a condition key of the service can come with it, on whatever resource.
    pub fn uses_key(&self, key: &str) -> bool {
        self.set_has(self.action.2, key) || self.uses().any(|usage| self.set_has(usage.2, key))
    }

    /// Whether a condition key of the service can come with it on this resource.
    pub fn uses_key_on(&self, key: &str, resource: &str) -> bool {
        let brings = |usage: &Use| {
            let kind: Option<&ResourceType> = self.service.resources.get(usize::from(usage.0));
            self.set_has(usage.2, key)
                && kind.is_some_and(|kind| kind.1.iter().any(|form| form::meet(form, resource)))
        };
        self.set_has(self.action.2, key) || self.uses().any(brings)
    }

    /// The keys that can come with it, as AWS writes them, each once.
    pub fn keys(&self) -> Vec<&'static str> {
        let own = [self.action.2];
        let sets = own.into_iter().chain(self.uses().map(|usage| usage.2));
        let mut places: Vec<u8> = sets.flat_map(|set| self.set(set)).copied().collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| self.service.keys.get(usize::from(place)).copied()).collect()
    }

    fn uses(&self) -> impl Iterator<Item = &'static Use> + use<> {
        let from = usize::from(self.action.3);
        let of_action = from..from + usize::from(self.action.4);
        self.service.uses.get(of_action).unwrap_or_default().iter()
    }

    fn set(&self, place: u16) -> &'static [u8] {
        self.service.sets.get(usize::from(place)).copied().unwrap_or_default()
    }

    fn set_has(&self, place: u16, key: &str) -> bool {
        let known = |place: &u8| self.service.keys.get(usize::from(*place));
        self.set(place).iter().filter_map(known).any(|form| key::matches(form, key))
    }
}

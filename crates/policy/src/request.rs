//! One request, as policies see it.

use crate::principal::{Principal, is_principal_key};
use base::AccountId;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Condition keys and their values. Keys are compared ignoring case.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Sets a key; no values leave the key absent.
    pub fn set<V: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = V>) {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if !values.is_empty() {
            self.0.insert(key.to_ascii_lowercase(), values);
        }
    }

    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_slice()))
    }
}

/// The values of one condition key: those of a context, or what the principal says of itself.
pub(crate) enum Values<'r> {
    Told(&'r [String]),
    Own(Cow<'r, str>),
}

impl Values<'_> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let (told, own) = match self {
            Self::Told(values) => (*values, None),
            Self::Own(value) => (&[][..], Some(value.as_ref())),
        };
        told.iter().map(String::as_str).chain(own)
    }

    /// The value, where there is one only.
    pub(crate) fn single(&self) -> Option<&str> {
        match self {
            Self::Told([one]) => Some(one),
            Self::Told(_) => None,
            Self::Own(value) => Some(value),
        }
    }
}

/// How many contexts of the caller's way a request may stand on.
const BENEATH: usize = 2;
/// The parts of an ARN.
pub(crate) const PARTS: usize = 6;
/// Where the account is in an ARN.
const ACCOUNT_PART: usize = 4;

/// It borrows what its maker has at hand: a decision is asked for each call, and copies nothing.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    principal: Cow<'a, Principal>,
    action: Cow<'a, str>,
    action_lower: String,
    /// Where the name begins in `action_lower`, past the colon.
    name_at: usize,
    resource: Cow<'a, str>,
    /// Where each part of the resource's ARN ends.
    part_ends: [usize; PARTS],
    context: Context,
    beneath: [Option<&'a Context>; BENEATH],
    resource_account: Option<Cow<'a, str>>,
    own_keys: OwnKeys,
}

/// Who is asked for keys such as `aws:username`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnKeys {
    Principal,
    /// In a simulation the contexts come first,
    ToldFirst,
    /// and nobody else is asked where nobody is said to call.
    ToldOnly,
}

impl<'a> Request<'a> {
    /// A request for `service:Operation` on an ARN, or on `*` where the action has no
    /// resource. The resource belongs to the caller's account unless told otherwise.
    pub fn new(
        principal: impl Into<Cow<'a, Principal>>,
        action: impl Into<Cow<'a, str>>,
        resource: impl Into<Cow<'a, str>>,
    ) -> Self {
        let action = action.into();
        let action_lower = action.to_ascii_lowercase();
        let resource = resource.into();
        Self {
            principal: principal.into(),
            name_at: action_lower.find(':').map_or(action_lower.len(), |colon| colon + 1),
            action,
            action_lower,
            part_ends: part_ends(&resource),
            resource,
            context: Context::default(),
            beneath: [None; BENEATH],
            resource_account: None,
            own_keys: OwnKeys::Principal,
        }
    }

    /// For a simulation: its context may say who calls, and unless the caller is known nobody
    /// else does.
    #[must_use]
    pub fn simulated(mut self, caller_is_known: bool) -> Self {
        self.own_keys = if caller_is_known { OwnKeys::ToldFirst } else { OwnKeys::ToldOnly };
        self
    }

    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// Contexts that are asked, in this order, for keys that the request's own has not.
    #[must_use]
    pub fn standing_on(mut self, beneath: [&'a Context; BENEATH]) -> Self {
        self.beneath = beneath.map(Some);
        self
    }

    /// The account that owns the resource.
    #[must_use]
    pub fn owned_by(mut self, account: AccountId) -> Self {
        self.resource_account = Some(account.as_str().to_owned().into());
        self
    }

    /// The account in the resource's ARN owns it; an ARN without one says nothing.
    #[must_use]
    pub fn owned_as_its_arn_says(mut self) -> Self {
        let owner = part(&self.resource, &self.part_ends, ACCOUNT_PART);
        let owner = owner.filter(|text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()));
        self.resource_account = owner.map(|text| text.to_owned().into());
        self
    }

    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    pub fn action(&self) -> &str {
        &self.action
    }

    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The request's own context, without those it stands on.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Service and name of the action in lower case.
    pub(crate) fn action_parts(&self) -> (&str, &str) {
        let (service, name) = self.action_lower.split_at_checked(self.name_at).unwrap_or_default();
        (service.strip_suffix(':').unwrap_or(service), name)
    }

    /// A part of the resource's ARN, the last one with whatever colons follow.
    pub(crate) fn resource_part(&self, index: usize) -> Option<&str> {
        part(&self.resource, &self.part_ends, index)
    }

    /// Whether resource and caller are of different accounts.
    pub fn is_cross_account(&self) -> bool {
        let own = self.principal.account();
        matches!((&self.resource_account, own), (Some(owner), Some(own)) if owner.as_ref() != own.as_str())
    }

    /// Whether a condition key, in any spelling, has a value.
    pub fn knows(&self, key: &str) -> bool {
        self.values(&key.to_ascii_lowercase()).is_some()
    }

    /// The values of a condition key given in lower case; about the principal only
    /// the principal is asked, so that a context cannot claim otherwise.
    pub(crate) fn values(&self, key: &str) -> Option<Values<'_>> {
        if !is_principal_key(key) {
            return self.told(key);
        }
        let own = || self.principal.value(key).map(Values::Own);
        match self.own_keys {
            OwnKeys::Principal => own(),
            OwnKeys::ToldFirst => self.told(key).or_else(own),
            OwnKeys::ToldOnly => self.told(key),
        }
    }

    fn told(&self, key: &str) -> Option<Values<'_>> {
        let layers = [Some(&self.context)].into_iter().chain(self.beneath.iter().copied()).flatten();
        layers.into_iter().find_map(|context| context.0.get(key)).map(|values| Values::Told(values))
    }
}

fn part_ends(resource: &str) -> [usize; PARTS] {
    let mut ends = [usize::MAX; PARTS];
    let colons = resource.match_indices(':').map(|(at, _)| at);
    let mut last = 0;
    for (end, at) in ends.iter_mut().zip(colons.take(PARTS - 1)) {
        *end = at;
        last += 1;
    }
    if let Some(end) = ends.get_mut(last) {
        *end = resource.len();
    }
    ends
}

fn part<'t>(text: &'t str, ends: &[usize; PARTS], index: usize) -> Option<&'t str> {
    let end = *ends.get(index)?;
    let start =
        index.checked_sub(1).and_then(|before| ends.get(before)).map_or(0, |end| end.saturating_add(1));
    text.get(start..end)
}

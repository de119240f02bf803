//! `Principal` and `NotPrincipal` of a statement, and how far a match reaches.

use crate::principal::Principal;

/// Whom a statement names.
#[derive(Debug, Clone)]
pub struct PrincipalElement {
    pub(crate) negated: bool,
    pub(crate) grantees: Vec<Grantee>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// `*`.
    Everyone,
    /// An account: its number or `arn:aws:iam::NUMBER:root`.
    Account(String),
    /// A user, a role or a role session by ARN.
    Arn(String),
    /// A user or a role by unique id, as AWS stores them.
    UniqueId(String),
    Service(String),
    Federated(String),
    CanonicalUser(String),
}

/// How a statement names a principal. In the principal's own account the difference decides
/// whether identity policies, boundaries and session policies still have a say.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// The account, which may pass the permission on to its identities.
    Account,
    /// The role; boundaries and session policies still limit its sessions.
    Role,
    /// The principal itself.
    Direct,
}

impl PrincipalElement {
    pub fn grantees(&self) -> &[Grantee] {
        &self.grantees
    }

    pub fn is_negated(&self) -> bool {
        self.negated
    }

    /// The widest grant by which the element names the principal.
    pub(crate) fn grant(&self, principal: &Principal) -> Option<Grant> {
        if self.negated {
            return (!self.excludes(principal)).then_some(Grant::Direct);
        }
        self.grantees.iter().filter_map(|g| grant_of(g, principal)).max()
    }

    /// `NotPrincipal` excepts a principal only when its account is listed too, and for a
    /// session also its role: AWS compares each of them.
    fn excludes(&self, principal: &Principal) -> bool {
        let names = |wanted: Grant| self.grantees.iter().any(|g| grant_of(g, principal) == Some(wanted));
        let everyone = self.grantees.contains(&Grantee::Everyone);
        everyone
            || match principal {
                Principal::Root { .. }
                | Principal::Service { .. }
                | Principal::Federated { .. }
                | Principal::Anonymous => names(Grant::Direct),
                Principal::User { .. } => names(Grant::Direct) && names(Grant::Account),
                Principal::RoleSession { .. } => {
                    names(Grant::Direct) && names(Grant::Role) && names(Grant::Account)
                }
            }
    }
}

fn grant_of(grantee: &Grantee, principal: &Principal) -> Option<Grant> {
    match grantee {
        Grantee::Everyone => Some(Grant::Direct),
        Grantee::Service(name) => {
            matches!(principal, Principal::Service { name: n } if n == name).then_some(Grant::Direct)
        }
        Grantee::Account(number) => {
            let same = principal.account().is_some_and(|a| a.as_str() == number);
            let grant =
                if matches!(principal, Principal::Root { .. }) { Grant::Direct } else { Grant::Account };
            same.then_some(grant)
        }
        Grantee::Arn(arn) => match principal {
            Principal::RoleSession { role_arn, .. } if role_arn == arn => Some(Grant::Role),
            Principal::RoleSession { .. } | Principal::User { .. } => {
                (principal.arn() == *arn).then_some(Grant::Direct)
            }
            _ => None,
        },
        Grantee::UniqueId(wanted) => match principal {
            Principal::User { id, .. } if id == wanted => Some(Grant::Direct),
            Principal::RoleSession { role_id, .. } if role_id == wanted => Some(Grant::Role),
            _ => None,
        },
        Grantee::Federated(wanted) => {
            matches!(principal, Principal::Federated { provider } if provider == wanted)
                .then_some(Grant::Direct)
        }
        Grantee::CanonicalUser(_) => None,
    }
}

//! Which services somebody may reach, and who of them did: noted from real calls.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html>

use crate::last_use::is_due;
use crate::model::{AccessJob, EntityReport, Group, Permissions, Role, ServiceReport, ServiceUse, User};
use crate::source::Source;
use crate::state::{self, Iam};
use base::{AccountId, Timestamp};
use policy::{Document, Effect, Principal};
use service::ServiceError;
use std::cmp::Reverse;
use std::sync::Arc;
use store::{Fault, Snapshot, Table, Tx};

/// The services that can be reached here, with AWS's names for them.
const SERVICES: [(&str, &str); 8] = [
    ("cloudtrail", "AWS CloudTrail"),
    ("ec2", "Amazon EC2"),
    ("iam", "AWS Identity and Access Management (IAM)"),
    ("lambda", "AWS Lambda"),
    ("logs", "Amazon CloudWatch Logs"),
    ("rds", "Amazon RDS"),
    ("secretsmanager", "AWS Secrets Manager"),
    ("sts", "AWS Security Token Service"),
];
/// Reports that an account keeps; a new one takes the place of the oldest.
const JOBS: usize = 100;

impl Iam {
    /// Remembers that a user or a role's session called a service. Writes when what is stored
    /// is old, or is none.
    pub async fn note_use(
        &self,
        principal: &Principal,
        service: &str,
        region: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Some((account, id)) = whose(principal) else { return Ok(()) };
        if !self.is_use_due(principal, service, now) {
            return Ok(());
        }
        let (service, region) = (service.to_owned(), region.to_owned());
        let used = ServiceUse { account: account.clone(), id: id.to_owned(), service, region, at: now };
        self.store.write(|tx| tx.put(&used)).await
    }

    /// Whether [`Self::note_use`] would write: for callers that would have to copy first.
    pub fn is_use_due(&self, principal: &Principal, service: &str, now: Timestamp) -> bool {
        let Some((account, id)) = whose(principal) else { return false };
        let stored = self.read().get::<ServiceUse>(&ServiceUse::key_of(account, id, service));
        stored.is_ok_and(|stored| is_due(stored.map(|last| last.at), now))
    }

    pub(crate) async fn keep_job(&self, job: &AccessJob) -> Result<(), ServiceError> {
        self.store
            .write(|tx| {
                let mut kept = state::all::<AccessJob>(&tx.snapshot(), &job.account)?;
                kept.sort_by_key(|old| Reverse(old.created));
                for old in kept.iter().skip(JOBS - 1) {
                    tx.delete::<AccessJob>(&old.key())?;
                }
                tx.put(job).map_err(ServiceError::from)
            })
            .await
    }
}

/// The uses of a user or role that is deleted go with it.
pub(crate) fn forget_uses(tx: &mut Tx, account: &AccountId, id: &str) -> Result<(), Fault> {
    for used in tx.scan::<ServiceUse>(&ServiceUse::key_of(account, id, ""))? {
        tx.delete::<ServiceUse>(&used.key())?;
    }
    Ok(())
}

/// The account and the unique id of a user or of a session's role.
fn whose(principal: &Principal) -> Option<(&AccountId, &str)> {
    match principal {
        Principal::User { account, id, .. } => Some((account, id)),
        Principal::RoleSession { account, role_id, .. } => Some((account, role_id)),
        _ => None,
    }
}

/// Whom a report is about.
pub(crate) struct Subject {
    documents: Vec<Arc<Document>>,
    users: Vec<Arc<User>>,
    roles: Vec<Arc<Role>>,
}

impl Subject {
    /// A user, group, role or policy by ARN.
    pub(crate) fn find(state: &Snapshot, account: &AccountId, arn: &str) -> Result<Self, ServiceError> {
        if arn.contains(":policy/") {
            return Self::policy(state, account, arn);
        }
        let source = Source::find(state, account, arn)?;
        let documents = source.policies(state)?.into_iter().map(|policy| policy.document).collect();
        let (users, roles) = match source {
            Source::User(user) => (vec![user], Vec::new()),
            Source::Group(group) => (state::members(state, &group)?, Vec::new()),
            Source::Role(role) => (Vec::new(), vec![role]),
        };
        Ok(Self { documents, users, roles })
    }

    /// Everybody who has the policy, by themselves or by a group.
    fn policy(state: &Snapshot, account: &AccountId, arn: &str) -> Result<Self, ServiceError> {
        let policy = state::known_policy(state, account, arn)?;
        let has = |permissions: &Permissions| permissions.attached.contains(arn);
        let groups = state::all::<Group>(state, account)?;
        let of_groups: Vec<String> =
            groups.iter().filter(|g| has(&g.permissions)).map(|g| g.name.to_lowercase()).collect();
        let mut users = state::all::<User>(state, account)?;
        users.retain(|u| has(&u.permissions) || of_groups.iter().any(|group| u.groups.contains(group)));
        let mut roles = state::all::<Role>(state, account)?;
        roles.retain(|role| has(&role.permissions));
        Ok(Self { documents: policy.default_document().cloned().into_iter().collect(), users, roles })
    }

    /// The services that the policies speak of, each with those who reached it.
    pub(crate) fn services(
        &self,
        state: &Snapshot,
        account: &AccountId,
    ) -> Result<Vec<ServiceReport>, ServiceError> {
        let granted = |namespace: &str| self.documents.iter().any(|d| d.speaks_of(namespace, Effect::Allow));
        let mut reports = Vec::new();
        for (namespace, name) in SERVICES.iter().filter(|(namespace, _)| granted(namespace)) {
            let mut entities = self.entities(state, account, namespace)?;
            entities.sort_by_key(|entity| Reverse(entity.at));
            let (namespace, name) = ((*namespace).to_owned(), (*name).to_owned());
            reports.push(ServiceReport { namespace, name, entities });
        }
        Ok(reports)
    }

    fn entities(
        &self,
        state: &Snapshot,
        account: &AccountId,
        namespace: &str,
    ) -> Result<Vec<EntityReport>, Fault> {
        let users = self.users.iter().map(|u| (u.arn(), &u.id, &u.name, &u.path, "USER"));
        let roles = self.roles.iter().map(|r| (r.arn(), &r.id, &r.name, &r.path, "ROLE"));
        let mut all = Vec::new();
        for (arn, id, name, path, kind) in users.chain(roles) {
            let used = state.get::<ServiceUse>(&ServiceUse::key_of(account, id, namespace))?;
            all.extend(used.map(|used| EntityReport {
                arn,
                id: id.clone(),
                name: name.clone(),
                path: path.clone(),
                kind: kind.to_owned(),
                region: used.region.clone(),
                at: used.at,
            }));
        }
        Ok(all)
    }
}

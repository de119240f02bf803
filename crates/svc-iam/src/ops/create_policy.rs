//! Makes a managed policy; its first version is v1.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>

use crate::access;
use crate::api;
use crate::error::{already_exists, quota};
use crate::model::{ManagedPolicy, PolicyVersion, Tags, Usage, check_size, given, path, read_document};
use crate::quota::POLICIES_PER_ACCOUNT;
use crate::state::{self, Iam};
use base::AccountId;
use policy::Kind;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Snapshot, Table};

impl Handler<Iam> for api::CreatePolicy {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::new(call, "CreatePolicy", "policy", &input.path, &input.policy_name, &input.tags)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let document = read_document(given(&input.policy_document, "policyDocument")?, Kind::Identity)?;
        check_size(&document)?;
        let policy = ManagedPolicy {
            owner: call.scope.account.to_string(),
            name: given(&input.policy_name, "policyName")?.to_owned(),
            path: path(&input.path),
            id: iam.ids.iam("ANPA"),
            created: call.now,
            updated: call.now,
            description: input.description.clone(),
            tags: Tags::new(&input.tags)?,
            versions: vec![PolicyVersion { number: 1, created: call.now, document }],
            default_version: 1,
            next_number: 2,
        };
        iam.store
            .write(|tx| {
                check_free(&tx.snapshot(), &call.scope.account, &policy)?;
                tx.put(&policy).map_err(ServiceError::from)
            })
            .await?;
        let shown = api::Policy {
            tags: policy.tags.describe_some(),
            description: None,
            ..policy.describe(Usage::default())
        };
        Ok(api::CreatePolicyResponse { policy: Some(shown) })
    }
}

/// The name is free, in any spelling and path, and the account has room.
fn check_free(state: &Snapshot, account: &AccountId, policy: &ManagedPolicy) -> Result<(), ServiceError> {
    if state.get::<ManagedPolicy>(&policy.key())?.is_some() {
        return Err(already_exists(format!(
            "A policy called {} already exists. Duplicate names are not allowed.",
            policy.name
        )));
    }
    if state::all::<ManagedPolicy>(state, account)?.len() >= POLICIES_PER_ACCOUNT {
        return Err(quota("PoliciesPerAccount", POLICIES_PER_ACCOUNT));
    }
    Ok(())
}

//! <https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html>

use super::{access, named};
use crate::lambda::Lambda;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::RemovePermission {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "RemovePermission", &named)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        if lambda.resolve(&named)?.is_none() {
            return Err(error::not_found(format!("No policy found for: {}", named.qualified_arn())));
        }
        let revision = lambda.needs.ids.uuid();
        let statement_id = input.statement_id.as_deref().unwrap_or_default();
        lambda
            .change_policy(&named, |policy| {
                if policy.permissions.is_empty() {
                    return Err(error::not_found("No policy is associated with the given resource."));
                }
                if input.revision_id.as_ref().is_some_and(|given| *given != *policy.revision_id) {
                    return Err(error::stale_revision("GetPolicy"));
                }
                let before = policy.permissions.len();
                policy.permissions.retain(|p| p.statement_id != statement_id);
                if policy.permissions.len() == before {
                    return Err(error::not_found(format!(
                        "Statement {statement_id} is not found in resource policy."
                    )));
                }
                *policy.revision_id = revision;
                Ok(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}

//! Makes the role that an AWS service uses for itself.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html>

use super::service_linked_role;
use crate::api;
use crate::error::invalid_input;
use crate::model::{Role, given};
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::CreateServiceLinkedRole {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let service = given(&input.aws_service_name, "awsServiceName")?;
        let arn = service_linked_role::arn(call, service, input.custom_suffix.as_deref())?;
        let access = Access::to("iam:CreateServiceLinkedRole", arn);
        Ok(vec![access.context("iam:AWSServiceName", vec![service.to_owned()])])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let service = given(&input.aws_service_name, "awsServiceName")?;
        let suffix = input.custom_suffix.as_deref();
        let role = service_linked_role::new(iam, call, service, suffix, input.description.clone())?;
        iam.store
            .write(|tx| {
                if tx.get::<Role>(&role.key())?.is_some() {
                    return Err(invalid_input(format!(
                        "Service role name {} has been taken in this account, please try a different suffix.",
                        role.name
                    )));
                }
                tx.put(&role).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::CreateServiceLinkedRoleResponse { role: Some(role.describe_short()) })
    }
}

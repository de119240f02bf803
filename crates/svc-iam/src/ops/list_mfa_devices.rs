//! Lists the devices of a user for a second factor: none can be enabled on moat, so a user has none.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html>

use crate::access;
use crate::api;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListMFADevices {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "ListMFADevices", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = state::user_or_caller(call, &input.user_name)?;
        state::user(&iam.read(), &call.scope.account, &name)?;
        Ok(api::ListMFADevicesResponse {
            mfa_devices: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        })
    }
}

//! Lists the virtual devices for a second factor: none can be made on moat, so the account has none.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html>

use crate::api;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListVirtualMFADevices {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:ListVirtualMFADevices", "*")])
    }

    async fn run(
        _iam: &Iam,
        _call: &Call,
        _input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        Ok(api::ListVirtualMFADevicesResponse {
            virtual_mfa_devices: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        })
    }
}

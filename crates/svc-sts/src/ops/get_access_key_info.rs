//! Shows the account of an access key id.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>

use super::validation;
use crate::{Sts, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Sts> for api::GetAccessKeyInfo {
    fn access(_sts: &Sts, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("sts:GetAccessKeyInfo", "*")])
    }

    async fn run(
        sts: &Sts,
        _call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.access_key_id.as_deref().unwrap_or_default();
        let account = sts.directory.account_of_key(id).ok_or_else(|| validation("Invalid Access Key ID"))?;
        Ok(api::GetAccessKeyInfoResponse { account: Some(account.to_string()) })
    }
}

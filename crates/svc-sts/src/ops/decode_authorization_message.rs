//! Opens the encoded message of a denial, for whom it is allowed.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>

use crate::{Sts, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Sts> for api::DecodeAuthorizationMessage {
    fn access(_sts: &Sts, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("sts:DecodeAuthorizationMessage", "*")])
    }

    async fn run(
        sts: &Sts,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let encoded = input.encoded_message.as_deref().unwrap_or_default();
        let decoded = sts.decode_denial(encoded, &call.scope.account).ok_or_else(|| {
            ServiceError::client(
                "InvalidAuthorizationMessageException",
                "The specified Authorization Message is invalid.",
            )
        })?;
        Ok(api::DecodeAuthorizationMessageResponse { decoded_message: Some(decoded) })
    }
}

//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html>

use crate::SecretsManager;
use crate::api::{GetRandomPassword, GetRandomPasswordRequest, GetRandomPasswordResponse};
use crate::model::password;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for GetRandomPassword {
    fn access(
        _: &SecretsManager,
        _: &Call,
        _: &GetRandomPasswordRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("secretsmanager:GetRandomPassword", "*")])
    }

    async fn run(
        service: &SecretsManager,
        _: &Call,
        input: Authorized<GetRandomPasswordRequest>,
    ) -> Result<GetRandomPasswordResponse, ServiceError> {
        let password = password::generate(&input, service.ids.as_ref())?;
        Ok(GetRandomPasswordResponse { random_password: Some(password) })
    }
}

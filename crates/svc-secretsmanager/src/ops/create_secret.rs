//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>

use crate::access::{with, with_request_tags};
use crate::api::{CreateSecret, CreateSecretRequest, CreateSecretResponse};
use crate::model::secret::Secret;
use crate::model::{kms_key, tags};
use crate::secret_id::{check_name, presumed_arn};
use crate::value::Plain;
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<SecretsManager> for CreateSecret {
    fn access(
        _: &SecretsManager,
        call: &Call,
        input: &CreateSecretRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.name.as_deref().ok_or_else(|| error::missing("Name"))?;
        check_name(name)?;
        let ask = |action: &str| {
            with_request_tags(Access::to(action, presumed_arn(&call.scope, name)), input.tags.as_deref())
        };
        let create = ask("secretsmanager:CreateSecret").context("secretsmanager:Name", vec![name.to_owned()]);
        let create = with(create, "secretsmanager:Description", input.description.clone());
        let create = with(create, "secretsmanager:KmsKeyId", input.kms_key_id.clone());
        let tagging = input.tags.as_ref().is_some_and(|tags| !tags.is_empty());
        Ok([create].into_iter().chain(tagging.then(|| ask("secretsmanager:TagResource"))).collect())
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<CreateSecretRequest>,
    ) -> Result<CreateSecretResponse, ServiceError> {
        let mut input = input.into_inner();
        check_supported(&input)?;
        let plain = Plain::given(input.secret_string.take(), input.secret_binary.take())?;
        if plain.is_some() && input.client_request_token.is_none() {
            return Err(error::token_missing());
        }
        service.store.write(|tx| create(service, call, tx, input, plain.as_ref())).await
    }
}

fn check_supported(input: &CreateSecretRequest) -> Result<(), ServiceError> {
    if input.add_replica_regions.as_ref().is_some_and(|regions| !regions.is_empty()) {
        return Err(ServiceError::not_implemented("replication of secrets"));
    }
    if input.r#type.is_some() {
        return Err(ServiceError::not_implemented("managed external secrets"));
    }
    kms_key::check(input.kms_key_id.as_deref())
}

fn create(
    service: &SecretsManager,
    call: &Call,
    tx: &mut Tx,
    input: CreateSecretRequest,
    plain: Option<&Plain>,
) -> Result<CreateSecretResponse, ServiceError> {
    let name = input.name.ok_or_else(|| error::missing("Name"))?;
    let token = input.client_request_token.unwrap_or_default();
    if let Some(same) = already_created(service, call, tx, &name, &token, plain)? {
        return Ok(same);
    }
    let mut secret = service.new_secret(tx, &call.scope, &name, call.now)?;
    secret.description = input.description;
    secret.kms_key_id = input.kms_key_id.filter(|key| !key.is_empty());
    tags::merge(&mut secret.tags, input.tags.unwrap_or_default())?;
    if let Some(plain) = plain {
        service.put_version(tx, &mut secret, &token, plain, &[], call.now)?;
    }
    tx.put(&secret)?;
    Ok(response(&secret, plain.map(|_| token)))
}

/// The answer to a request that was sent again: the same token, the same value.
fn already_created(
    service: &SecretsManager,
    call: &Call,
    tx: &Tx,
    name: &str,
    token: &str,
    plain: Option<&Plain>,
) -> Result<Option<CreateSecretResponse>, ServiceError> {
    let (Some(plain), Some(existing)) = (plain, tx.get::<Secret>(&call.scope.key(name))?) else {
        return Ok(None);
    };
    if existing.is_deleted() || existing.version(token).is_none() {
        return Ok(None);
    }
    let same = service.unseal(&tx.snapshot(), &existing, token)? == *plain;
    Ok(same.then(|| response(&existing, Some(token.to_owned()))))
}

fn response(secret: &Secret, version_id: Option<String>) -> CreateSecretResponse {
    CreateSecretResponse {
        arn: Some(secret.arn()),
        name: Some(secret.name.clone()),
        version_id,
        ..CreateSecretResponse::default()
    }
}

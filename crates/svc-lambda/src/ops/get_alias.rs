//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html>

use super::{access, named};
use crate::lambda::Lambda;
use crate::model::Alias;
use crate::resolve::alias_key;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetAlias {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "GetAlias", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?;
        let name = input.name.as_deref().unwrap_or_default();
        let alias = lambda.store.read().get::<Alias>(&alias_key(&named, name))?.ok_or_else(|| {
            error::not_found(format!("Cannot find alias arn: {}", named.qualified(name).qualified_arn()))
        })?;
        Ok(alias.render())
    }
}

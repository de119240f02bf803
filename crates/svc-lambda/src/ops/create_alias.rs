//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html>

use super::aliases::checked_weights;
use super::{access, named};
use crate::lambda::Lambda;
use crate::model::{Alias, Function};
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<Lambda> for api::CreateAlias {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "CreateAlias", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let named = named(call, input.function_name.as_deref(), None)?.unqualified();
        let mut alias = Alias {
            scope: named.scope.clone(),
            function_name: named.name.clone(),
            name: input.name.unwrap_or_default(),
            description: input.description.unwrap_or_default(),
            version: input.function_version.unwrap_or_default(),
            weights: Default::default(),
            revision_id: lambda.needs.ids.uuid(),
            permissions: Vec::new(),
            policy_revision_id: lambda.needs.ids.uuid(),
        };
        let alias = lambda
            .store
            .write(|tx: &mut Tx| {
                if tx.get::<Function>(&named.key())?.is_none() {
                    return Err(error::function_not_found(&named.arn()));
                }
                alias.weights = checked_weights(tx, &named, &alias.version, input.routing_config.as_ref())?;
                if tx.get::<Alias>(&alias.key())?.is_some() {
                    return Err(error::conflict(format!("Alias already exists: {}", alias.arn())));
                }
                tx.put(&alias)?;
                Ok(alias)
            })
            .await?;
        Ok(alias.render())
    }
}

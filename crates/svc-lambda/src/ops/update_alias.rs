//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html>

use super::aliases::checked_weights;
use super::{access, named};
use crate::lambda::Lambda;
use crate::model::Alias;
use crate::resolve::alias_key;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::UpdateAlias {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "UpdateAlias", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?.unqualified();
        let name = input.name.as_deref().unwrap_or_default();
        let revision_id = lambda.needs.ids.uuid();
        let alias = lambda
            .store
            .write(|tx: &mut Tx| {
                let found = tx.get::<Alias>(&alias_key(&named, name))?.ok_or_else(|| {
                    error::not_found(format!("Alias not found: {}", named.qualified(name).qualified_arn()))
                })?;
                let mut alias = Alias::clone(&found);
                if input.revision_id.as_ref().is_some_and(|given| *given != alias.revision_id) {
                    return Err(error::stale_revision("GetFunction/GetAlias"));
                }
                alias.description = input.description.clone().unwrap_or(alias.description);
                alias.version = input.function_version.clone().unwrap_or(alias.version);
                let kept = api::AliasRoutingConfiguration { additional_version_weights: Some(alias.weights) };
                let routing = input.routing_config.as_ref().unwrap_or(&kept);
                alias.weights = checked_weights(tx, &named, &alias.version, Some(routing))?;
                alias.revision_id = revision_id;
                tx.put(&alias)?;
                Ok(alias)
            })
            .await?;
        Ok(alias.render())
    }
}

//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html>

use super::page::page;
use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::Alias;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::ListAliases {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "ListAliases", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?.unqualified();
        lambda.function(&named)?;
        let mut aliases = lambda.store.read().scan::<Alias>(&named.prefix())?;
        aliases.retain(|a| input.function_version.as_ref().is_none_or(|version| a.leads_to(version)));
        let (aliases, next_marker) = page(aliases, |a| &a.name, input.marker.as_deref(), input.max_items);
        let aliases = Some(aliases.iter().map(|alias| alias.render()).collect());
        Ok(api::ListAliasesResponse { aliases, next_marker })
    }
}

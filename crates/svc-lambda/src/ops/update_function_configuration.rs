//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html>

use super::update_function_code::may_change;
use super::{access, condition_keys, named, pass_role};
use crate::api;
use crate::lambda::Lambda;
use crate::layers::check_total;
use crate::model::{Found, Function, Wish};
use crate::needs::VpcWish;
use base::VpcId;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::UpdateFunctionConfiguration {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?;
        let (vpc, layers) = (input.vpc_config.as_ref(), input.layers.as_deref());
        let asked = access(lambda, "UpdateFunctionConfiguration", &named)?.into_iter();
        let told = |access| condition_keys::of_wish(access, lambda, &call.scope, vpc, layers);
        let mut asked: Vec<Access> = asked.map(told).collect();
        asked.extend(input.role.as_deref().map(|role| pass_role(role, &named)));
        asked.extend(lambda.layer_access(input.layers.as_deref())?);
        Ok(asked)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?;
        let found = lambda.function(&named)?;
        let wish = Wish::of_update(&named.scope, &input)?;
        may_change(&found, input.revision_id.as_deref())?;
        if let Some(role) = &wish.role {
            lambda.check_role(role)?;
        }
        let layers = wish.layers.as_ref().map(|arns| lambda.check_layers(&named.scope, arns)).transpose()?;
        let resolved = Found { vpc: check_vpc(lambda, &found, &wish)?, layers };
        let ((), function) = lambda
            .change(&named, |function| {
                may_change(function, input.revision_id.as_deref())?;
                let settings = wish.applied_to(function.settings.clone(), resolved);
                check_total(&settings.code, &settings.layers)?;
                function.change(settings, lambda.needs.ids.uuid(), call.now);
                Ok(())
            })
            .await?;
        lambda.nudge.notify_one();
        Ok(function.render())
    }
}

/// A new VpcConfig is checked with the role that will use it, and so is a new role with the
/// VpcConfig that stays.
fn check_vpc(lambda: &Lambda, found: &Function, wish: &Wish) -> Result<Option<VpcId>, ServiceError> {
    let stays = found.settings.vpc.as_ref().map(|vpc| &vpc.wish);
    let wanted: Option<&VpcWish> = match &wish.vpc {
        Some(wanted) => wanted.as_ref(),
        None if wish.role.is_some() => stays,
        None => return Ok(None),
    };
    let role = wish.role.as_ref().unwrap_or(&found.settings.role);
    wanted.map(|wanted| lambda.check_vpc(&found.scope, role, wanted)).transpose()
}

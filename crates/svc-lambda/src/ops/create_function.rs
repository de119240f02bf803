//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>

use super::publish_version::{Publication, publish};
use super::{condition_keys, named, pass_role, tags};
use crate::hot_reload::Source;
use crate::lambda::Lambda;
use crate::layers::check_total;
use crate::model::{Found, Function, Settings, State, Update, Wish};
use crate::name::Named;
use crate::{api, error};
use base::Arn;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::CreateFunction {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = own_name(call, input)?;
        let create = Access::to("lambda:CreateFunction", named.arn().to_string());
        let (vpc, layers) = (input.vpc_config.as_ref(), input.layers.as_deref());
        let create = condition_keys::of_wish(create, lambda, &call.scope, vpc, layers);
        let create = condition_keys::with_request_tags(create, input.tags.as_ref());
        let mut asked = vec![create, pass_role(input.role.as_deref().unwrap_or_default(), &named)];
        asked.extend(lambda.layer_access(input.layers.as_deref())?);
        Ok(asked)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let mut input = input.into_inner();
        let named = own_name(call, &input)?;
        let already = || error::conflict(format!("Function already exist: {}", named.name));
        if lambda.find(&named)?.is_some() {
            return Err(already());
        }
        let tags = tags::checked(input.tags.take().unwrap_or_default())?;
        let wish = Wish::of_create(&call.scope, &input)?;
        let role = wish.role.clone().ok_or_else(error::role_not_assumable)?;
        let code = input.code.take().unwrap_or_default();
        let zip = code.zip_file.unwrap_or_default();
        let package = lambda.check_code(Source { zip, bucket: code.s3_bucket, key: code.s3_key }).await?;
        lambda.check_role(&role)?;
        let layers = lambda.check_layers(&call.scope, wish.layers.as_deref().unwrap_or_default())?;
        check_total(&package.code, &layers)?;
        let vpc = match &wish.vpc {
            Some(Some(vpc)) => Some(lambda.check_vpc(&call.scope, &role, vpc)?),
            _ => None,
        };
        let uploading = lambda.uploads.read().await;
        let code = lambda.keep_package(package).await?;
        let settings = wish.applied_to(Settings::defaults(role, code), Found { vpc, layers: Some(layers) });
        let function = Function {
            scope: named.scope.clone(),
            name: named.name.clone(),
            version: None,
            last_version: 0,
            own_description: None,
            settings,
            state: State::Pending,
            update: Update::None,
            serving: None,
            last_modified: call.now,
            revision_id: lambda.needs.ids.uuid(),
            tags,
            permissions: Vec::new(),
            policy_revision_id: lambda.needs.ids.uuid(),
            reserved_concurrency: None,
            recursion_allowed: false,
        };
        let publication = Publication::new(lambda, call.now, None);
        let function = lambda
            .store
            .write(|tx: &mut Tx| {
                if tx.get::<Function>(&named.key())?.is_some() {
                    return Err(already());
                }
                tx.put(&function)?;
                match input.publish {
                    Some(true) => publish(tx, function, publication),
                    _ => Ok(function),
                }
            })
            .await?;
        drop(uploading);
        lambda.nudge.notify_one();
        Ok(function.render())
    }
}

/// A new function's name: in the caller's account, without a qualifier.
fn own_name(call: &Call, input: &api::CreateFunctionRequest) -> Result<Named, ServiceError> {
    let named = named(call, input.function_name.as_deref(), None)?;
    if named.qualifier.is_some() || named.scope != call.scope {
        let arn: Arn = named.qualified_arn();
        return Err(error::invalid_parameter(format!(
            "1 validation error detected: Value '{arn}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+"
        )));
    }
    Ok(named)
}

//! What the operations on function URLs share.

use crate::lambda::Lambda;
use crate::model::FunctionUrl;
use crate::name::Named;
use crate::{api, error};
use service::{Access, Call, ServiceError};
use std::sync::Arc;

/// An address belongs to a function or to one of its aliases.
pub fn named(call: &Call, name: Option<&str>, qualifier: Option<&str>) -> Result<Named, ServiceError> {
    super::named(call, name, qualifier)
}

/// The question whether the caller may do `action` on the address.
pub fn access(
    lambda: &Lambda,
    action: &str,
    named: &Named,
    auth: Option<&str>,
) -> Result<Vec<Access>, ServiceError> {
    let asked = super::access(lambda, action, named)?;
    let Some(auth) = auth else { return Ok(asked) };
    let with_auth = |access: Access| access.context("lambda:FunctionUrlAuthType", vec![auth.to_owned()]);
    Ok(asked.into_iter().map(with_auth).collect())
}

pub fn found(lambda: &Lambda, named: &Named) -> Result<Arc<FunctionUrl>, ServiceError> {
    let found = lambda.store.read().get::<FunctionUrl>(&FunctionUrl::key_of(named))?;
    found.ok_or_else(error::no_such_resource)
}

pub fn listed(url: &FunctionUrl) -> api::FunctionUrlConfig {
    let shown = url.render();
    api::FunctionUrlConfig {
        auth_type: shown.auth_type,
        cors: shown.cors,
        creation_time: shown.creation_time,
        function_arn: shown.function_arn,
        function_url: shown.function_url,
        invoke_mode: shown.invoke_mode,
        last_modified_time: shown.last_modified_time,
    }
}

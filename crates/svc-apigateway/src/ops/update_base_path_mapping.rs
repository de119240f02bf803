//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateBasePathMapping.html>

use super::may;
use crate::domain_names::{Refused, base_path, mapping, named, no_private, refused};
use crate::patch::{self, Patch};
use crate::{ApiGateway, api};
use domains::Mapping;
use service::{Access, Authorized, Call, Handler, ServiceError};

fn change(mapping: &mut Mapping, patch: &Patch) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["basePath"] => {
            mapping.set_base_path(&base_path(patch.text().as_deref())?).map_err(refused)?;
        }
        ["restapiId" | "restApiId"] => mapping.api = patch.value()?.to_owned(),
        ["stage"] => mapping.stage = patch.text(),
        _ => return Err(patch.unknown(&["/restapiId", "/basePath", "/stage"])),
    }
    Ok(())
}

impl Handler<ApiGateway> for api::UpdateBasePathMapping {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
            &format!(
                "/domainnames/{}/basepathmappings/{}",
                input.domain_name.as_deref().unwrap_or_default(),
                input.base_path.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let patches = patch::read(input.patch_operations)?;
        no_private(input.domain_name_id.as_deref())?;
        let name = input.domain_name.unwrap_or_default();
        let path = named(input.base_path.as_deref());
        let all = |mapping: &mut Mapping| {
            patches.iter().try_for_each(|patch| change(mapping, patch)).map_err(Refused)
        };
        let chosen = |one: &Mapping| one.base_path.as_str() == path;
        let changed = gateway.needs.domains.remap(&call.scope, &name, chosen, all).await;
        changed.map(|changed| mapping(&changed)).map_err(|refused| refused.0)
    }
}

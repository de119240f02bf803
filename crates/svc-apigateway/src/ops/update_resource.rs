//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateResource.html>

use super::may;
use super::resource_place::{placed, shown};
use crate::patch::{Op, Patch};
use crate::state::Resource;
use crate::{ApiGateway, api};
use crate::{error, patch, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

fn change(resource: &mut Resource, patch: &Patch) -> Result<(), ServiceError> {
    let name = match patch.parts()[..] {
        [name @ ("pathPart" | "parentId")] => name,
        _ => return Err(patch.unknown(&["/parentId", "/pathPart"])),
    };
    if patch.op != Op::Replace {
        let (path, op) = (&patch.path, patch.op.text());
        let text = format!(
            "Invalid patch path  '{path}' specified for op '{op}'. Please choose supported operations"
        );
        return Err(error::bad_request(text));
    }
    if resource.parent.is_none() {
        return Err(error::bad_request(format!("Root resource cannot update its {name}.")));
    }
    if name == "pathPart" {
        patch.value()?.clone_into(&mut resource.path_part);
    } else {
        resource.parent = Some(patch.value()?.to_owned());
    }
    Ok(())
}

impl Handler<ApiGateway> for api::UpdateResource {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
            &format!(
                "/restapis/{}/resources/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.resource_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let (id, resource) = (input.rest_api_id.unwrap_or_default(), input.resource_id.unwrap_or_default());
        let patches = patch::read(input.patch_operations)?;
        let all = gateway
            .store
            .write(|tx: &mut Tx| {
                let mut changed = read::resource(&tx.snapshot(), &call.scope, &id, &resource)?;
                for patch in &patches {
                    change(&mut changed, patch)?;
                }
                let mut siblings = read::resources(&tx.snapshot(), &call.scope, &id)?;
                siblings.retain(|r| r.id != changed.id);
                placed(&siblings, &changed)?;
                tx.put(&changed)?;
                let all = read::resources(&tx.snapshot(), &call.scope, &id)?;
                let paths = render::resources(&all, false);
                if paths.iter().any(|r| r.path.is_none()) {
                    return Err(error::bad_request("Resources cannot be cyclical."));
                }
                Ok(all)
            })
            .await?;
        shown(&all, &resource, false)
    }
}

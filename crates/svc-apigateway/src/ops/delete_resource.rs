//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteResource.html>

use super::may;
use crate::state::Resource;
use crate::{ApiGateway, api};
use crate::{error, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteResource {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
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
        let (id, resource) = (
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.resource_id.as_deref().unwrap_or_default(),
        );
        gateway
            .store
            .write(|tx: &mut Tx| {
                let all = read::resources(&tx.snapshot(), &call.scope, id)?;
                if read::resource(&tx.snapshot(), &call.scope, id, resource)?.parent.is_none() {
                    return Err(error::bad_request("Root resource cannot be deleted."));
                }
                // A resource takes those beneath it along.
                let mut gone = vec![resource.to_owned()];
                while let Some(id) = gone.pop() {
                    for resource in &all {
                        if resource.id == id {
                            tx.delete::<Resource>(&resource.key())?;
                        } else if resource.parent.as_deref() == Some(&id) {
                            gone.push(resource.id.clone());
                        }
                    }
                }
                Ok(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}

//! <https://docs.aws.amazon.com/apigateway/latest/api/API_TagResource.html>

use super::may;
use super::tag_path;
use crate::tags::{Tagged, checked};
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::TagResource {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "PUT", &tag_path(input.resource_arn.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let tagged = Tagged::parse(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        let added = input.tags.unwrap_or_default();
        gateway
            .store
            .write(|tx: &mut Tx| {
                let mut tags = tagged.tags(&tx.snapshot(), &call.scope)?;
                tags.extend(added);
                tagged.put(tx, &call.scope, checked(Some(tags))?)
            })
            .await?;
        Ok(Self::Output::default())
    }
}

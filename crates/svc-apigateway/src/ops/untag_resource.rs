//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UntagResource.html>

use super::may;
use super::tag_path;
use crate::tags::Tagged;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::UntagResource {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "DELETE", &tag_path(input.resource_arn.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let tagged = Tagged::parse(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        let gone = input.tag_keys.unwrap_or_default();
        gateway
            .store
            .write(|tx: &mut Tx| {
                let mut tags = tagged.tags(&tx.snapshot(), &call.scope)?;
                tags.retain(|key, _| !gone.contains(key));
                tagged.put(tx, &call.scope, tags)
            })
            .await?;
        Ok(Self::Output::default())
    }
}

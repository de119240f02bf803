//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_AddTagsToResource.html>

use super::tagged::Tagged;
use crate::{Rds, api, ops, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::AddTagsToResource {
    fn access(_: &Rds, _: &Call, input: &api::AddTagsToResourceMessage) -> Result<Vec<Access>, ServiceError> {
        let access = Access::to("rds:AddTagsToResource", input.resource_name.clone().unwrap_or_default());
        Ok(vec![ops::with_request_tags(access, input.tags.as_deref())])
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::AddTagsToResourceMessage>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        rds.store
            .write(|tx| {
                let mut found = Tagged::find(tx, call, &input.resource_name.unwrap_or_default())?;
                tags::add(found.tags_mut(), input.tags)?;
                found.put(tx)
            })
            .await?;
        Ok(Default::default())
    }
}

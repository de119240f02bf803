//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_AddTagsToResource.html>

use super::tagged::Tagged;
use crate::{Rds, access, api, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::AddTagsToResource {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::AddTagsToResourceMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        let access = rds.on_arn(call, "AddTagsToResource", input.resource_name.as_deref())?;
        Ok(vec![access::with_request_tags(access, input.tags.as_deref())])
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

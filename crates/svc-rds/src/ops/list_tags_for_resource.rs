//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ListTagsForResource.html>

use super::tagged::Tagged;
use crate::{Rds, api, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::ListTagsForResource {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::ListTagsForResourceMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![rds.on_arn(call, "ListTagsForResource", input.resource_name.as_deref())?])
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::ListTagsForResourceMessage>,
    ) -> Result<api::TagListMessage, ServiceError> {
        let name = input.into_inner().resource_name.unwrap_or_default();
        let mut found = rds.store.write(|tx| Tagged::find(tx, call, &name)).await?;
        Ok(api::TagListMessage { tag_list: Some(tags::list(found.tags_mut())) })
    }
}

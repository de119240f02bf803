//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RemoveTagsFromResource.html>

use super::tagged::Tagged;
use crate::{Rds, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::RemoveTagsFromResource {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::RemoveTagsFromResourceMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        let access = rds.on_arn(call, "RemoveTagsFromResource", input.resource_name.as_deref())?;
        Ok(vec![access.context("aws:TagKeys", input.tag_keys.clone().unwrap_or_default())])
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::RemoveTagsFromResourceMessage>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        rds.store
            .write(|tx| {
                let mut found = Tagged::find(tx, call, &input.resource_name.unwrap_or_default())?;
                for key in input.tag_keys.unwrap_or_default() {
                    found.tags_mut().remove(&key);
                }
                found.put(tx)
            })
            .await?;
        Ok(Default::default())
    }
}

//! The account's trails, of which there are none: moat makes no trails.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTrails.html>

use super::on_everything;
use crate::{CloudTrail, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<CloudTrail> for api::ListTrails {
    fn access(_: &CloudTrail, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(on_everything("ListTrails"))
    }

    async fn run(_: &CloudTrail, _: &Call, _: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        Ok(api::ListTrailsResponse { trails: Some(Vec::new()), next_token: None })
    }
}

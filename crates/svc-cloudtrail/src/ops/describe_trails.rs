//! The account's trails. moat has the event history, which needs none; it makes no trails, so
//! there is never one to describe.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>

use super::on_everything;
use crate::{CloudTrail, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<CloudTrail> for api::DescribeTrails {
    fn access(_: &CloudTrail, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(on_everything("DescribeTrails"))
    }

    async fn run(_: &CloudTrail, _: &Call, _: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        Ok(api::DescribeTrailsResponse { trail_list: Some(Vec::new()) })
    }
}

//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAdjustmentTypes.html>

use crate::state::AdjustmentType;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DescribeAdjustmentTypes {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeAdjustmentTypes"))
    }

    async fn run(_: &Scaling, _: &Call, _: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        let kind = |text: &str| api::AdjustmentType { adjustment_type: Some(text.to_owned()) };
        let kinds = AdjustmentType::ALL.iter().map(|(_, text)| kind(text)).collect();
        Ok(api::DescribeAdjustmentTypesAnswer { adjustment_types: Some(kinds) })
    }
}

//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAccountLimits.html>

use crate::find;
use crate::{GROUPS_MAX, LAUNCH_CONFIGURATIONS_MAX};
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DescribeAccountLimits {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeAccountLimits"))
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        _: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let count = |number: usize| i32::try_from(number).ok();
        Ok(api::DescribeAccountLimitsAnswer {
            max_number_of_auto_scaling_groups: count(GROUPS_MAX),
            max_number_of_launch_configurations: count(LAUNCH_CONFIGURATIONS_MAX),
            number_of_auto_scaling_groups: count(find::groups(&scaling.store.read(), &call.scope)?.len()),
            number_of_launch_configurations: Some(0),
        })
    }
}

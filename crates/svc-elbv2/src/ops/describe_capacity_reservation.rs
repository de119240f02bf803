//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeCapacityReservation.html>

use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeCapacityReservation {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeCapacityReservation"))
    }

    /// There is none: nothing makes one here.
    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = input.load_balancer_arn.as_deref().unwrap_or_default();
        find::load_balancer(&elb.store.read(), &call.scope, arn)?;
        Ok(Default::default())
    }
}

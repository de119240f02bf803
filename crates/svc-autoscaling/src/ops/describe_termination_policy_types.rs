//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeTerminationPolicyTypes.html>

use crate::state::TerminationPolicy;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DescribeTerminationPolicyTypes {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeTerminationPolicyTypes"))
    }

    async fn run(_: &Scaling, _: &Call, _: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        let all = TerminationPolicy::ALL.iter().map(|(_, text)| (*text).to_owned()).collect();
        Ok(api::DescribeTerminationPolicyTypesAnswer { termination_policy_types: Some(all) })
    }
}

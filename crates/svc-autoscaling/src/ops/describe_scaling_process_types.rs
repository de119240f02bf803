//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingProcessTypes.html>

use crate::state::Process;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DescribeScalingProcessTypes {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeScalingProcessTypes"))
    }

    async fn run(_: &Scaling, _: &Call, _: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        let process = |text: &str| api::ProcessType { process_name: Some(text.to_owned()) };
        let all = Process::ALL.iter().map(|(_, text)| process(text)).collect();
        Ok(api::ProcessesType { processes: Some(all) })
    }
}

//! Shows flow logs.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeFlowLogs.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeFlowLogs {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeFlowLogs"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = Wanted::new(
            &input.filter,
            input.max_results,
            &input.next_token,
            ("flowLogIdSet", &input.flow_log_ids),
        );
        let view = ec2.look(call).await?;
        let rows = view.named::<FlowLog>(input.flow_log_ids.as_ref())?;
        let shown = rows.iter().map(|row| render::flow_log(&view, row)).collect::<Result<_, _>>()?;
        let page = wanted.select(shown)?;
        Ok(api::DescribeFlowLogsResult { flow_logs: Some(page.items), next_token: page.next_token })
    }
}

//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ResumeProcesses.html>

use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::ResumeProcesses {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on(&state, call, "ResumeProcesses", input.auto_scaling_group_name.as_deref())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let wanted = super::suspend_processes::processes(input.scaling_processes.as_ref())?;
        scaling
            .edit(call, input.auto_scaling_group_name.as_deref(), |_, group| {
                for process in wanted {
                    group.suspended.remove(&process);
                }
                Ok(())
            })
            .await?;
        Ok(Default::default())
    }
}

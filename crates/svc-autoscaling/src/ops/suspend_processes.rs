//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SuspendProcesses.html>

use crate::invalid::validation;
use crate::state::Process;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::SuspendProcesses {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on(&state, call, "SuspendProcesses", input.auto_scaling_group_name.as_deref())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let wanted = processes(input.scaling_processes.as_ref())?;
        scaling
            .edit(call, input.auto_scaling_group_name.as_deref(), |_, group| {
                for process in wanted {
                    group.suspended.entry(process).or_insert(call.now);
                }
                Ok(())
            })
            .await?;
        Ok(Default::default())
    }
}

/// Those named, or all.
pub(super) fn processes(named: Option<&Vec<String>>) -> Result<Vec<Process>, ServiceError> {
    let Some(named) = named.filter(|named| !named.is_empty()) else {
        return Ok(Process::ALL.iter().map(|(process, _)| *process).collect());
    };
    let parse = |text: &String| {
        Process::parse(text).ok_or_else(|| validation(format!("Invalid process type: {text}")))
    };
    named.iter().map(parse).collect()
}

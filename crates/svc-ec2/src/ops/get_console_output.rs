//! Shows what an instance has written to its console.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html>

use crate::op::*;
use crate::render::text;
use base64::Engine;

impl Handler<Ec2> for api::GetConsoleOutput {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.instance_id, "InstanceId")?;
        Ok(Asks::new(ec2, call, "GetConsoleOutput").on::<Instance>(id)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let row = ec2.view(&call.scope).find::<Instance>(required(&input.instance_id, "InstanceId")?)?;
        let written = ec2.needs().map(|needs| needs.machines.console(&row.id)).unwrap_or_default();
        Ok(api::GetConsoleOutputResult {
            instance_id: text(&row.id),
            timestamp: Some(call.now),
            output: text(base64::engine::general_purpose::STANDARD.encode(written)),
        })
    }
}

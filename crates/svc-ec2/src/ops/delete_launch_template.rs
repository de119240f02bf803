//! Deletes a launch template with all its versions. Instances and groups made of it stay.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteLaunchTemplate.html>

use crate::launch_templates;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DeleteLaunchTemplate {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Asks::new(ec2, call, "DeleteLaunchTemplate")
            .template(input.launch_template_id.as_ref(), input.launch_template_name.as_ref())
            .map(Asks::done)
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (id, name) = (input.launch_template_id.as_ref(), input.launch_template_name.as_ref());
        ec2.change(call, input.dry_run, |change| {
            let template = launch_templates::find(change, id, name)?;
            for version in launch_templates::versions(change, &template)? {
                change.remove_version(&version)?;
            }
            change.remove(&*template)?;
            Ok(api::DeleteLaunchTemplateResult { launch_template: Some(render::launch_template(&template)) })
        })
        .await
    }
}

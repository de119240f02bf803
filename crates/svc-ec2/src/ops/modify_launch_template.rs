//! Makes another version of a launch template the default.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyLaunchTemplate.html>

use crate::launch_templates;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::ModifyLaunchTemplate {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Asks::new(ec2, call, "ModifyLaunchTemplate")
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
            let mut template = LaunchTemplate::clone(&*launch_templates::find(change, id, name)?);
            if input.default_version.is_some() {
                let number = launch_templates::number(&template, input.default_version.as_ref())?;
                template.default_version = launch_templates::version(change, &template, number)?.number;
            }
            change.put(&template)?;
            Ok(api::ModifyLaunchTemplateResult { launch_template: Some(render::launch_template(&template)) })
        })
        .await
    }
}

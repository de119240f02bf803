//! Adds a version to a launch template.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html>

use crate::launch_templates::{self, VERSIONS_PER_TEMPLATE};
use crate::model::template_data;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::CreateLaunchTemplateVersion {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Asks::new(ec2, call, "CreateLaunchTemplateVersion")
            .template(input.launch_template_id.as_ref(), input.launch_template_name.as_ref())
            .map(Asks::done)
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let (template, version) = create(change, call, &input)?;
            Ok(api::CreateLaunchTemplateVersionResult {
                launch_template_version: Some(render::launch_template_version(&template, &version)?),
                warning: None,
            })
        })
        .await
    }
}

fn create(
    change: &mut Change<'_>,
    call: &Call,
    input: &api::CreateLaunchTemplateVersionRequest,
) -> Result<(LaunchTemplate, LaunchTemplateVersion), ServiceError> {
    let found = launch_templates::find(
        change,
        input.launch_template_id.as_ref(),
        input.launch_template_name.as_ref(),
    )?;
    let mut template = LaunchTemplate::clone(&found);
    let versions = launch_templates::versions(change, &template)?;
    let token = input.client_token.as_ref().filter(|token| !token.is_empty());
    if let Some(same) = versions.iter().find(|v| token.is_some() && v.client_token.as_ref() == token) {
        return Ok((template, LaunchTemplateVersion::clone(same)));
    }
    let most = VERSIONS_PER_TEMPLATE;
    room(versions.len(), most, "LaunchTemplateVersionLimitExceeded", "versions of the launch template")?;
    let given = launch_templates::data(input.launch_template_data.as_ref())?;
    let data = match input.source_version.as_ref().filter(|text| !text.is_empty()) {
        None => given,
        Some(_) => {
            let number = launch_templates::number(&template, input.source_version.as_ref())?;
            let source = launch_templates::version(change, &template, number)?;
            template_data::over_source(source.data.clone(), given)
        }
    };
    let made = (input.version_description.clone(), token.cloned(), call.caller.principal.arn());
    let version = launch_templates::add_version(change, &mut template, made, data)?;
    Ok((template, version))
}

//! Makes a launch template with its first version.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html>

use crate::launch_templates::{self, TEMPLATES_PER_REGION};
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::CreateLaunchTemplate {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateLaunchTemplate")
            .create::<LaunchTemplate>(input.tag_specifications.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse("CreateLaunchTemplate", &[("Operator", input.operator.is_some())])?;
        ec2.change(call, input.dry_run, |change| {
            let template = create(change, call, &input)?;
            Ok(api::CreateLaunchTemplateResult {
                launch_template: Some(render::launch_template(&template)),
                warning: None,
            })
        })
        .await
    }
}

fn create(
    change: &mut Change<'_>,
    call: &Call,
    input: &api::CreateLaunchTemplateRequest,
) -> Result<LaunchTemplate, ServiceError> {
    let token = input.client_token.as_ref().filter(|token| !token.is_empty());
    let same = change.having::<LaunchTemplate>(|t| token.is_some() && t.client_token.as_ref() == token)?;
    if let Some(same) = same.into_iter().next() {
        return Ok(Arc::unwrap_or_clone(same));
    }
    let name = required(&input.launch_template_name, "LaunchTemplateName")?;
    if launch_templates::by_name(change, name)?.is_some() {
        return Err(ServiceError::client(
            "InvalidLaunchTemplateName.AlreadyExistsException",
            "Launch template name already in use.",
        ));
    }
    let have = change.all::<LaunchTemplate>()?.len();
    room(have, TEMPLATES_PER_REGION, "LaunchTemplateLimitExceeded", "launch templates")?;
    let data = launch_templates::data(input.launch_template_data.as_ref())?;
    let created_by = call.caller.principal.arn();
    let mut template = LaunchTemplate {
        scope: change.scope().clone(),
        id: change.id("lt"),
        name: name.to_owned(),
        created: change.now(),
        created_by: created_by.clone(),
        default_version: 1,
        latest_version: 0,
        client_token: token.cloned(),
        tags: tags::specified(LaunchTemplate::KIND, input.tag_specifications.as_ref())?,
    };
    let made = (input.version_description.clone(), None, created_by);
    launch_templates::add_version(change, &mut template, made, data)?;
    Ok(template)
}

//! Deletes versions of a launch template, but for the default one; each is told for itself.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteLaunchTemplateVersions.html>

use crate::launch_templates;
use crate::op::*;
use crate::render::text;

/// Of one request.
const MAX_VERSIONS: usize = 200;

impl Handler<Ec2> for api::DeleteLaunchTemplateVersions {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Asks::new(ec2, call, "DeleteLaunchTemplateVersions")
            .template(input.launch_template_id.as_ref(), input.launch_template_name.as_ref())
            .map(Asks::done)
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (id, name) = (input.launch_template_id.as_ref(), input.launch_template_name.as_ref());
        let wanted = input.versions.clone().unwrap_or_default();
        if wanted.len() > MAX_VERSIONS {
            return Err(invalid_value(format!("A request can delete up to {MAX_VERSIONS} versions.")));
        }
        ec2.change(call, input.dry_run, |change| {
            let template = launch_templates::find(change, id, name)?;
            let (mut deleted, mut kept) = (Vec::new(), Vec::new());
            for version in &wanted {
                let number = launch_templates::number(&template, Some(version))?;
                match delete(change, &template, number)? {
                    None => deleted.push(api::DeleteLaunchTemplateVersionsResponseSuccessItem {
                        launch_template_id: text(&template.id),
                        launch_template_name: text(&template.name),
                        version_number: Some(number),
                    }),
                    Some(error) => kept.push(api::DeleteLaunchTemplateVersionsResponseErrorItem {
                        launch_template_id: text(&template.id),
                        launch_template_name: text(&template.name),
                        version_number: Some(number),
                        response_error: Some(error),
                    }),
                }
            }
            Ok(api::DeleteLaunchTemplateVersionsResult {
                successfully_deleted_launch_template_versions: Some(deleted),
                unsuccessfully_deleted_launch_template_versions: Some(kept),
            })
        })
        .await
    }
}

/// Why it was not deleted; nothing when it was.
fn delete(
    change: &mut Change<'_>,
    template: &LaunchTemplate,
    number: i64,
) -> Result<Option<api::ResponseError>, ServiceError> {
    let error = |code: &str, message: String| {
        Ok(Some(api::ResponseError { code: text(code), message: text(message) }))
    };
    if number == template.default_version {
        let message = "The default version of a launch template cannot be deleted.";
        return error("unexpectedError", message.to_owned());
    }
    match launch_templates::version(change, template, number) {
        Ok(version) => change.remove_version(&version).map(|()| None).map_err(ServiceError::from),
        Err(missing) => error("launchTemplateVersionDoesNotExist", missing.message.clone()),
    }
}

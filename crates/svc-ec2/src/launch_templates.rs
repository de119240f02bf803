//! Finding launch templates and their versions, and what RunInstances makes of them.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/launch-instances-from-launch-template.html>

use crate::Ec2;
use crate::api;
use crate::change::Change;
use crate::error::{combination, missing};
use crate::launch::check_user_data;
use crate::model::template_data;
use crate::read::Read;
use crate::state::{LaunchTemplate, LaunchTemplateVersion, Resource};
use crate::tags::{self, Tags};
use base::Scope;
use policy::Principal;
use serde_json::{Map, Value as Json};
use service::{Call, ServiceError};
use std::sync::Arc;

/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/launch-template-restrictions.html>
pub(crate) const TEMPLATES_PER_REGION: usize = 5000;
pub(crate) const VERSIONS_PER_TEMPLATE: usize = 10_000;
/// Roles of Auto Scaling, which names the group of an instance in a tag that users cannot give.
const SCALING_ROLES: &str = ":role/aws-service-role/autoscaling.amazonaws.com/";
const SCALING_TAGS: &str = "aws:autoscaling:";

/// The template that an id or a name says.
pub(crate) fn find(
    view: &impl Read,
    id: Option<&String>,
    name: Option<&String>,
) -> Result<Arc<LaunchTemplate>, ServiceError> {
    let given = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    match (given(id), given(name)) {
        (Some(_), Some(_)) => Err(combination(
            "A request can contain either a launch template ID or a launch template name, but not both.",
        )),
        (Some(id), None) => view.find::<LaunchTemplate>(&id),
        (None, Some(name)) => by_name(view, &name)?.ok_or_else(|| no_name(&name)),
        (None, None) => Err(missing("launch template ID or launch template name")),
    }
}

pub(crate) fn by_name(view: &impl Read, name: &str) -> Result<Option<Arc<LaunchTemplate>>, store::Fault> {
    Ok(view.having::<LaunchTemplate>(|template| template.name == name)?.into_iter().next())
}

pub(crate) fn no_name(name: &str) -> ServiceError {
    ServiceError::client(
        "InvalidLaunchTemplateName.NotFoundException",
        format!("The specified launch template, with template name {name}, does not exist."),
    )
}

pub(crate) fn no_version(template: &str, version: &str) -> ServiceError {
    ServiceError::client(
        "InvalidLaunchTemplateId.VersionNotFound",
        format!("Could not find the specified version {version} for the launch template with ID {template}."),
    )
}

/// The number that a version's text means: a number, `$Latest`, `$Default` or, left out, the default.
pub(crate) fn number(template: &LaunchTemplate, version: Option<&String>) -> Result<i64, ServiceError> {
    match version.map(String::as_str).filter(|text| !text.is_empty()) {
        None | Some("$Default") => Ok(template.default_version),
        Some("$Latest") => Ok(template.latest_version),
        Some(text) => text.parse().map_err(|_| {
            ServiceError::client(
                "InvalidLaunchTemplateVersion.Malformed",
                format!("The launch template version '{text}' is malformed."),
            )
        }),
    }
}

pub(crate) fn version(
    view: &impl Read,
    template: &LaunchTemplate,
    number: i64,
) -> Result<Arc<LaunchTemplateVersion>, ServiceError> {
    let key = LaunchTemplateVersion::key_of(view.scope(), &template.id, number);
    view.row(&key)?.ok_or_else(|| no_version(&template.id, &number.to_string()))
}

/// All versions, the oldest first.
pub(crate) fn versions(
    view: &impl Read,
    template: &LaunchTemplate,
) -> Result<Vec<Arc<LaunchTemplateVersion>>, ServiceError> {
    Ok(view.rows(&LaunchTemplateVersion::prefix(view.scope(), &template.id))?)
}

/// The data of a request, as they are stored. They are only data: what moat cannot do is refused when instances
/// are to be made of them.
pub(crate) fn data(
    given: Option<&api::RequestLaunchTemplateData>,
) -> Result<Map<String, Json>, ServiceError> {
    let given = given.cloned().unwrap_or_default();
    if let Some(data) = given.user_data.as_deref().filter(|data| !data.is_empty()) {
        check_user_data(data)?;
    }
    for specification in given.tag_specifications.iter().flatten() {
        tags::checked(specification.tags.as_deref().unwrap_or_default())?;
    }
    Ok(template_data::stored(given))
}

/// Writes the next version of a template, and the template with it.
pub(crate) fn add_version(
    change: &mut Change<'_>,
    template: &mut LaunchTemplate,
    made: (Option<String>, Option<String>, String),
    data: Map<String, Json>,
) -> Result<LaunchTemplateVersion, ServiceError> {
    let (description, client_token, created_by) = made;
    template.latest_version += 1;
    let version = LaunchTemplateVersion {
        scope: change.scope().clone(),
        template: template.id.clone(),
        number: template.latest_version,
        description,
        created: change.now(),
        created_by,
        client_token,
        data,
    };
    change.put_beside(&version)?;
    change.put(template)?;
    Ok(version)
}

/// What a launch is asked for, with what its template says.
pub(crate) struct Asked {
    pub(crate) input: api::RunInstancesRequest,
    /// Tags that only AWS gives.
    pub(crate) system_tags: Tags,
    /// The id of the template.
    pub(crate) template: Option<String>,
}

/// Puts a request and the template that it names together.
pub(crate) fn resolve(
    view: &impl Read,
    call: &Call,
    input: &api::RunInstancesRequest,
) -> Result<Asked, ServiceError> {
    let mut asked = Asked { input: input.clone(), system_tags: Tags::new(), template: None };
    if is_scaling(call) {
        take_system_tags(&mut asked);
    }
    let Some(named) = asked.input.launch_template.take() else { return Ok(asked) };
    let template = find(view, named.launch_template_id.as_ref(), named.launch_template_name.as_ref())?;
    let number = number(&template, named.version.as_ref())?;
    let version = version(view, &template, number)?;
    if version.data.contains_key("InstanceRequirements") {
        return Err(ServiceError::not_implemented("InstanceRequirements of a launch template"));
    }
    let merged = template_data::under_request(&version.data, template_data::stored(asked.input));
    asked.input = template_data::typed("RunInstancesRequest", &merged).map_err(ServiceError::internal)?;
    asked.system_tags.insert("aws:ec2launchtemplate:id".to_owned(), template.id.clone());
    asked.system_tags.insert("aws:ec2launchtemplate:version".to_owned(), number.to_string());
    asked.template = Some(template.id().to_owned());
    Ok(asked)
}

/// Whether Auto Scaling calls, in its service-linked role. Calls that come from outside have an access key; a role
/// that somebody gave the path of service-linked ones would not be Auto Scaling's.
pub(crate) fn is_scaling(call: &Call) -> bool {
    call.caller.access_key_id.is_empty()
        && matches!(&call.caller.principal, Principal::RoleSession { role_arn, .. } if role_arn.contains(SCALING_ROLES))
}

/// Whether it is a tag that Auto Scaling gives, and Auto Scaling gives it.
pub(crate) fn is_scaling_tag(call: &Call, tag: &api::Tag) -> bool {
    is_scaling(call) && is_system(tag)
}

fn is_system(tag: &api::Tag) -> bool {
    tag.key.as_deref().is_some_and(|key| key.starts_with(SCALING_TAGS))
}

fn take_system_tags(asked: &mut Asked) {
    let instances = |s: &&mut api::TagSpecification| s.resource_type.as_deref() == Some("instance");
    for specification in asked.input.tag_specifications.iter_mut().flatten().filter(instances) {
        let tags = specification.tags.take().unwrap_or_default();
        let (system, own): (Vec<_>, Vec<_>) = tags.into_iter().partition(is_system);
        specification.tags = Some(own);
        let pairs = system.into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
        asked.system_tags.extend(pairs);
    }
    let is_empty = |s: &api::TagSpecification| s.tags.as_ref().is_some_and(Vec::is_empty);
    if let Some(all) = &mut asked.input.tag_specifications {
        all.retain(|specification| !is_empty(specification));
    }
}

/// What one version of a launch template says to who launches from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFacts {
    pub id: String,
    pub name: String,
    pub number: i64,
    pub image: Option<String>,
    pub instance_type: Option<String>,
    /// Whether it has network interfaces, of which the first is then the one that is given a subnet.
    pub has_interfaces: bool,
    /// Whether it says itself which subnet, or which interface that there is.
    pub names_subnet: bool,
}

impl Ec2 {
    /// A version of a launch template, as RunInstances would take it.
    pub fn launch_template(
        &self,
        scope: &Scope,
        id: Option<&str>,
        name: Option<&str>,
        version_text: Option<&str>,
    ) -> Result<TemplateFacts, ServiceError> {
        let view = self.view(scope);
        let own = |text: Option<&str>| text.map(str::to_owned);
        let template = find(&view, own(id).as_ref(), own(name).as_ref())?;
        let number = number(&template, own(version_text).as_ref())?;
        let data = &version(&view, &template, number)?.data;
        let text = |member: &str| data.get(member).and_then(Json::as_str).map(str::to_owned);
        let interfaces = data.get("NetworkInterfaces").and_then(Json::as_array);
        let interfaces = interfaces.map(Vec::as_slice).unwrap_or_default();
        let names_subnet =
            |one: &Json| one.get("SubnetId").is_some() || one.get("NetworkInterfaceId").is_some();
        Ok(TemplateFacts {
            id: template.id.clone(),
            name: template.name.clone(),
            number,
            image: text("ImageId"),
            instance_type: text("InstanceType"),
            has_interfaces: !interfaces.is_empty(),
            names_subnet: interfaces.iter().any(names_subnet),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Timestamp;
    use service::testing::root_call;

    #[test]
    fn nobody_is_auto_scaling_by_the_path_of_a_role() {
        let mut call = root_call(Timestamp::from_secs(0));
        let account = call.scope.account.clone();
        let role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
        call.caller.principal = Principal::RoleSession {
            role_arn: format!("arn:aws:iam::{account}:{role}"),
            account,
            role_id: "AROA".to_owned(),
            session_name: "AutoScaling".to_owned(),
        };
        for (key, is) in [("", true), ("ASIAEXAMPLE", false)] {
            call.caller.access_key_id = key.to_owned();
            assert_eq!(is_scaling(&call), is, "`{key}`");
        }
    }
}

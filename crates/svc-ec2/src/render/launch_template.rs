//! Launch templates and their versions, and what filters may ask of them.

use super::{described, one, text};
use crate::api;
use crate::filter::Facts;
use crate::model::template_data;
use crate::state::{LaunchTemplate, LaunchTemplateVersion};
use crate::tags;
use service::ServiceError;

pub(crate) fn launch_template(row: &LaunchTemplate) -> api::LaunchTemplate {
    api::LaunchTemplate {
        launch_template_id: text(&row.id),
        launch_template_name: text(&row.name),
        create_time: Some(row.created),
        created_by: text(&row.created_by),
        default_version_number: Some(row.default_version),
        latest_version_number: Some(row.latest_version),
        tags: tags::rendered(&row.tags),
        operator: Some(api::OperatorResponse { managed: Some(false), ..Default::default() }),
    }
}

pub(crate) fn launch_template_version(
    template: &LaunchTemplate,
    row: &LaunchTemplateVersion,
) -> Result<api::LaunchTemplateVersion, ServiceError> {
    let data = template_data::typed("ResponseLaunchTemplateData", &row.data);
    Ok(api::LaunchTemplateVersion {
        launch_template_id: text(&template.id),
        launch_template_name: text(&template.name),
        version_number: Some(row.number),
        version_description: row.description.clone(),
        create_time: Some(row.created),
        created_by: text(&row.created_by),
        default_version: Some(row.number == template.default_version),
        launch_template_data: Some(data.map_err(ServiceError::internal)?),
        operator: Some(api::OperatorResponse { managed: Some(false), ..Default::default() }),
    })
}

impl Facts for api::LaunchTemplate {
    const FILTERS: &'static [&'static str] = &["create-time", "launch-template-name"];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "create-time" => one(self.create_time.map(|at| at.iso8601_ms())),
            "launch-template-name" => one(self.launch_template_name.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(launch_template_id, tags);
}

impl Facts for api::LaunchTemplateVersion {
    const FILTERS: &'static [&'static str] = &[
        "create-time",
        "ebs-optimized",
        "http-endpoint",
        "http-tokens",
        "iam-instance-profile",
        "image-id",
        "instance-type",
        "is-default-version",
        "kernel-id",
        "ram-disk-id",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        let Some(data) = &self.launch_template_data else { return Vec::new() };
        let metadata = data.metadata_options.as_ref();
        match filter {
            "create-time" => one(self.create_time.map(|at| at.iso8601_ms())),
            "ebs-optimized" => one(data.ebs_optimized),
            "http-endpoint" => one(metadata.and_then(|m| m.http_endpoint.as_ref())),
            "http-tokens" => one(metadata.and_then(|m| m.http_tokens.as_ref())),
            "iam-instance-profile" => one(data.iam_instance_profile.as_ref().and_then(|p| p.arn.as_ref())),
            "image-id" => one(data.image_id.as_ref()),
            "instance-type" => one(data.instance_type.as_ref()),
            "is-default-version" => one(self.default_version),
            "kernel-id" => one(data.kernel_id.as_ref()),
            "ram-disk-id" => one(data.ram_disk_id.as_ref()),
            _ => Vec::new(),
        }
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.launch_template_id.as_deref().unwrap_or_default()
    }
}

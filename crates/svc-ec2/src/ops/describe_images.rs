//! Shows the one image there is.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html>

use crate::launch::known_image;
use crate::model::image;
use crate::op::*;
use crate::render::{one, text};

impl Handler<Ec2> for api::DescribeImages {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeImages"))
    }

    async fn run(_: &Ec2, call: &Call, input: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        for id in input.image_ids.iter().flatten() {
            known_image(id)?;
        }
        let ids = ("imagesSet", &input.image_ids);
        let wanted = Wanted::new(&input.filters, input.max_results, &input.next_token, ids);
        let owners = input.owners.as_deref().unwrap_or_default();
        let owned =
            owners.is_empty() || owners.iter().any(|owner| owner == "amazon" || owner == image::OWNER);
        let executable = input.executable_users.as_deref().unwrap_or_default();
        let runs = executable.is_empty()
            || executable.iter().any(|user| user == "all")
            || (executable.iter().any(|u| u == "self") && call.scope.account.as_str() == image::OWNER);
        let images = if owned && runs { vec![shown()] } else { Vec::new() };
        let page = wanted.select(images)?;
        Ok(api::DescribeImagesResult { images: Some(page.items), next_token: page.next_token })
    }
}

fn shown() -> api::Image {
    api::Image {
        image_id: text(image::ID),
        name: text(image::NAME),
        description: text(image::DESCRIPTION),
        image_location: Some(format!("amazon/{}", image::NAME)),
        image_owner_alias: text("amazon"),
        owner_id: text(image::OWNER),
        creation_date: text(image::CREATED),
        architecture: text(image::architecture()),
        image_type: text("machine"),
        public: Some(true),
        state: text("available"),
        platform_details: text("Linux/UNIX"),
        usage_operation: text("RunInstances"),
        root_device_name: text(image::ROOT_DEVICE),
        root_device_type: text("ebs"),
        virtualization_type: text("hvm"),
        hypervisor: text("xen"),
        ena_support: Some(true),
        imds_support: text("v2.0"),
        block_device_mappings: Some(Vec::new()),
        ..Default::default()
    }
}

impl Facts for api::Image {
    const FILTERS: &'static [&'static str] = &[
        "architecture",
        "creation-date",
        "description",
        "ena-support",
        "hypervisor",
        "image-id",
        "image-type",
        "is-public",
        "name",
        "owner-alias",
        "owner-id",
        "platform",
        "root-device-name",
        "root-device-type",
        "state",
        "virtualization-type",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "architecture" => one(self.architecture.as_ref()),
            "creation-date" => one(self.creation_date.as_ref()),
            "description" => one(self.description.as_ref()),
            "ena-support" => one(self.ena_support),
            "hypervisor" => one(self.hypervisor.as_ref()),
            "image-id" => one(self.image_id.as_ref()),
            "image-type" => one(self.image_type.as_ref()),
            "is-public" => one(self.public),
            "name" => one(self.name.as_ref()),
            "owner-alias" => one(self.image_owner_alias.as_ref()),
            "owner-id" => one(self.owner_id.as_ref()),
            "root-device-name" => one(self.root_device_name.as_ref()),
            "root-device-type" => one(self.root_device_type.as_ref()),
            "state" => one(self.state.as_ref()),
            "virtualization-type" => one(self.virtualization_type.as_ref()),
            _ => Vec::new(),
        }
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.image_id.as_deref().unwrap_or_default()
    }
}

//! Shows one attribute of an instance.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceAttribute.html>

use crate::model::image;
use crate::op::*;
use crate::render::{group_identifiers, interfaces_of, text};

impl Handler<Ec2> for api::DescribeInstanceAttribute {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.instance_id, "InstanceId")?;
        Ok(Asks::new(ec2, call, "DescribeInstanceAttribute").on::<Instance>(id)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let view = ec2.view(&call.scope);
        let row = view.find::<Instance>(required(&input.instance_id, "InstanceId")?)?;
        let attribute = required(&input.attribute, "Attribute")?;
        let first = interfaces_of(&view, &row)?.into_iter().next();
        let flag = |value| Some(api::AttributeBooleanValue { value: Some(value) });
        let value = |value: Option<String>| Some(api::AttributeValue { value });
        let mut shown = api::InstanceAttribute { instance_id: text(&row.id), ..Default::default() };
        match attribute {
            "userData" => shown.user_data = value(row.user_data.clone()),
            "instanceType" => shown.instance_type = value(text(&row.instance_type)),
            "disableApiTermination" => shown.disable_api_termination = flag(row.termination_protected),
            "disableApiStop" => shown.disable_api_stop = flag(row.stop_protected),
            "instanceInitiatedShutdownBehavior" => {
                let behaviour = if row.terminates_on_shutdown { "terminate" } else { "stop" };
                shown.instance_initiated_shutdown_behavior = value(text(behaviour));
            }
            "rootDeviceName" => shown.root_device_name = value(text(image::ROOT_DEVICE)),
            "sourceDestCheck" => {
                shown.source_dest_check = flag(first.as_ref().is_none_or(|i| i.source_dest_check));
            }
            "groupSet" => {
                let groups = first.as_ref().map(|i| group_identifiers(&view, &i.groups)).transpose()?;
                shown.groups = Some(groups.unwrap_or_default());
            }
            "ebsOptimized" => shown.ebs_optimized = flag(false),
            "enaSupport" => shown.ena_support = flag(true),
            "kernel" => shown.kernel_id = value(None),
            "ramdisk" => shown.ramdisk_id = value(None),
            "sriovNetSupport" => shown.sriov_net_support = value(None),
            "productCodes" => shown.product_codes = Some(Vec::new()),
            "blockDeviceMapping" => shown.block_device_mappings = Some(Vec::new()),
            other => return Err(bad_value(other, "attribute", "Unknown attribute.")),
        }
        Ok(shown)
    }
}

//! Shows one attribute of a network interface.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaceAttribute.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeNetworkInterfaceAttribute {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeNetworkInterfaceAttribute"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let view = ec2.look(call).await?;
        let row =
            view.find::<NetworkInterface>(required(&input.network_interface_id, "networkInterfaceId")?)?;
        let shown = render::network_interface(&view, &row)?;
        let mut answer = api::DescribeNetworkInterfaceAttributeResult {
            network_interface_id: shown.network_interface_id,
            ..Default::default()
        };
        match required(&input.attribute, "attribute")? {
            "description" => answer.description = Some(api::AttributeValue { value: shown.description }),
            "groupSet" => answer.groups = shown.groups,
            "sourceDestCheck" => {
                answer.source_dest_check =
                    Some(api::AttributeBooleanValue { value: shown.source_dest_check });
            }
            "attachment" => answer.attachment = shown.attachment,
            "associatePublicIpAddress" => answer.associate_public_ip_address = Some(false),
            other => return Err(bad_value(other, "attribute", "Unknown attribute.")),
        }
        Ok(answer)
    }
}

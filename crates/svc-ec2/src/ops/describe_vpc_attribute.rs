//! Shows one attribute of a VPC.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html>

use crate::op::*;

impl Handler<Ec2> for api::DescribeVpcAttribute {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DescribeVpcAttribute").on::<Vpc>(required(&input.vpc_id, "vpcId")?)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let attribute = required(&input.attribute, "attribute")?;
        let vpc = ec2.look(call).await?.find::<Vpc>(required(&input.vpc_id, "vpcId")?)?;
        let on = |value| Some(api::AttributeBooleanValue { value: Some(value) });
        let mut answer =
            api::DescribeVpcAttributeResult { vpc_id: Some(vpc.id.to_string()), ..Default::default() };
        match attribute {
            "enableDnsSupport" => answer.enable_dns_support = on(vpc.dns_support),
            "enableDnsHostnames" => answer.enable_dns_hostnames = on(vpc.dns_hostnames),
            "enableNetworkAddressUsageMetrics" => answer.enable_network_address_usage_metrics = on(false),
            other => return Err(bad_value(other, "attribute", "Unknown attribute.")),
        }
        Ok(answer)
    }
}

//! Turns the DNS attributes of a VPC on or off.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html>

use crate::op::*;

impl Handler<Ec2> for api::ModifyVpcAttribute {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ModifyVpcAttribute").on::<Vpc>(required(&input.vpc_id, "VpcId")?)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.vpc_id, "VpcId")?;
        let value = |a: &Option<api::AttributeBooleanValue>| a.as_ref().and_then(|v| v.value);
        let support = value(&input.enable_dns_support);
        let hostnames = value(&input.enable_dns_hostnames);
        let metrics = value(&input.enable_network_address_usage_metrics);
        refuse("ModifyVpcAttribute", &[("EnableNetworkAddressUsageMetrics", metrics == Some(true))])?;
        match [support, hostnames, metrics].iter().flatten().count() {
            0 => return Err(missing("attribute")),
            1 => {}
            _ => return Err(combination("Fields for multiple attribute types specified")),
        }
        ec2.change(call, None, |change| {
            change.edit::<Vpc>(id, |vpc| {
                vpc.dns_support = support.unwrap_or(vpc.dns_support);
                vpc.dns_hostnames = hostnames.unwrap_or(vpc.dns_hostnames);
            })
        })
        .await?;
        Ok(api::ModifyVpcAttributeOutput {})
    }
}

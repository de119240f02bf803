//! Changes what instances in a subnet get.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html>

use crate::op::*;

impl Handler<Ec2> for api::ModifySubnetAttribute {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ModifySubnetAttribute")
            .on::<Subnet>(required(&input.subnet_id, "SubnetId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.subnet_id, "SubnetId")?;
        let on = |a: &Option<api::AttributeBooleanValue>| a.as_ref().and_then(|v| v.value) == Some(true);
        refuse(
            "ModifySubnetAttribute",
            &[
                ("MapCustomerOwnedIpOnLaunch", on(&input.map_customer_owned_ip_on_launch)),
                ("CustomerOwnedIpv4Pool", input.customer_owned_ipv4_pool.is_some()),
                ("EnableDns64", on(&input.enable_dns64)),
                // Names made of instances' ids have no records here.
                (
                    "EnableResourceNameDnsAAAARecordOnLaunch",
                    on(&input.enable_resource_name_dns_aaaa_record_on_launch),
                ),
                ("EnableLniAtDeviceIndex", input.enable_lni_at_device_index.is_some()),
                ("DisableLniAtDeviceIndex", on(&input.disable_lni_at_device_index)),
            ],
        )?;
        let hostname_type = input.private_dns_hostname_type_on_launch.as_deref();
        if let Some(wrong) = hostname_type.filter(|t| !["ip-name", "resource-name"].contains(t)) {
            return Err(bad_value(wrong, "privateDnsHostnameTypeOnLaunch", "Unknown type."));
        }
        ec2.change(call, None, |change| {
            let without = change.find::<Subnet>(id)?.ipv6_cidr.is_none();
            if without && on(&input.assign_ipv6_address_on_creation) {
                return Err(invalid_value(format!("The subnet '{id}' does not have an IPv6 CIDR block")));
            }
            change.edit::<Subnet>(id, |subnet| modify(subnet, &input))
        })
        .await?;
        Ok(api::ModifySubnetAttributeOutput {})
    }
}

fn modify(subnet: &mut Subnet, input: &api::ModifySubnetAttributeRequest) {
    let value = |a: &Option<api::AttributeBooleanValue>| a.as_ref().and_then(|v| v.value);
    if let Some(on) = value(&input.map_public_ip_on_launch) {
        subnet.map_public_ip_on_launch = on;
    }
    if let Some(on) = value(&input.assign_ipv6_address_on_creation) {
        subnet.assign_ipv6 = on;
    }
    if let Some(on) = value(&input.enable_resource_name_dns_a_record_on_launch) {
        subnet.resource_name_a_record = on;
    }
    if let Some(kind) = &input.private_dns_hostname_type_on_launch {
        subnet.hostname_type.clone_from(kind);
    }
}

//! Shows the domain names of Elastic IP addresses.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddressesAttribute.html>

use crate::op::*;
use crate::render::text;

impl Handler<Ec2> for api::DescribeAddressesAttribute {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeAddressesAttribute"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = Wanted::new(&None, input.max_results, &input.next_token, ("allocationIds", &None));
        let rows = ec2.look(call).await?.named::<Address>(input.allocation_ids.as_ref())?;
        let page = wanted.select(rows.iter().map(|row| attribute(row)).collect())?;
        Ok(api::DescribeAddressesAttributeResult { addresses: Some(page.items), next_token: page.next_token })
    }
}

/// No address has a reverse DNS record, because nobody can set one.
fn attribute(row: &Address) -> api::AddressAttribute {
    api::AddressAttribute {
        allocation_id: text(&row.id),
        public_ip: text(row.public_ip),
        ..Default::default()
    }
}

impl Facts for api::AddressAttribute {
    const FILTERS: &'static [&'static str] = &[];

    fn facts(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.allocation_id.as_deref().unwrap_or_default()
    }
}

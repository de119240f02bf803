//! Shows Elastic IP addresses and what they are associated with.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html>

use crate::filter::filtered;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeAddresses {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeAddresses"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let view = ec2.look(call).await?;
        let mut rows = view.named::<Address>(input.allocation_ids.as_ref())?;
        if let Some(wanted) = input.public_ips.as_ref().filter(|ips| !ips.is_empty()) {
            rows = with_public_ips(rows, wanted)?;
        }
        let shown = rows.iter().map(|row| render::address(&view, row)).collect::<Result<Vec<_>, _>>()?;
        Ok(api::DescribeAddressesResult { addresses: Some(filtered(shown, input.filters.as_ref())?) })
    }
}

fn with_public_ips(
    mut rows: Vec<Arc<Address>>,
    wanted: &[String],
) -> Result<Vec<Arc<Address>>, ServiceError> {
    for ip in wanted {
        if !rows.iter().any(|row| &row.public_ip.to_string() == ip) {
            return Err(ServiceError::client(
                "InvalidAddress.NotFound",
                format!("Address '{ip}' not found."),
            ));
        }
    }
    rows.retain(|row| wanted.contains(&row.public_ip.to_string()));
    Ok(rows)
}

//! Deletes endpoints with their interfaces and routes; says which it could not.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html>

use crate::op::*;
use crate::{endpoints, gateway_endpoints};

impl Handler<Ec2> for api::DeleteVpcEndpoints {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteVpcEndpoints")
            .each::<VpcEndpoint>(input.vpc_endpoint_ids.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let mut unsuccessful = Vec::new();
            for id in input.vpc_endpoint_ids.iter().flatten() {
                // One endpoint that does not exist does not keep the others alive.
                match change.lookup::<VpcEndpoint>(id)? {
                    Some(endpoint) => delete(change, &endpoint)?,
                    None => unsuccessful.push(not_found(id)),
                }
            }
            Ok(api::DeleteVpcEndpointsResult { unsuccessful: Some(unsuccessful) })
        })
        .await
    }
}

fn delete(change: &mut Change<'_>, endpoint: &VpcEndpoint) -> Result<(), ServiceError> {
    for interface in endpoint.interfaces.values() {
        endpoints::leave(change, interface)?;
    }
    for table in gateway_endpoints::tables(change, &endpoint.id)? {
        gateway_endpoints::leave(change, &endpoint.id, &table)?;
    }
    Ok(change.remove(endpoint)?)
}

fn not_found(id: &str) -> api::UnsuccessfulItem {
    let error = VpcEndpoint::missing(id);
    api::UnsuccessfulItem {
        resource_id: Some(id.to_owned()),
        error: Some(api::UnsuccessfulItemError {
            code: Some(error.code.into_owned()),
            message: Some(error.message),
        }),
    }
}

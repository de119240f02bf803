//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AttachTrafficSources.html>

use crate::targets;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::AttachTrafficSources {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        let access =
            access::on(&state, call, "AttachTrafficSources", input.auto_scaling_group_name.as_deref());
        let given = input.traffic_sources.iter().flatten().filter_map(|source| source.identifier.clone());
        Ok(vec![access::with(access, "TrafficSourceIdentifiers", given.collect())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arns = targets::of_sources(input.traffic_sources.as_ref())?;
        scaling.attach(call, input.auto_scaling_group_name.as_deref(), arns).await?;
        Ok(Default::default())
    }
}

//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html>

use super::tagged::Tagged;
use crate::{Elb, access, api, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::AddTags {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        let arns = input.resource_arns.iter().flatten();
        let asked = arns.map(|arn| access::on(&state, call, "AddTags", Some(arn)));
        Ok(asked.map(|access| access::with_request_tags(access, input.tags.as_deref())).collect())
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        elb.store
            .write(|tx| {
                for arn in input.resource_arns.iter().flatten() {
                    let mut found = Tagged::find(&tx.snapshot(), call, arn)?;
                    tags::add(found.tags_mut(), input.tags.clone())?;
                    found.put(tx)?;
                }
                Ok::<_, ServiceError>(())
            })
            .await?;
        Ok(Default::default())
    }
}

//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveTags.html>

use super::tagged::Tagged;
use crate::{Elb, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::RemoveTags {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        let keys = input.tag_keys.clone().unwrap_or_default();
        let arns = input.resource_arns.iter().flatten();
        let asked = arns.map(|arn| access::on(&state, call, "RemoveTags", Some(arn)));
        Ok(asked.map(|access| access.context("aws:TagKeys", keys.clone())).collect())
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
                    for key in input.tag_keys.iter().flatten() {
                        found.tags_mut().remove(key);
                    }
                    found.put(tx)?;
                }
                Ok::<_, ServiceError>(())
            })
            .await?;
        Ok(Default::default())
    }
}

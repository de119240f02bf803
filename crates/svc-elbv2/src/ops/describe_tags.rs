//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html>

use super::tagged::Tagged;
use crate::{Elb, access, api, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeTags {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeTags"))
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = elb.store.read();
        let mut shown = Vec::new();
        for arn in input.resource_arns.iter().flatten() {
            let found = Tagged::find(&state, call, arn)?;
            shown.push(api::TagDescription {
                resource_arn: Some(arn.clone()),
                tags: Some(tags::list(found.tags())),
            });
        }
        Ok(api::DescribeTagsOutput { tag_descriptions: Some(shown) })
    }
}

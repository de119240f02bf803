//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroupAttributes.html>

use crate::model::attributes;
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeTargetGroupAttributes {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeTargetGroupAttributes"))
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = input.target_group_arn.as_deref().unwrap_or_default();
        let group = find::target_group(&elb.store.read(), &call.scope, arn)?;
        let all = attributes::all(attributes::of_target_group(&group), &group.attributes);
        let shown = all
            .into_iter()
            .map(|(key, value)| api::TargetGroupAttribute { key: Some(key), value: Some(value) });
        Ok(api::DescribeTargetGroupAttributesOutput { attributes: Some(shown.collect()) })
    }
}

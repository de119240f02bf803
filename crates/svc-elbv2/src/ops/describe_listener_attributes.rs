//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerAttributes.html>

use crate::model::attributes;
use crate::state::Listener;
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeListenerAttributes {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeListenerAttributes"))
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = input.listener_arn.as_deref().unwrap_or_default();
        let listener = find::listener(&elb.store.read(), &call.scope, arn)?;
        Ok(api::DescribeListenerAttributesOutput { attributes: Some(shown(&listener)) })
    }
}

/// All attributes that are in force.
pub(super) fn shown(listener: &Listener) -> Vec<api::ListenerAttribute> {
    let all = attributes::all(attributes::of_listener(listener), &listener.attributes);
    let shown =
        all.into_iter().map(|(key, value)| api::ListenerAttribute { key: Some(key), value: Some(value) });
    shown.collect()
}

//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerAttributes.html>

use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeListenerAttributes {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeListenerAttributes"))
    }

    /// The defaults: nothing changes them here.
    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = input.listener_arn.as_deref().unwrap_or_default();
        let listener = find::listener(&elb.store.read(), &call.scope, arn)?;
        let known: &[(&str, &str)] = if listener.protocol == "TCP" {
            &[("tcp.idle_timeout.seconds", "350")]
        } else {
            &[("routing.http.response.server.enabled", "true")]
        };
        let shown = known.iter().map(|(key, value)| api::ListenerAttribute {
            key: Some((*key).to_owned()),
            value: Some((*value).to_owned()),
        });
        Ok(api::DescribeListenerAttributesOutput { attributes: Some(shown.collect()) })
    }
}

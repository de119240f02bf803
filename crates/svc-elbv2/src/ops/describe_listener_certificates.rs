//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerCertificates.html>

use crate::page::page;
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeListenerCertificates {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeListenerCertificates"))
    }

    /// A default certificate that is in the list too is shown twice, as on AWS.
    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = input.listener_arn.as_deref().unwrap_or_default();
        let listener = find::listener(&elb.store.read(), &call.scope, arn)?;
        let of = |tls: &crate::state::ListenerTls| {
            let listed = tls.list.iter().map(|arn| (arn.clone(), false));
            std::iter::once((tls.certificate.clone(), true)).chain(listed).collect::<Vec<_>>()
        };
        let all = listener.tls.as_ref().map(of).unwrap_or_default();
        let (shown, next_marker) =
            page(all, |(arn, default)| format!("{arn} {default}"), input.page_size, input.marker.as_deref())?;
        let shown = shown
            .into_iter()
            .map(|(arn, default)| api::Certificate { certificate_arn: Some(arn), is_default: Some(default) });
        Ok(api::DescribeListenerCertificatesOutput { certificates: Some(shown.collect()), next_marker })
    }
}

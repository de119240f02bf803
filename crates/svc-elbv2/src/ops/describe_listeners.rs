//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListeners.html>

use crate::page::page;
use crate::{Elb, access, answer, api, find, invalid};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Elb> for api::DescribeListeners {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeListeners"))
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = elb.store.read();
        let arns = input.listener_arns.as_deref().unwrap_or_default();
        let found = match (&input.load_balancer_arn, arns) {
            (Some(arn), []) => {
                let lb = find::load_balancer(&state, &call.scope, arn)?;
                find::listeners_of(&state, &call.scope, &lb.path())?
            }
            (None, [_, ..]) => {
                arns.iter().map(|arn| find::listener(&state, &call.scope, arn)).collect::<Result<_, _>>()?
            }
            _ => {
                return Err(invalid::validation(
                    "You must specify either listener ARNs or a load balancer ARN",
                ));
            }
        };
        let (shown, next_marker) = page(found, |l| l.key(), input.page_size, input.marker.as_deref())?;
        let shown = shown.iter().map(|listener| answer::listener(listener)).collect();
        Ok(api::DescribeListenersOutput { listeners: Some(shown), next_marker })
    }
}

//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveListenerCertificates.html>

use crate::model::listener_tls;
use crate::state::Listener;
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::RemoveListenerCertificates {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "RemoveListenerCertificates", input.listener_arn.as_deref())])
    }

    /// Removing what is not in the list is no error, but the default certificate cannot be removed.
    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arn = input.listener_arn.unwrap_or_default();
        let given = input.certificates.unwrap_or_default().into_iter().map(listener_tls::arn);
        let given = given.collect::<Result<Vec<_>, _>>()?;
        elb.store
            .write(move |tx| {
                let mut listener = Listener::clone(&*find::listener(&tx.snapshot(), &call.scope, &arn)?);
                let Some(tls) = &mut listener.tls else { return Ok(()) };
                let is_only_default = |arn: &&String| tls.certificate == **arn && !tls.list.contains(*arn);
                if let Some(default) = given.iter().find(is_only_default) {
                    return Err(ServiceError::client(
                        "OperationNotPermitted",
                        format!("Default certificate '{default}' cannot be removed from the listener"),
                    ));
                }
                tls.list.retain(|known| !given.contains(known));
                Ok(tx.put(&listener)?)
            })
            .await?;
        elb.nudge.notify_one();
        Ok(Default::default())
    }
}

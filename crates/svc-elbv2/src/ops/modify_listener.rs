//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html>

use super::check;
use super::create_listener::protocol;
use crate::model::action;
use crate::state::Listener;
use crate::{Elb, access, answer, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::ModifyListener {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "ModifyListener", input.listener_arn.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let has_tls =
            input.certificates.as_ref().is_some_and(|c| !c.is_empty()) || input.ssl_policy.is_some();
        if has_tls || input.alpn_policy.as_ref().is_some_and(|a| !a.is_empty()) {
            return Err(ServiceError::not_implemented("A listener with TLS"));
        }
        if input.mutual_authentication.as_ref().is_some_and(|m| m.mode.as_deref().is_some_and(|m| m != "off"))
        {
            return Err(ServiceError::not_implemented("Mutual authentication"));
        }
        let wanted = input.default_actions.map(|given| action::read(Some(given))).transpose()?;
        let arn = input.listener_arn.unwrap_or_default();
        let changed = elb
            .store
            .write(move |tx| {
                let state = tx.snapshot();
                let mut listener = Listener::clone(&*find::listener(&state, &call.scope, &arn)?);
                let lb = find::load_balancer(&state, &call.scope, &listener.load_balancer_arn())?;
                if let Some(given) = &input.protocol {
                    listener.protocol = protocol(&lb, Some(given))?;
                }
                if let Some(port) = input.port.and_then(|port| u16::try_from(port).ok()) {
                    let others = find::listeners_of(&state, &call.scope, &listener.load_balancer)?;
                    if others.iter().any(|other| other.port == port && other.id != listener.id) {
                        let lb = listener.load_balancer_arn();
                        return Err(ServiceError::client(
                            "DuplicateListener",
                            format!("A listener already exists on this port for this load balancer '{lb}'"),
                        ));
                    }
                    listener.port = port;
                }
                if let Some(wanted) = wanted {
                    check::action(&state, &call.scope, &lb, &wanted)?;
                    listener.action = wanted;
                }
                tx.put(&listener)?;
                Ok(listener)
            })
            .await?;
        elb.nudge.notify_one();
        Ok(api::ModifyListenerOutput { listeners: Some(vec![answer::listener(&changed)]) })
    }
}

//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html>

use super::check;
use super::create_listener::protocol;
use crate::model::{action, listener_tls};
use crate::state::Listener;
use crate::{Elb, access, answer, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::ModifyListener {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        let asked = access::on(&state, call, "ModifyListener", input.listener_arn.as_deref());
        let protocol = input.protocol.clone().map(|p| [p]);
        let asked = access::with(asked, "ListenerProtocol", protocol.as_ref().map(|p| &p[..]));
        let policy = input.ssl_policy.clone().map(|p| [p]);
        Ok(vec![access::with(asked, "SecurityPolicy", policy.as_ref().map(|p| &p[..]))])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let wish = listener_tls::Wish {
            policy: input.ssl_policy,
            certificates: input.certificates,
            mutual: input.mutual_authentication,
            alpn: input.alpn_policy,
        };
        if let Some(arn) = wish.certificates.iter().flatten().find_map(|c| c.certificate_arn.as_deref()) {
            check::certificate(elb, &call.scope, arn)?;
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
                listener.tls = listener_tls::read(&listener.protocol, wish, listener.tls.as_ref())?;
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
                listener.action = wanted.unwrap_or(listener.action);
                check::action(&state, &call.scope, &lb, &listener.protocol, &listener.action)?;
                tx.put(&listener)?;
                Ok(listener)
            })
            .await?;
        elb.nudge.notify_one();
        Ok(api::ModifyListenerOutput { listeners: Some(vec![answer::listener(&changed)]) })
    }
}

//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html>

use super::check;
use crate::model::{action, listener_tls};
use crate::state::{Attributes, Kind, Listener, LoadBalancer, Tags};
use crate::{Elb, LISTENERS_PER_LOAD_BALANCER_MAX, access, answer, api, find, invalid, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::CreateListener {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        let asked = access::on(&state, call, "CreateListener", input.load_balancer_arn.as_deref());
        let asked = access::with(
            asked,
            "ListenerProtocol",
            input.protocol.clone().map(|p| [p]).as_ref().map(|p| &p[..]),
        );
        let asked = access::with(
            asked,
            "SecurityPolicy",
            input.ssl_policy.clone().map(|p| [p]).as_ref().map(|p| &p[..]),
        );
        Ok(vec![access::with_request_tags(asked, input.tags.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arn = input.load_balancer_arn.clone().unwrap_or_default();
        let lb = find::load_balancer(&elb.store.read(), &call.scope, &arn)?;
        let protocol = protocol(&lb, input.protocol.as_deref())?;
        let wish = listener_tls::Wish {
            policy: input.ssl_policy,
            certificates: input.certificates,
            mutual: input.mutual_authentication,
            alpn: input.alpn_policy,
        };
        let tls = listener_tls::read(&protocol, wish, None)?;
        if let Some(tls) = &tls {
            check::certificate(elb, &call.scope, &tls.certificate)?;
        }
        let port = input.port.and_then(|port| u16::try_from(port).ok());
        let port = port.ok_or_else(|| invalid::validation("A port must be specified"))?;
        let mut own_tags = Tags::new();
        tags::add(&mut own_tags, input.tags)?;
        let listener = Listener {
            scope: call.scope.clone(),
            load_balancer: lb.path(),
            id: elb.needs.ids.hex(16),
            port,
            protocol,
            default_rule: elb.needs.ids.hex(16),
            tls,
            action: action::read(input.default_actions)?,
            attributes: Attributes::new(),
            tags: own_tags,
        };
        let shown = answer::listener(&listener);
        elb.store.write(move |tx| insert(tx, &arn, &listener)).await?;
        elb.nudge.notify_one();
        Ok(api::CreateListenerOutput { listeners: Some(vec![shown]) })
    }
}

fn insert(tx: &mut store::Tx, arn: &str, listener: &Listener) -> Result<(), ServiceError> {
    let state = tx.snapshot();
    let lb = find::load_balancer(&state, &listener.scope, arn)?;
    check::action(&state, &listener.scope, &lb, &listener.protocol, &listener.action)?;
    let others = find::listeners_of(&state, &listener.scope, &listener.load_balancer)?;
    if others.iter().any(|other| other.port == listener.port) {
        return Err(ServiceError::client(
            "DuplicateListener",
            format!("A listener already exists on this port for this load balancer '{arn}'"),
        ));
    }
    if others.len() >= LISTENERS_PER_LOAD_BALANCER_MAX {
        return Err(ServiceError::client(
            "TooManyListeners",
            format!("The maximum number of listeners has been reached on load balancer '{arn}'"),
        ));
    }
    Ok(tx.put(listener)?)
}

/// The protocol, where the load balancer has it.
pub(super) fn protocol(lb: &LoadBalancer, given: Option<&str>) -> Result<String, ServiceError> {
    let all: &[&str] = match lb.kind {
        Kind::Application => &["HTTPS", "HTTP"],
        Kind::Network => &["UDP", "TCP", "TCP_UDP", "TLS"],
    };
    match given {
        Some(protocol @ ("HTTP" | "HTTPS" | "TCP" | "TLS")) if all.contains(&protocol) => {
            Ok(protocol.to_owned())
        }
        Some(protocol) if all.contains(&protocol) => {
            Err(ServiceError::not_implemented(&format!("A listener with the protocol {protocol}")))
        }
        Some(protocol) => Err(invalid::validation(format!(
            "Listener protocol '{protocol}' must be one of '{}'",
            all.join(", ")
        ))),
        None => Err(invalid::validation("A protocol must be specified")),
    }
}

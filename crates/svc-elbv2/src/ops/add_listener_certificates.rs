//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddListenerCertificates.html>

use super::check;
use crate::model::listener_tls;
use crate::state::Listener;
use crate::{CERTIFICATES_PER_LOAD_BALANCER_MAX, Elb, access, api, find, invalid};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeSet;

impl Handler<Elb> for api::AddListenerCertificates {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "AddListenerCertificates", input.listener_arn.as_deref())])
    }

    /// A certificate that is there already is not added again.
    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arn = input.listener_arn.unwrap_or_default();
        let given = input.certificates.unwrap_or_default().into_iter().map(listener_tls::arn);
        let given = given.collect::<Result<Vec<_>, _>>()?;
        find::listener(&elb.store.read(), &call.scope, &arn)?;
        for certificate in &given {
            check::certificate(elb, &call.scope, certificate)?;
        }
        let shown = given
            .iter()
            .map(|arn| api::Certificate { certificate_arn: Some(arn.clone()), is_default: Some(false) });
        let shown = shown.collect();
        elb.store.write(move |tx| insert(tx, call, &arn, given)).await?;
        elb.nudge.notify_one();
        Ok(api::AddListenerCertificatesOutput { certificates: Some(shown) })
    }
}

fn insert(tx: &mut store::Tx, call: &Call, arn: &str, given: Vec<String>) -> Result<(), ServiceError> {
    let state = tx.snapshot();
    let mut listener = Listener::clone(&*find::listener(&state, &call.scope, arn)?);
    let protocol = listener.protocol.clone();
    let tls = listener.tls.as_mut().ok_or_else(|| {
        invalid::validation(format!("A certificate cannot be specified for {protocol} listeners"))
    })?;
    for certificate in given {
        if !tls.list.contains(&certificate) {
            tls.list.push(certificate);
        }
    }
    let others = find::listeners_of(&state, &call.scope, &listener.load_balancer)?;
    let others = others.iter().filter(|other| other.id != listener.id).filter_map(|other| other.tls.as_ref());
    let listed = listener.tls.iter().chain(others).flat_map(|tls| &tls.list);
    if listed.collect::<BTreeSet<_>>().len() > CERTIFICATES_PER_LOAD_BALANCER_MAX {
        return Err(ServiceError::client(
            "TooManyCertificates",
            "You've reached the limit on the number of certificates per load balancer",
        ));
    }
    Ok(tx.put(&listener)?)
}

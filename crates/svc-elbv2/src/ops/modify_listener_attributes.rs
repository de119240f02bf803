//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListenerAttributes.html>

use super::describe_listener_attributes::shown;
use crate::model::attributes;
use crate::state::Listener;
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::ModifyListenerAttributes {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "ModifyListenerAttributes", input.listener_arn.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arn = input.listener_arn.unwrap_or_default();
        let given = input.attributes.unwrap_or_default();
        let changed = elb
            .store
            .write(|tx| {
                let mut listener = Listener::clone(&*find::listener(&tx.snapshot(), &call.scope, &arn)?);
                let known = attributes::of_listener(&listener);
                for attribute in &given {
                    let (key, value) = (attribute.key.as_deref(), attribute.value.as_deref());
                    let (key, value) = (key.unwrap_or_default(), value.unwrap_or_default());
                    attributes::set(known, &mut listener.attributes, "Listener", key, value)?;
                }
                tx.put(&listener)?;
                Ok::<_, ServiceError>(listener)
            })
            .await?;
        elb.nudge.notify_one();
        Ok(api::ModifyListenerAttributesOutput { attributes: Some(shown(&changed)) })
    }
}

//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroupAttributes.html>

use crate::model::attributes;
use crate::state::TargetGroup;
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::ModifyTargetGroupAttributes {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "ModifyTargetGroupAttributes", input.target_group_arn.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arn = input.target_group_arn.unwrap_or_default();
        let given = input.attributes.unwrap_or_default();
        let changed = elb
            .store
            .write(|tx| {
                let state = tx.snapshot();
                let mut group = TargetGroup::clone(&*find::target_group(&state, &call.scope, &arn)?);
                let known = attributes::of_target_group(&group);
                for attribute in &given {
                    let (key, value) = (attribute.key.as_deref(), attribute.value.as_deref());
                    let (key, value) = (key.unwrap_or_default(), value.unwrap_or_default());
                    attributes::set(known, &mut group.attributes, "Target group", key, value)?;
                }
                attributes::check_together(&group)?;
                let keeps_address = group.attribute("preserve_client_ip.enabled") == "true";
                if keeps_address && !find::users_of(&state, &call.scope, &arn)?.is_empty() {
                    return Err(ServiceError::not_implemented("preserve_client_ip.enabled=true"));
                }
                tx.put(&group)?;
                Ok(group)
            })
            .await?;
        elb.nudge.notify_one();
        let all = attributes::all(attributes::of_target_group(&changed), &changed.attributes);
        let shown = all
            .into_iter()
            .map(|(key, value)| api::TargetGroupAttribute { key: Some(key), value: Some(value) });
        Ok(api::ModifyTargetGroupAttributesOutput { attributes: Some(shown.collect()) })
    }
}

//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html>

use crate::model::health_check::Wish;
use crate::state::TargetGroup;
use crate::{Elb, access, answer, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::ModifyTargetGroup {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "ModifyTargetGroup", input.target_group_arn.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let matcher = input.matcher.unwrap_or_default();
        if matcher.grpc_code.is_some() {
            return Err(ServiceError::not_implemented("A matcher of gRPC codes"));
        }
        let wish = Wish {
            is_enabled: input.health_check_enabled,
            protocol: input.health_check_protocol,
            port: input.health_check_port,
            path: input.health_check_path,
            matcher: matcher.http_code,
            interval_seconds: input.health_check_interval_seconds,
            timeout_seconds: input.health_check_timeout_seconds,
            healthy_threshold: input.healthy_threshold_count,
            unhealthy_threshold: input.unhealthy_threshold_count,
        };
        let arn = input.target_group_arn.unwrap_or_default();
        let changed = elb
            .store
            .write(move |tx| {
                let group = find::target_group(&tx.snapshot(), &call.scope, &arn)?;
                let mut group = TargetGroup::clone(&group);
                group.check.change(group.target_type, group.protocol.as_deref(), wish)?;
                tx.put(&group)?;
                Ok::<_, ServiceError>(group)
            })
            .await?;
        elb.nudge.notify_one();
        let shown = answer::target_group(&elb.store.read(), &call.scope, &changed)?;
        Ok(api::ModifyTargetGroupOutput { target_groups: Some(vec![shown]) })
    }
}

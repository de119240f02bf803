//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html>

use crate::find;
use crate::state::{Target, TargetGroup};
use crate::{Elb, access, api};
use balancer::{Health, Reason};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeTargetHealth {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeTargetHealth"))
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = elb.store.read();
        let arn = input.target_group_arn.as_deref().unwrap_or_default();
        let group = find::target_group(&state, &call.scope, arn)?;
        let is_used = !find::users_of(&state, &call.scope, arn)?.is_empty();
        let mut shown = Vec::new();
        match input.targets.as_deref().filter(|targets| !targets.is_empty()) {
            None => shown.extend(group.targets.iter().map(|target| describe(elb, &group, target, is_used))),
            Some(wanted) => {
                for one in wanted {
                    shown.push(asked(elb, &group, one, is_used));
                }
            }
        }
        Ok(api::DescribeTargetHealthOutput { target_health_descriptions: Some(shown) })
    }
}

/// A target that was asked for by name, which need not be registered.
fn asked(
    elb: &Elb,
    group: &TargetGroup,
    wanted: &api::TargetDescription,
    is_used: bool,
) -> api::TargetHealthDescription {
    let id = wanted.id.as_deref().unwrap_or_default();
    let port = wanted.port.and_then(|port| u16::try_from(port).ok()).or(group.port).unwrap_or_default();
    match group.targets.iter().find(|target| target.id == id && target.port == port) {
        Some(target) => describe(elb, group, target, is_used),
        None => api::TargetHealthDescription {
            target: Some(api::TargetDescription {
                id: Some(id.to_owned()),
                port: Some(i32::from(port)),
                ..Default::default()
            }),
            target_health: Some(health(
                "unused",
                Some("Target.NotRegistered"),
                "Target is not registered to the target group",
            )),
            ..Default::default()
        },
    }
}

fn describe(elb: &Elb, group: &TargetGroup, target: &Target, is_used: bool) -> api::TargetHealthDescription {
    let port = (target.port != 0).then_some(i32::from(target.port));
    let check_port = if group.check.port == crate::model::health_check::TRAFFIC_PORT {
        target.port.to_string()
    } else {
        group.check.port.clone()
    };
    api::TargetHealthDescription {
        target: Some(api::TargetDescription {
            id: Some(target.id.clone()),
            port,
            availability_zone: target.zone.clone(),
            quic_server_id: None,
        }),
        health_check_port: port.map(|_| check_port),
        target_health: Some(health_of(elb, group, target, is_used)),
        ..Default::default()
    }
}

fn health_of(elb: &Elb, group: &TargetGroup, target: &Target, is_used: bool) -> api::TargetHealth {
    if target.deregistered.is_some() {
        return health(
            "draining",
            Some("Target.DeregistrationInProgress"),
            "Target deregistration is in progress",
        );
    }
    if !is_used {
        return health(
            "unused",
            Some("Target.NotInUse"),
            "Target group is not configured to receive traffic from the load balancer",
        );
    }
    match elb.needs.nodes.health(&group.arn(), &target.id, target.port) {
        Some(Health::Healthy) => health("healthy", None, ""),
        Some(Health::Unchecked) => health(
            "unavailable",
            Some("Target.HealthCheckDisabled"),
            "Health checks are not enabled for this target",
        ),
        Some(Health::Unhealthy(Reason::ResponseCodeMismatch(code))) => health(
            "unhealthy",
            Some("Target.ResponseCodeMismatch"),
            &format!("Health checks failed with these codes: [{code}]"),
        ),
        Some(Health::Unhealthy(Reason::Timeout)) => {
            health("unhealthy", Some("Target.Timeout"), "Request timed out")
        }
        Some(Health::Unhealthy(Reason::FailedHealthChecks)) => {
            health("unhealthy", Some("Target.FailedHealthChecks"), "Health checks failed")
        }
        Some(Health::Initial) => {
            health("initial", Some("Elb.InitialHealthChecking"), "Initial health checks in progress")
        }
        None => health("initial", Some("Elb.RegistrationInProgress"), "Target registration is in progress"),
    }
}

fn health(state: &str, reason: Option<&str>, description: &str) -> api::TargetHealth {
    api::TargetHealth {
        state: Some(state.to_owned()),
        reason: reason.map(str::to_owned),
        description: (!description.is_empty()).then(|| description.to_owned()),
    }
}

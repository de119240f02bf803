//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html>

use crate::needs::AddressPlace;
use crate::state::{Target, TargetGroup, TargetType};
use crate::{Elb, TARGETS_PER_TARGET_GROUP_MAX, access, api, find, invalid};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::net::Ipv4Addr;

impl Handler<Elb> for api::RegisterTargets {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "RegisterTargets", input.target_group_arn.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arn = input.target_group_arn.unwrap_or_default();
        let group = find::target_group(&elb.store.read(), &call.scope, &arn)?;
        let given = input.targets.unwrap_or_default();
        if given.is_empty() {
            return Err(invalid::validation("At least one target must be specified"));
        }
        let targets: Vec<Target> =
            given.into_iter().map(|target| check(elb, &group, target)).collect::<Result<_, _>>()?;
        elb.store.write(move |tx| insert(tx, call, &arn, targets)).await?;
        elb.nudge.notify_one();
        Ok(Default::default())
    }
}

fn insert(tx: &mut store::Tx, call: &Call, arn: &str, targets: Vec<Target>) -> Result<(), ServiceError> {
    let mut group = TargetGroup::clone(&*find::target_group(&tx.snapshot(), &call.scope, arn)?);
    for target in targets {
        // One that was draining is registered again.
        group.targets.retain(|known| (&known.id, known.port) != (&target.id, target.port));
        group.targets.push(target);
    }
    let most = if group.target_type == TargetType::Lambda { 1 } else { TARGETS_PER_TARGET_GROUP_MAX };
    if group.targets.iter().filter(|t| t.deregistered.is_none()).count() > most {
        return Err(ServiceError::client(
            "TooManyTargets",
            format!("The maximum number of targets has been reached for the target group '{arn}'"),
        ));
    }
    Ok(tx.put(&group)?)
}

fn invalid_target(message: String) -> ServiceError {
    ServiceError::client("InvalidTarget", message)
}

fn check(elb: &Elb, group: &TargetGroup, given: api::TargetDescription) -> Result<Target, ServiceError> {
    let id = given.id.unwrap_or_default();
    if given.quic_server_id.is_some() {
        return Err(ServiceError::not_implemented("QuicServerId"));
    }
    let port = given.port.and_then(|port| u16::try_from(port).ok()).or(group.port).unwrap_or_default();
    let zone = match group.target_type {
        TargetType::Lambda => {
            let is_function = id.starts_with("arn:") && id.contains(":function:");
            if !is_function || given.port.is_some() {
                return Err(invalid::validation(format!("'{id}' is not a valid target of type 'lambda'")));
            }
            None
        }
        TargetType::Instance => Some(instance_zone(elb, group, &id)?),
        TargetType::Ip => address_zone(elb, group, &id, given.availability_zone)?,
    };
    Ok(Target { id, port, zone, deregistered: None })
}

fn instance_zone(elb: &Elb, group: &TargetGroup, id: &str) -> Result<String, ServiceError> {
    let place = elb.needs.network.instance(&group.scope, id)?;
    let place = place.ok_or_else(|| {
        invalid_target(format!(
            "The following targets are not in a running state and cannot be registered: '{id}'"
        ))
    })?;
    if !place.is_running {
        return Err(invalid_target(format!(
            "The following targets are not in a running state and cannot be registered: '{id}'"
        )));
    }
    if group.vpc.as_ref() != Some(&place.vpc) {
        let vpc = group.vpc.as_ref().map(ToString::to_string).unwrap_or_default();
        return Err(invalid_target(format!(
            "The following targets are not in the target group VPC '{vpc}': '{id}'"
        )));
    }
    Ok(place.zone)
}

fn address_zone(
    elb: &Elb,
    group: &TargetGroup,
    id: &str,
    zone: Option<String>,
) -> Result<Option<String>, ServiceError> {
    let address: Ipv4Addr = id
        .parse()
        .map_err(|_| invalid::validation(format!("The IP address '{id}' is not a valid IPv4 address")))?;
    let Some(vpc) = &group.vpc else { return Ok(zone) };
    match elb.needs.network.address(&group.scope, vpc, address)? {
        AddressPlace::Inside(found) => Ok(zone.or(found)),
        AddressPlace::Outside if !address.is_private() => {
            Err(invalid::validation(format!("The IP address '{id}' is not within a private address range")))
        }
        AddressPlace::Outside if zone.as_deref() != Some("all") => Err(invalid::validation(format!(
            "You must specify an Availability Zone of 'all' for the IP address '{id}', which is outside the VPC"
        ))),
        AddressPlace::Outside => Ok(zone),
    }
}

//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>

use crate::model::health_check::{self, Wish};
use crate::model::name;
use crate::state::{Attributes, Tags, TargetGroup, TargetType};
use crate::{Elb, TARGET_GROUPS_MAX, access, answer, api, invalid, tags};
use base::VpcId;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::CreateTargetGroup {
    fn access(_: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let resource = format!("targetgroup/{}/*", input.name.as_deref().unwrap_or_default());
        Ok(vec![access::on_new(call, "CreateTargetGroup", &resource, input.tags.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let wanted = wanted(elb, call, input.into_inner())?;
        let made = elb.store.write(move |tx| insert(tx, wanted)).await?;
        let shown = answer::target_group(&elb.store.read(), &call.scope, &made)?;
        Ok(api::CreateTargetGroupOutput { target_groups: Some(vec![shown]) })
    }
}

fn wanted(elb: &Elb, call: &Call, input: api::CreateTargetGroupInput) -> Result<TargetGroup, ServiceError> {
    let name = input.name.clone().unwrap_or_default();
    name::check("target group", &name)?;
    let target_type = match input.target_type.as_deref() {
        None | Some("instance") => TargetType::Instance,
        Some("ip") => TargetType::Ip,
        Some("lambda") => TargetType::Lambda,
        Some(other) => return Err(ServiceError::not_implemented(&format!("A target group of type {other}"))),
    };
    if input.ip_address_type.as_deref() == Some("ipv6") || input.target_control_port.is_some() {
        return Err(ServiceError::not_implemented("IPv6 targets and target control ports"));
    }
    let (protocol, port, vpc) = address_part(elb, call, target_type, &input)?;
    let mut check = health_check::usual(target_type, protocol.as_deref());
    check.change(target_type, protocol.as_deref(), wish(&input)?)?;
    let mut own_tags = Tags::new();
    tags::add(&mut own_tags, input.tags)?;
    Ok(TargetGroup {
        scope: call.scope.clone(),
        name,
        id: elb.needs.ids.hex(16),
        target_type,
        protocol,
        port,
        vpc,
        check,
        attributes: Attributes::new(),
        targets: Vec::new(),
        tags: own_tags,
    })
}

type AddressPart = (Option<String>, Option<u16>, Option<VpcId>);

/// Protocol, port and VPC: all of them for machines, none for a function.
fn address_part(
    elb: &Elb,
    call: &Call,
    target_type: TargetType,
    input: &api::CreateTargetGroupInput,
) -> Result<AddressPart, ServiceError> {
    if target_type == TargetType::Lambda {
        if input.protocol.is_some() || input.port.is_some() || input.vpc_id.is_some() {
            return Err(invalid::validation(
                "Protocol, port and VPC cannot be specified for a target group with target type 'lambda'",
            ));
        }
        return Ok((None, None, None));
    }
    let protocol = match input.protocol.as_deref() {
        Some(protocol @ ("HTTP" | "HTTPS" | "TCP" | "TLS")) => protocol.to_owned(),
        Some(other) => {
            return Err(ServiceError::not_implemented(&format!("A target group with the protocol {other}")));
        }
        None => return Err(invalid::validation("A protocol must be specified")),
    };
    if let Some(version) =
        input.protocol_version.as_deref().filter(|version| !matches!(*version, "" | "HTTP1"))
    {
        return Err(ServiceError::not_implemented(&format!("The protocol version {version}")));
    }
    let port = input.port.and_then(|port| u16::try_from(port).ok());
    let port = port.ok_or_else(|| invalid::validation("A port must be specified"))?;
    let vpc =
        VpcId::from(input.vpc_id.clone().ok_or_else(|| invalid::validation("A VPC ID must be specified"))?);
    if !elb.needs.network.has_vpc(&call.scope, &vpc)? {
        return Err(invalid::validation(format!("The VPC ID '{vpc}' is not found")));
    }
    Ok((Some(protocol), Some(port), Some(vpc)))
}

fn wish(input: &api::CreateTargetGroupInput) -> Result<Wish, ServiceError> {
    let matcher = input.matcher.clone().unwrap_or_default();
    if matcher.grpc_code.is_some() {
        return Err(ServiceError::not_implemented("A matcher of gRPC codes"));
    }
    Ok(Wish {
        is_enabled: input.health_check_enabled,
        protocol: input.health_check_protocol.clone(),
        port: input.health_check_port.clone(),
        path: input.health_check_path.clone(),
        matcher: matcher.http_code,
        interval_seconds: input.health_check_interval_seconds,
        timeout_seconds: input.health_check_timeout_seconds,
        healthy_threshold: input.healthy_threshold_count,
        unhealthy_threshold: input.unhealthy_threshold_count,
    })
}

/// The same one again is found; a different one of the same name is not made.
fn insert(tx: &mut store::Tx, wanted: TargetGroup) -> Result<TargetGroup, ServiceError> {
    let existing = tx.scan::<TargetGroup>(&wanted.scope.prefix())?;
    if let Some(known) = existing.iter().find(|group| group.name == wanted.name) {
        let same = TargetGroup {
            id: known.id.clone(),
            attributes: known.attributes.clone(),
            targets: known.targets.clone(),
            ..wanted.clone()
        };
        if same == **known {
            return Ok(same);
        }
        let name = &wanted.name;
        return Err(ServiceError::client(
            "DuplicateTargetGroupName",
            format!("A target group with the same name '{name}' exists, but with different settings"),
        ));
    }
    if existing.len() >= TARGET_GROUPS_MAX {
        return Err(ServiceError::client(
            "TooManyTargetGroups",
            "The maximum number of target groups has been reached",
        ));
    }
    tx.put(&wanted)?;
    Ok(wanted)
}

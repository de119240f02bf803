//! Changes one attribute of an instance.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html>

use crate::attachments::only_interface;
use crate::launch::check_user_data;
use crate::model::instance_type;
use crate::op::*;
use crate::placement::groups_for;

impl Handler<Ec2> for api::ModifyInstanceAttribute {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.instance_id, "InstanceId")?;
        Ok(Asks::new(ec2, call, "ModifyInstanceAttribute")
            .on::<Instance>(id)?
            .each::<SecurityGroup>(input.groups.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse(
            "ModifyInstanceAttribute",
            &[
                ("BlockDeviceMappings", input.block_device_mappings.as_ref().is_some_and(|l| !l.is_empty())),
                ("Kernel", input.kernel.is_some()),
                ("Ramdisk", input.ramdisk.is_some()),
                ("EbsOptimized", input.ebs_optimized.as_ref().is_some_and(|v| v.value == Some(true))),
                ("SriovNetSupport", input.sriov_net_support.is_some()),
                ("EnaSupport", input.ena_support.as_ref().is_some_and(|v| v.value == Some(false))),
            ],
        )?;
        ec2.change(call, input.dry_run, |change| modify(change, &input)).await?;
        Ok(api::ModifyInstanceAttributeOutput {})
    }
}

/// What is asked for, by either of AWS's two ways to say it.
struct Wish {
    termination_protected: Option<bool>,
    stop_protected: Option<bool>,
    source_dest_check: Option<bool>,
    instance_type: Option<String>,
    shutdown: Option<String>,
    user_data: Option<String>,
    groups: Option<Vec<String>>,
}

fn asked(input: &api::ModifyInstanceAttributeRequest) -> Result<Wish, ServiceError> {
    use base64::Engine;
    let encode = |bytes: &Vec<u8>| {
        // Clients send the text in base64 as a blob, which is base64 again on the wire.
        base64::engine::general_purpose::STANDARD.encode(bytes)
    };
    let flag = |value: &Option<api::AttributeBooleanValue>| value.as_ref().and_then(|v| v.value);
    let word = |value: &Option<api::AttributeValue>| value.as_ref().and_then(|v| v.value.clone());
    let mut asked = Wish {
        termination_protected: flag(&input.disable_api_termination),
        stop_protected: flag(&input.disable_api_stop),
        source_dest_check: flag(&input.source_dest_check),
        instance_type: word(&input.instance_type),
        shutdown: word(&input.instance_initiated_shutdown_behavior),
        user_data: input.user_data.as_ref().and_then(|v| v.value.as_ref()).map(encode),
        groups: input.groups.clone().filter(|groups| !groups.is_empty()),
    };
    let Some(attribute) = input.attribute.as_deref() else { return Ok(asked) };
    let value = required(&input.value, "Value")?.to_owned();
    match attribute {
        "disableApiTermination" => asked.termination_protected = Some(value == "true"),
        "disableApiStop" => asked.stop_protected = Some(value == "true"),
        "sourceDestCheck" => asked.source_dest_check = Some(value == "true"),
        "instanceType" => asked.instance_type = Some(value),
        "instanceInitiatedShutdownBehavior" => asked.shutdown = Some(value),
        "userData" => asked.user_data = Some(value),
        other => {
            return Err(ServiceError::not_implemented(&format!(
                "the attribute {other} of ec2:ModifyInstanceAttribute"
            )));
        }
    }
    Ok(asked)
}

fn modify(change: &mut Change<'_>, input: &api::ModifyInstanceAttributeRequest) -> Result<(), ServiceError> {
    let id = required(&input.instance_id, "InstanceId")?;
    let row = change.find::<Instance>(id)?;
    let asked = asked(input)?;
    check(&row, &asked)?;
    if asked.groups.is_some() || asked.source_dest_check.is_some() {
        only_interface(change, id)?;
    }
    if let Some(ids) = &asked.groups {
        let quota = change.quotas().security_groups_per_interface;
        let groups = groups_for(change, quota, &row.vpc, Some(ids))?;
        change.edit::<NetworkInterface>(row.interface.as_str(), |i| i.groups = groups)?;
    }
    if let Some(check) = asked.source_dest_check {
        change.edit::<NetworkInterface>(row.interface.as_str(), |i| i.source_dest_check = check)?;
    }
    change.edit::<Instance>(id, |row| {
        row.termination_protected = asked.termination_protected.unwrap_or(row.termination_protected);
        row.stop_protected = asked.stop_protected.unwrap_or(row.stop_protected);
        row.terminates_on_shutdown =
            asked.shutdown.map_or(row.terminates_on_shutdown, |behaviour| behaviour == "terminate");
        if let Some(kind) = asked.instance_type {
            row.instance_type = kind;
        }
        if let Some(data) = asked.user_data {
            row.user_data = Some(data);
        }
    })
}

fn check(row: &Instance, asked: &Wish) -> Result<(), ServiceError> {
    let stopped = row.state == InstanceState::Stopped;
    if (asked.instance_type.is_some() || asked.user_data.is_some()) && !stopped {
        return Err(ServiceError::client(
            "IncorrectInstanceState",
            format!("The instance '{}' is not in the 'stopped' state.", row.id),
        ));
    }
    if row.state.is_ending() {
        return Err(ServiceError::client(
            "IncorrectInstanceState",
            format!("The instance '{}' is terminated.", row.id),
        ));
    }
    if let Some(kind) = asked.instance_type.as_deref().filter(|kind| instance_type::find(kind).is_none()) {
        return Err(invalid_value(format!("Invalid value '{kind}' for InstanceType.")));
    }
    if let Some(behaviour) = asked.shutdown.as_deref().filter(|b| !matches!(*b, "stop" | "terminate")) {
        return Err(bad_value(behaviour, "instanceInitiatedShutdownBehavior", "It is stop or terminate."));
    }
    asked.user_data.as_deref().map_or(Ok(()), check_user_data)
}

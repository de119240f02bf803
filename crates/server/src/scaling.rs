//! What Auto Scaling needs: instances, target groups and its role, each through the API of their service, in the
//! service-linked role.

use crate::as_service;
use base::{Arn, Clock, Ids, Scope};
use policy::{Context, Principal};
use service::{Call, Pipeline, ServiceError};
use std::sync::{Arc, OnceLock};
use store::Store;
use svc_autoscaling::GROUP_NAME;
use svc_autoscaling::needs::{
    Launch, LaunchRefused, Machine, MachineState, Machines, NeedError, Pending, Roles, Target, TargetHealth,
    Targets, Template,
};
use svc_autoscaling::state::{Place, TemplateVersion};
use svc_ec2::Ec2;
use svc_ec2::state::{Instance, InstanceState, Subnet, Vpc};
use svc_elbv2::{Elb, Standing};
use svc_iam::Iam;
use svc_sts::Sts;
use wire::http::{Request, Response};

const PRINCIPAL: &str = "autoscaling.amazonaws.com";
const ROLE: &str = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
/// The name of Auto Scaling's sessions of its role.
const SESSION: &str = "AutoScaling";
/// The tables of instances and of target groups.
const INSTANCES: &str = "ec2_instance";
const TARGET_GROUPS: &str = "elbv2_";

/// Calls of other services, in the service-linked role.
#[derive(Clone)]
pub struct ScalingCalls {
    pub store: Store,
    pub ec2: Arc<Ec2>,
    pub iam: Arc<Iam>,
    pub sts: Arc<Sts>,
    /// Told once all services are there.
    pub pipeline: Arc<OnceLock<Arc<Pipeline>>>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

type Form = Vec<(String, String)>;

fn step<E: ToString>(step: &'static str) -> impl Fn(E) -> NeedError {
    move |error| NeedError { step, reason: error.to_string() }
}

impl ScalingCalls {
    fn in_role(&self, scope: &Scope, role: &str) -> Result<Call, String> {
        let mut context = Context::default();
        context.set("aws:SourceAccount", [scope.account.to_string()]);
        let role = self.sts.check_trust(PRINCIPAL, role, context).map_err(|error| error.to_string())?;
        let mut call = as_service::call(PRINCIPAL, scope.clone(), self.ids.as_ref(), self.clock.as_ref());
        call.caller.account = role.account.clone();
        call.caller.principal = Principal::RoleSession {
            account: role.account,
            role_arn: role.arn,
            role_id: role.id,
            session_name: SESSION.to_owned(),
        };
        Ok(call)
    }

    /// What a service answers: its status and its body.
    async fn ask(&self, service: &'static str, call: Call, form: Form) -> Result<Response, String> {
        let pipeline = self.pipeline.get().ok_or("no services yet")?.clone();
        let body: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let request = Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
            body: body.join("&").into(),
            ..Request::default()
        };
        // On a task of its own: the call comes to its end although who asked goes.
        let answered = tokio::spawn(async move { pipeline.handle(service, &call, &request).await });
        answered.await.map_err(|error| error.to_string())
    }

    async fn do_in_role(
        &self,
        service: &'static str,
        scope: &Scope,
        role: &str,
        form: Form,
    ) -> Result<String, String> {
        let answer = self.ask(service, self.in_role(scope, role)?, form).await?;
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status == 200 { Ok(body) } else { Err(told(&body)) }
    }

    /// An operation of EC2 of which only matters that it succeeds; `what` it does is told when it does not.
    async fn change(
        &self,
        action: &'static str,
        scope: &Scope,
        role: &str,
        mut form: Form,
        what: &'static str,
    ) -> Result<(), NeedError> {
        form.extend(fields(&[("Action", action), ("Version", "2016-11-15")]));
        self.do_in_role("ec2", scope, role, form).await.map(drop).map_err(step(what))
    }

    fn places(&self, scope: &Scope, is_wanted: impl Fn(&Subnet) -> bool) -> Result<Vec<Place>, NeedError> {
        let all = self.store.read().scan::<Subnet>(&scope.prefix()).map_err(step("look at the subnets"))?;
        let place = |subnet: &Arc<Subnet>| Place { zone: subnet.zone.clone(), subnet: subnet.id.to_string() };
        Ok(all.iter().filter(|subnet| is_wanted(subnet)).map(place).collect())
    }
}

impl Machines for ScalingCalls {
    fn edits(&self) -> u64 {
        self.store.read().edits(INSTANCES)
    }

    fn all(&self, scope: &Scope) -> Result<Vec<Machine>, NeedError> {
        let all =
            self.store.read().scan::<Instance>(&scope.prefix()).map_err(step("look at the instances"))?;
        Ok(all.iter().map(|row| machine(row)).collect())
    }

    fn template(
        &self,
        scope: &Scope,
        id: Option<&str>,
        name: Option<&str>,
        version: Option<&str>,
    ) -> Result<Template, ServiceError> {
        let facts = self.ec2.launch_template(scope, id, name, version)?;
        Ok(Template {
            version: TemplateVersion { id: facts.id, name: facts.name, number: facts.number },
            image: facts.image,
            kind: facts.instance_type,
            has_interfaces: facts.has_interfaces,
            names_subnet: facts.names_subnet,
        })
    }

    fn subnet(&self, scope: &Scope, id: &str) -> Result<Option<Place>, NeedError> {
        Ok(self.places(scope, |subnet| subnet.id.as_str() == id)?.pop())
    }

    fn default_subnets(&self, scope: &Scope) -> Result<Vec<Place>, NeedError> {
        let vpcs = self.store.read().scan::<Vpc>(&scope.prefix()).map_err(step("look at the VPCs"))?;
        let default = vpcs.iter().find(|vpc| vpc.is_default).map(|vpc| vpc.id.clone());
        self.places(scope, |subnet| subnet.is_default && Some(&subnet.vpc) == default.as_ref())
    }

    fn check<'a>(&'a self, call: &'a Call, launch: &'a Launch) -> Pending<'a, Result<(), LaunchRefused>> {
        Box::pin(async move {
            let mut form = form_of(launch);
            form.push(("DryRun".to_owned(), "true".to_owned()));
            let call = Call { request_id: self.ids.uuid(), ..call.clone() };
            let answer = self.ask("ec2", call, form).await.map_err(refused)?;
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            match between(&body, "Code") {
                Some("DryRunOperation") => Ok(()),
                code => {
                    let is_denied = matches!(code, Some("UnauthorizedOperation" | "AccessDenied"));
                    Err(LaunchRefused { is_denied, message: told(&body) })
                }
            }
        })
    }

    fn launch<'a>(&'a self, launch: &'a Launch) -> Pending<'a, Result<String, LaunchRefused>> {
        Box::pin(async move {
            let mut form = form_of(launch);
            form.push(("ClientToken".to_owned(), launch.token.clone()));
            let body = self.do_in_role("ec2", &launch.scope, &launch.role, form).await.map_err(refused)?;
            let id = between(&body, "instanceId").map(str::to_owned);
            id.ok_or_else(|| refused("EC2 named no instance".to_owned()))
        })
    }

    fn terminate<'a>(
        &'a self,
        scope: &'a Scope,
        role: &'a str,
        instance: &'a str,
    ) -> Pending<'a, Result<(), NeedError>> {
        let form = fields(&[("InstanceId.1", instance)]);
        Box::pin(self.change("TerminateInstances", scope, role, form, "terminate an instance"))
    }

    fn tag<'a>(
        &'a self,
        scope: &'a Scope,
        role: &'a str,
        instance: &'a str,
        tags: &'a [(String, String)],
    ) -> Pending<'a, Result<(), NeedError>> {
        let mut form = fields(&[("ResourceId.1", instance)]);
        form.extend(tag_fields("Tag", tags));
        Box::pin(self.change("CreateTags", scope, role, form, "put a group's tags on an instance"))
    }

    fn untag<'a>(
        &'a self,
        scope: &'a Scope,
        role: &'a str,
        instance: &'a str,
        group: &'a str,
    ) -> Pending<'a, Result<(), NeedError>> {
        let form = fields(&[("ResourceId.1", instance), ("Tag.1.Key", GROUP_NAME), ("Tag.1.Value", group)]);
        Box::pin(self.change("DeleteTags", scope, role, form, "take a group's name off an instance"))
    }
}

fn machine(row: &Instance) -> Machine {
    Machine {
        id: row.id.to_string(),
        token: row.client_token.clone(),
        state: match row.state {
            InstanceState::Pending => MachineState::Pending,
            InstanceState::Running => MachineState::Running,
            InstanceState::Stopping { .. } | InstanceState::Stopped => MachineState::Stopped,
            InstanceState::ShuttingDown => MachineState::Ending,
            InstanceState::Terminated { .. } => MachineState::Ended,
        },
        place: Place { zone: row.zone.clone(), subnet: row.subnet.to_string() },
        vpc: row.vpc.to_string(),
        kind: row.instance_type.clone(),
        image: row.image.clone(),
        launched: row.launched,
        group: row.tags.get(GROUP_NAME).cloned(),
    }
}

/// RunInstances of one instance.
fn form_of(launch: &Launch) -> Form {
    let number = launch.template.version.number.to_string();
    let mut form = fields(&[
        ("Action", "RunInstances"),
        ("Version", "2016-11-15"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("LaunchTemplate.LaunchTemplateId", &launch.template.version.id),
        ("LaunchTemplate.Version", &number),
    ]);
    if launch.template.has_interfaces {
        form.extend(fields(&[
            ("NetworkInterface.1.DeviceIndex", "0"),
            ("NetworkInterface.1.SubnetId", &launch.place.subnet),
        ]));
    } else {
        form.extend(fields(&[("SubnetId", &launch.place.subnet)]));
    }
    if !launch.tags.is_empty() {
        form.extend(fields(&[("TagSpecification.1.ResourceType", "instance")]));
    }
    form.extend(tag_fields("TagSpecification.1.Tag", &launch.tags));
    form
}

fn tag_fields(list: &str, tags: &[(String, String)]) -> Form {
    let of = |(place, (key, value)): (usize, &(String, String))| {
        let tag = format!("{list}.{}", place + 1);
        [(format!("{tag}.Key"), key.clone()), (format!("{tag}.Value"), value.clone())]
    };
    tags.iter().enumerate().flat_map(of).collect()
}

/// Target groups, as Auto Scaling sees them.
pub struct ScalingTargets {
    pub calls: ScalingCalls,
    pub elb: Arc<Elb>,
}

impl ScalingTargets {
    async fn change(
        &self,
        action: &'static str,
        scope: &Scope,
        role: &str,
        (group, instance): (&str, &str),
    ) -> Result<(), NeedError> {
        let form = fields(&[
            ("Action", action),
            ("Version", "2015-12-01"),
            ("TargetGroupArn", group),
            ("Targets.member.1.Id", instance),
        ]);
        let done = self.calls.do_in_role("elasticloadbalancing", scope, role, form).await;
        done.map(drop).map_err(step("change a target group"))
    }
}

impl Targets for ScalingTargets {
    fn edits(&self) -> u64 {
        self.calls.store.read().edits(TARGET_GROUPS)
    }

    fn of(&self, scope: &Scope, group: &str) -> Result<Option<Vec<Target>>, NeedError> {
        let standing = self.elb.standing(scope, group).map_err(step("look at a target group"))?;
        let target = |(instance, standing)| Target {
            instance,
            health: match standing {
                Standing::Draining => TargetHealth::Draining,
                Standing::Healthy => TargetHealth::Healthy,
                Standing::Initial => TargetHealth::Initial,
                Standing::Unhealthy => TargetHealth::Unhealthy,
            },
        };
        Ok(standing.map(|all| all.into_iter().map(target).collect()))
    }

    fn register<'a>(
        &'a self,
        scope: &'a Scope,
        role: &'a str,
        group: &'a str,
        instance: &'a str,
    ) -> Pending<'a, Result<(), NeedError>> {
        Box::pin(self.change("RegisterTargets", scope, role, (group, instance)))
    }

    fn deregister<'a>(
        &'a self,
        scope: &'a Scope,
        role: &'a str,
        group: &'a str,
        instance: &'a str,
    ) -> Pending<'a, Result<(), NeedError>> {
        Box::pin(self.change("DeregisterTargets", scope, role, (group, instance)))
    }
}

impl Roles for ScalingCalls {
    fn linked<'a>(&'a self, call: &'a Call) -> Pending<'a, Result<String, ServiceError>> {
        Box::pin(async move {
            let arn = Arn::global("iam", &call.scope.account, ROLE.to_owned()).to_string();
            if self.iam.role_by_arn(&arn)?.is_some() {
                return Ok(arn);
            }
            let form = fields(&[
                ("Action", "CreateServiceLinkedRole"),
                ("Version", "2010-05-08"),
                ("AWSServiceName", PRINCIPAL),
                (
                    "Description",
                    "Default Service-Linked Role enables access to AWS Services and Resources used or managed by Auto Scaling",
                ),
            ]);
            let own = Call { request_id: self.ids.uuid(), ..call.clone() };
            let answer = self.ask("iam", own, form).await.map_err(ServiceError::internal)?;
            // Somebody may have made it meanwhile.
            if answer.status == 200 || self.iam.role_by_arn(&arn)?.is_some() {
                return Ok(arn);
            }
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            Err(ServiceError::access_denied(told(&body)))
        })
    }
}

fn refused(message: String) -> LaunchRefused {
    LaunchRefused { is_denied: false, message }
}

fn fields(given: &[(&str, &str)]) -> Form {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The text of the first element of this name.
fn between<'a>(xml: &'a str, element: &str) -> Option<&'a str> {
    let (_, after) = xml.split_once(&format!("<{element}>"))?;
    Some(after.split_once('<')?.0)
}

/// The message of an error.
fn told(body: &str) -> String {
    let message = between(body, "Message").unwrap_or("the call was refused");
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(message.to_owned(), |text, (coded, plain)| text.replace(coded, plain))
}

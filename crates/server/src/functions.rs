//! What Lambda needs of EC2, IAM, STS and CloudWatch Logs.

use crate::network::NetworkReconciler;
use base::{AccountId, Arn, Clock, Scope, VpcId};
use policy::{Context, Principal};
use service::Access;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use svc_ec2::{Ec2, ManagedError, ManagedKind, Placement};
use svc_iam::{Asked, Iam};
use svc_lambda::needs::{
    AssumeError, AttachError, AttachedInterface, Credentials, Interfaces, LogError, LogLine, LogSink,
    Pending, RoleCredentials, RolePermissions, VpcWish, VpcWishError,
};
use svc_logs::Logs;
use svc_sts::{ServiceSession, Sts};

const SERVICE: &str = "lambda.amazonaws.com";
/// How long an environment's credentials last.
const CREDENTIALS_S: i32 = 12 * 60 * 60;

/// Requester-managed interfaces of functions.
pub struct FunctionInterfaces {
    pub ec2: Arc<Ec2>,
    pub network: Arc<NetworkReconciler>,
    pub clock: Arc<dyn Clock>,
}

fn placement(wanted: &VpcWish) -> Placement {
    let groups: BTreeSet<_> = wanted.security_group_ids.iter().cloned().collect();
    Placement { subnets: wanted.subnet_ids.clone(), groups }
}

fn wish_error(error: ManagedError) -> VpcWishError {
    match error {
        ManagedError::SubnetMissing(id) => VpcWishError::SubnetMissing(id),
        ManagedError::SecurityGroupMissing(id) => VpcWishError::SecurityGroupMissing(id),
        ManagedError::SubnetsOfSeveralVpcs => VpcWishError::SubnetsOfSeveralVpcs,
        ManagedError::SecurityGroupsOfAnotherVpc => VpcWishError::SecurityGroupsOfAnotherVpc,
        other => VpcWishError::Fault(other.to_string()),
    }
}

fn attach_error(error: ManagedError) -> AttachError {
    match error {
        ManagedError::SubnetFull(id) => AttachError::SubnetFull(id),
        ManagedError::QuotaReached => AttachError::QuotaReached,
        ManagedError::Fault(fault) => AttachError::Fault(fault.to_string()),
        other => AttachError::Wish(wish_error(other)),
    }
}

impl Interfaces for FunctionInterfaces {
    fn describe(&self, scope: &Scope, wanted: &VpcWish) -> Result<VpcId, VpcWishError> {
        self.ec2.check_placement(scope, &placement(wanted)).map_err(wish_error)
    }

    fn attach(
        &self,
        scope: &Scope,
        function_arn: &Arn,
        wanted: &VpcWish,
    ) -> Pending<'_, Result<Vec<AttachedInterface>, AttachError>> {
        let (scope, user, wanted) = (scope.clone(), function_arn.to_string(), placement(wanted));
        let function = function_arn.resource.split(':').nth(1).unwrap_or_default().to_owned();
        Box::pin(async move {
            let kind = ManagedKind::Lambda { function };
            let made = self.ec2.attach_managed(&scope, self.clock.now(), &user, &kind, &wanted).await;
            let made = made.map_err(attach_error)?;
            if !self.network.settled_in_background().await {
                return Err(AttachError::Fault("the kernel did not take the interfaces in time".to_owned()));
            }
            if let Some(reason) = made.iter().find_map(|m| self.network.failure(&m.interface)) {
                return Err(AttachError::Fault(reason));
            }
            let attached = made.into_iter().map(|m| AttachedInterface {
                interface: m.interface,
                subnet: m.subnet,
                vpc: m.vpc,
            });
            Ok(attached.collect())
        })
    }

    fn release(
        &self,
        scope: &Scope,
        function_arn: &Arn,
        keep: Option<&VpcWish>,
    ) -> Pending<'_, Result<(), AttachError>> {
        let (scope, user, keep) = (scope.clone(), function_arn.to_string(), keep.map(placement));
        Box::pin(async move {
            let released = self.ec2.release_managed(&scope, self.clock.now(), &user, keep.as_ref()).await;
            released.map_err(attach_error)
        })
    }
}

/// Execution roles, assumed and asked.
pub struct FunctionRoles {
    pub iam: Arc<Iam>,
    pub sts: Arc<Sts>,
    pub clock: Arc<dyn Clock>,
}

fn assume_error(role: &Arn) -> impl Fn(svc_sts::AssumeError) -> AssumeError + use<> {
    let role = role.clone();
    move |error| match error {
        svc_sts::AssumeError::NoRole(_) => AssumeError::RoleMissing(role.clone()),
        svc_sts::AssumeError::NotTrusted { .. } => AssumeError::NotTrusted(role.clone()),
        other => AssumeError::Fault(other.to_string()),
    }
}

/// The condition keys that Lambda gives when it assumes a role for a function.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html>
fn source_keys(function: Option<&Arn>, account: &str) -> Context {
    let mut context = Context::default();
    context.set("aws:SourceAccount", [account]);
    if let Some(function) = function {
        context.set("aws:SourceArn", [function.to_string()]);
    }
    context
}

impl Credentials for FunctionRoles {
    fn assume(
        &self,
        role: &Arn,
        session_name: &str,
        source_function: &Arn,
    ) -> Pending<'_, Result<RoleCredentials, AssumeError>> {
        let (role, session_name, function) = (role.clone(), session_name.to_owned(), source_function.clone());
        Box::pin(async move {
            let context = source_keys(Some(&function), &function.account);
            let now = self.clock.now();
            let arn = role.to_string();
            let session = ServiceSession {
                service: SERVICE,
                role_arn: &arn,
                session_name: &session_name,
                duration_s: CREDENTIALS_S,
                context,
                keys: BTreeMap::from([("lambda:SourceFunctionArn".to_owned(), function.to_string())]),
                region: &function.region,
            };
            let minted = self.sts.assume_as(session, now).await.map_err(assume_error(&role))?;
            Ok(RoleCredentials {
                access_key_id: minted.access_key_id,
                secret_access_key: minted.secret_access_key.expose().to_owned(),
                session_token: minted.session_token,
                expires: minted.expires,
            })
        })
    }
}

impl RolePermissions for FunctionRoles {
    fn assumable(&self, role: &Arn) -> Result<(), AssumeError> {
        let trusted = self.sts.check_trust(SERVICE, &role.to_string(), source_keys(None, &role.account));
        trusted.map(drop).map_err(assume_error(role))
    }

    fn allows(&self, role: &Arn, action: &str, resource: &str) -> bool {
        self.allowed(role, action, resource).unwrap_or_else(|fault| {
            tracing::error!(%fault, "decide what a role may do");
            false
        })
    }
}

impl FunctionRoles {
    /// Whether a service may assume the role for something of its own.
    pub fn lets_in(&self, service: &str, role: &Arn, source: &Arn) -> bool {
        let context = source_keys(Some(source), &source.account);
        self.sts.check_trust(service, &role.to_string(), context).is_ok()
    }

    fn allowed(&self, role: &Arn, action: &str, resource: &str) -> Result<bool, store::Fault> {
        let Some(principal) = session(&self.iam, role, "moat")? else { return Ok(false) };
        let access = Access::to(action, resource);
        let mut context = Context::default();
        context.set("aws:CurrentTime", [self.clock.now().iso8601()]);
        let asked = Asked {
            principal: &principal,
            session_policies: &[],
            access: &access,
            context: &context,
            endpoint_policy: None,
        };
        Ok(self.iam.decide(&asked)?.is_allowed())
    }
}

/// A session of a role, for questions about what it may do.
pub fn session(iam: &Iam, role: &Arn, session_name: &str) -> Result<Option<Principal>, store::Fault> {
    let arn = role.to_string();
    let Some(found) = iam.role_by_arn(&arn)? else { return Ok(None) };
    let account: AccountId = found.account.clone();
    Ok(Some(Principal::RoleSession {
        account,
        role_arn: arn,
        role_id: found.id.clone(),
        session_name: session_name.to_owned(),
    }))
}

/// CloudWatch Logs, as the place of functions' output.
pub struct FunctionLogs {
    pub logs: Arc<Logs>,
    pub clock: Arc<dyn Clock>,
}

fn log_error(error: svc_logs::AppendError) -> LogError {
    match error {
        svc_logs::AppendError::GroupMissing(group) => LogError::GroupMissing(group),
        svc_logs::AppendError::StreamMissing(stream) => LogError::StreamMissing(stream),
        other => LogError::Fault(other.to_string()),
    }
}

impl LogSink for FunctionLogs {
    fn create_group(&self, scope: &Scope, group: &str) -> Pending<'_, Result<(), LogError>> {
        let (scope, group) = (scope.clone(), group.to_owned());
        Box::pin(
            async move { self.logs.ensure_group(&scope, &group, self.clock.now()).await.map_err(log_error) },
        )
    }

    fn create_stream(&self, scope: &Scope, group: &str, stream: &str) -> Pending<'_, Result<(), LogError>> {
        let (scope, group, stream) = (scope.clone(), group.to_owned(), stream.to_owned());
        Box::pin(async move {
            self.logs.ensure_stream(&scope, &group, &stream, self.clock.now()).await.map_err(log_error)
        })
    }

    fn append(
        &self,
        scope: &Scope,
        group: &str,
        stream: &str,
        lines: Vec<LogLine>,
    ) -> Pending<'_, Result<(), LogError>> {
        let (scope, group, stream) = (scope.clone(), group.to_owned(), stream.to_owned());
        Box::pin(async move {
            let lines = lines.into_iter().map(|l| svc_logs::Line { at: l.at, message: l.message }).collect();
            let written = self.logs.append(&scope, &group, &stream, lines, self.clock.now()).await;
            written.map_err(log_error)
        })
    }
}

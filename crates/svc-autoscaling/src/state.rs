//! The tables of Auto Scaling.

use base::{Arn, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Table;

/// A group with the instances that it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub scope: Scope,
    pub name: String,
    /// A UUID.
    pub id: String,
    pub template: TemplateChoice,
    pub min: i32,
    pub max: i32,
    pub desired: i32,
    pub cooldown_s: i32,
    /// Where instances may be, in the order given.
    pub places: Vec<Place>,
    /// Whether subnets were named, rather than zones of the default VPC.
    pub names_subnets: bool,
    pub target_groups: Vec<String>,
    /// Target groups that were detached; instances are still to be taken out of them.
    pub left_target_groups: Vec<String>,
    /// Whether load balancers' health checks count besides EC2's.
    pub heeds_load_balancers: bool,
    pub grace_s: i32,
    pub termination: Vec<TerminationPolicy>,
    pub protects_new: bool,
    /// The ARN of the service-linked role.
    pub role: String,
    /// Processes that are suspended, and since when.
    pub suspended: BTreeMap<Process, Timestamp>,
    pub created: Timestamp,
    pub is_deleting: bool,
    pub tags: BTreeMap<String, GroupTag>,
    pub members: Vec<Member>,
    /// Why the desired capacity is what it is, for the texts of activities.
    pub reason: String,
    /// When a policy or a user last changed the capacity.
    pub scaled: Option<Timestamp>,
    /// Launches that failed, one after the other, and when the next one may be tried.
    pub failures: u32,
    pub launches_after: Option<Timestamp>,
}

/// A launch template as the group was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateChoice {
    pub id: String,
    pub name: String,
    /// A number, `$Latest` or `$Default`; left out means the default one.
    pub version: Option<String>,
}

/// A version of a launch template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateVersion {
    pub id: String,
    pub name: String,
    pub number: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub zone: String,
    pub subnet: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupTag {
    pub value: String,
    /// Whether instances get it when they are launched.
    pub is_propagated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The client token of its launch: a launch that is repeated finds the same instance.
    pub token: String,
    /// Known once it was launched.
    pub instance: Option<String>,
    pub place: Place,
    pub stage: Stage,
    pub is_healthy: bool,
    pub is_protected: bool,
    pub template: Option<TemplateVersion>,
    pub kind: String,
    pub image: String,
    /// When it was launched or, later, entered service.
    pub since: Timestamp,
    /// Launched beyond the desired capacity, to make zones even.
    pub is_extra: bool,
    /// The activity that is under way with it.
    pub activity: Option<String>,
}

/// ```text
///  launch ──> Pending ──> InService ──> Terminating ──> (gone)
///  attach ──────┘ ▲           │  │
///                 │           │  └────> Detaching ────> (no member any more)
///                 └ Standby <─┴ EnteringStandby
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    Pending,
    InService,
    EnteringStandby,
    Standby,
    Detaching,
    Terminating,
}

impl Stage {
    pub fn text(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InService => "InService",
            Self::EnteringStandby => "EnteringStandby",
            Self::Standby => "Standby",
            Self::Detaching => "Detaching",
            Self::Terminating => "Terminating",
        }
    }

    /// Whether it counts as capacity.
    pub fn counts(self) -> bool {
        matches!(self, Self::Pending | Self::InService)
    }
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Process {
    Launch,
    Terminate,
    AddToLoadBalancer,
    AlarmNotification,
    AZRebalance,
    HealthCheck,
    InstanceRefresh,
    ReplaceUnhealthy,
    ScheduledActions,
}

impl Process {
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::AZRebalance, "AZRebalance"),
        (Self::AddToLoadBalancer, "AddToLoadBalancer"),
        (Self::AlarmNotification, "AlarmNotification"),
        (Self::HealthCheck, "HealthCheck"),
        (Self::InstanceRefresh, "InstanceRefresh"),
        (Self::Launch, "Launch"),
        (Self::ReplaceUnhealthy, "ReplaceUnhealthy"),
        (Self::ScheduledActions, "ScheduledActions"),
        (Self::Terminate, "Terminate"),
    ];

    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|(process, _)| *process == self).map_or("", |(_, text)| text)
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == text).map(|(process, _)| *process)
    }
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TerminationPolicy {
    AllocationStrategy,
    ClosestToNextInstanceHour,
    Default,
    NewestInstance,
    OldestInstance,
    OldestLaunchConfiguration,
    OldestLaunchTemplate,
}

impl TerminationPolicy {
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::AllocationStrategy, "AllocationStrategy"),
        (Self::ClosestToNextInstanceHour, "ClosestToNextInstanceHour"),
        (Self::Default, "Default"),
        (Self::NewestInstance, "NewestInstance"),
        (Self::OldestInstance, "OldestInstance"),
        (Self::OldestLaunchConfiguration, "OldestLaunchConfiguration"),
        (Self::OldestLaunchTemplate, "OldestLaunchTemplate"),
    ];

    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|(policy, _)| *policy == self).map_or("", |(_, text)| text)
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == text).map(|(policy, _)| *policy)
    }
}

impl Group {
    pub fn arn(&self) -> String {
        let resource = format!("autoScalingGroup:{}:autoScalingGroupName/{}", self.id, self.name);
        Arn::regional("autoscaling", &self.scope, resource).to_string()
    }

    pub fn is_suspended(&self, process: Process) -> bool {
        self.suspended.contains_key(&process)
    }

    /// How many members count as capacity.
    pub fn live(&self) -> usize {
        self.members.iter().filter(|member| member.stage.counts()).count()
    }

    pub fn member(&self, instance: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.instance.as_deref() == Some(instance))
    }

    pub fn member_mut(&mut self, instance: &str) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.instance.as_deref() == Some(instance))
    }

    /// The zones of its places, each once, in their order.
    pub fn zones(&self) -> Vec<&str> {
        let mut zones: Vec<&str> = Vec::new();
        for place in &self.places {
            if !zones.contains(&place.zone.as_str()) {
                zones.push(&place.zone);
            }
        }
        zones
    }
}

impl Table for Group {
    const NAME: &'static str = "autoscaling_group";
    fn key(&self) -> String {
        self.scope.key(&self.name)
    }
}

/// Something that was done about one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    pub scope: Scope,
    pub id: String,
    pub group: String,
    pub group_arn: String,
    pub description: String,
    pub cause: String,
    pub began: Timestamp,
    pub ended: Option<Timestamp>,
    pub outcome: Outcome,
    pub message: Option<String>,
    /// JSON with the zone and the subnet.
    pub details: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    InProgress,
    Successful,
    Failed,
    Cancelled,
}

impl Outcome {
    pub fn text(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

impl Table for Activity {
    const NAME: &'static str = "autoscaling_activity";
    fn key(&self) -> String {
        self.scope.key(&self.id)
    }
}

/// A scaling policy that is executed when somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub scope: Scope,
    pub group: String,
    pub name: String,
    /// A UUID.
    pub id: String,
    pub adjustment_type: AdjustmentType,
    pub adjustment: i32,
    /// The least change in instances of a change in percent.
    pub min_magnitude: Option<i32>,
    pub cooldown_s: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdjustmentType {
    ChangeInCapacity,
    ExactCapacity,
    PercentChangeInCapacity,
}

impl AdjustmentType {
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::ChangeInCapacity, "ChangeInCapacity"),
        (Self::ExactCapacity, "ExactCapacity"),
        (Self::PercentChangeInCapacity, "PercentChangeInCapacity"),
    ];

    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, text)| text)
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == text).map(|(kind, _)| *kind)
    }
}

impl Policy {
    pub fn arn(&self) -> String {
        let (id, group, name) = (&self.id, &self.group, &self.name);
        let resource = format!("scalingPolicy:{id}:autoScalingGroupName/{group}:policyName/{name}");
        Arn::regional("autoscaling", &self.scope, resource).to_string()
    }

    /// The beginning of the keys of a group's policies. Names of groups have no colon.
    pub fn prefix(scope: &Scope, group: &str) -> String {
        scope.key(&format!("{group}:"))
    }
}

impl Table for Policy {
    const NAME: &'static str = "autoscaling_policy";
    fn key(&self) -> String {
        format!("{}{}", Self::prefix(&self.scope, &self.group), self.name)
    }
}

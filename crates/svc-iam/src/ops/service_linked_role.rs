//! The roles that AWS services make for themselves: names, trust and policies are AWS's.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>

use crate::error::invalid_input;
use crate::model::{Permissions, Role, Tags, read_trust};
use crate::state::Iam;
use base::{Arn, PARTITION};
use service::{Call, ServiceError};

/// A service that has such a role: its principal, the role's name, AWS's policy for it, and
/// whether an account may have several of them, told apart by a suffix.
struct Linked {
    service: &'static str,
    role: &'static str,
    policy: &'static str,
    suffix: bool,
}

const LINKED: [Linked; 11] = [
    Linked {
        service: "rds.amazonaws.com",
        role: "AWSServiceRoleForRDS",
        policy: "AmazonRDSServiceRolePolicy",
        suffix: false,
    },
    Linked {
        service: "elasticloadbalancing.amazonaws.com",
        role: "AWSServiceRoleForElasticLoadBalancing",
        policy: "AWSElasticLoadBalancingServiceRolePolicy",
        suffix: false,
    },
    Linked {
        service: "autoscaling.amazonaws.com",
        role: "AWSServiceRoleForAutoScaling",
        policy: "AutoScalingServiceRolePolicy",
        suffix: true,
    },
    Linked {
        service: "ecs.amazonaws.com",
        role: "AWSServiceRoleForECS",
        policy: "AmazonECSServiceRolePolicy",
        suffix: false,
    },
    Linked {
        service: "replicator.lambda.amazonaws.com",
        role: "AWSServiceRoleForLambdaReplicator",
        policy: "AWSLambdaReplicator",
        suffix: false,
    },
    Linked {
        service: "ops.apigateway.amazonaws.com",
        role: "AWSServiceRoleForAPIGateway",
        policy: "APIGatewayServiceRolePolicy",
        suffix: false,
    },
    Linked {
        service: "elasticache.amazonaws.com",
        role: "AWSServiceRoleForElastiCache",
        policy: "ElastiCacheServiceRolePolicy",
        suffix: false,
    },
    Linked {
        service: "batch.amazonaws.com",
        role: "AWSServiceRoleForBatch",
        policy: "BatchServiceRolePolicy",
        suffix: false,
    },
    Linked {
        service: "lex.amazonaws.com",
        role: "AWSServiceRoleForLexBots",
        policy: "AmazonLexBotPolicy",
        suffix: false,
    },
    Linked {
        service: "spot.amazonaws.com",
        role: "AWSServiceRoleForEC2Spot",
        policy: "AWSEC2SpotServiceRolePolicy",
        suffix: false,
    },
    Linked {
        service: "transitgateway.amazonaws.com",
        role: "AWSServiceRoleForVPCTransitGateway",
        policy: "AWSVPCTransitGatewayServiceRolePolicy",
        suffix: false,
    },
];
/// In seconds; AWS's default.
const SESSION_S: i32 = 3600;

fn linked(service: &str) -> Result<&'static Linked, ServiceError> {
    LINKED
        .iter()
        .find(|l| l.service == service)
        .ok_or_else(|| invalid_input(format!("Cannot find Service Linked Role template for {service}")))
}

fn name(linked: &Linked, suffix: Option<&str>) -> String {
    suffix.map_or_else(|| linked.role.to_owned(), |suffix| format!("{}_{suffix}", linked.role))
}

pub(super) fn arn(call: &Call, service: &str, suffix: Option<&str>) -> Result<String, ServiceError> {
    let name = name(linked(service)?, suffix);
    Ok(Arn::global("iam", &call.scope.account, format!("role/aws-service-role/{service}/{name}")).to_string())
}

pub(super) fn new(
    iam: &Iam,
    call: &Call,
    service: &str,
    suffix: Option<&str>,
    description: Option<String>,
) -> Result<Role, ServiceError> {
    let linked = linked(service)?;
    if suffix.is_some() && !linked.suffix {
        return Err(invalid_input(format!("Custom suffix is not allowed for {service}")));
    }
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{{"Service":["{service}"]}}}}]}}"#
    );
    let attached = format!("arn:{PARTITION}:iam::aws:policy/aws-service-role/{}", linked.policy);
    Ok(Role {
        account: call.scope.account.clone(),
        name: name(linked, suffix),
        path: format!("/aws-service-role/{service}/"),
        id: iam.ids.iam("AROA"),
        created: call.now,
        trust: read_trust(&trust)?,
        description,
        max_session_duration_s: SESSION_S,
        permissions: Permissions { attached: [attached].into(), ..Permissions::default() },
        tags: Tags::default(),
        linked_service: Some(service.to_owned()),
        last_used: None,
    })
}

//! AWS's managed policies that functions in a VPC and the people who run them use, with
//! AWS's documents. Each is read when it is first asked for.
//! <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>

use crate::model::{ManagedPolicy, PolicyVersion, Tags};
use base::{PARTITION, Timestamp};
use policy::Document;
use serde_json::Value;
use std::sync::{Arc, OnceLock};

struct Builtin {
    path: &'static str,
    name: &'static str,
    json: &'static str,
    read: OnceLock<Option<Arc<ManagedPolicy>>>,
}

macro_rules! managed {
    ($path:literal, $name:literal) => {
        Builtin {
            path: $path,
            name: $name,
            json: include_str!(concat!("../managed/", $name, ".json")),
            read: OnceLock::new(),
        }
    };
}

const COUNT: usize = 53;

static BUILTINS: [Builtin; COUNT] = [
    managed!("/", "AdministratorAccess"),
    managed!("/", "AmazonAPIGatewayAdministrator"),
    managed!("/", "AmazonAPIGatewayInvokeFullAccess"),
    managed!("/service-role/", "AmazonAPIGatewayPushToCloudWatchLogs"),
    managed!("/", "AmazonDynamoDBFullAccess"),
    managed!("/", "AmazonDynamoDBReadOnlyAccess"),
    managed!("/", "AmazonEC2FullAccess"),
    managed!("/", "AmazonEC2ReadOnlyAccess"),
    managed!("/aws-service-role/", "AmazonECSServiceRolePolicy"),
    managed!("/", "AmazonElasticFileSystemClientFullAccess"),
    managed!("/", "AmazonRDSDataFullAccess"),
    managed!("/service-role/", "AmazonRDSEnhancedMonitoringRole"),
    managed!("/", "AmazonRDSFullAccess"),
    managed!("/", "AmazonRDSReadOnlyAccess"),
    managed!("/aws-service-role/", "AmazonRDSServiceRolePolicy"),
    managed!("/", "AmazonS3FullAccess"),
    managed!("/", "AmazonS3ReadOnlyAccess"),
    managed!("/", "AmazonSNSFullAccess"),
    managed!("/", "AmazonSQSFullAccess"),
    managed!("/", "AmazonSSMManagedInstanceCore"),
    managed!("/", "AmazonSSMReadOnlyAccess"),
    managed!("/", "AmazonVPCFullAccess"),
    managed!("/", "AmazonVPCReadOnlyAccess"),
    managed!("/aws-service-role/", "APIGatewayServiceRolePolicy"),
    managed!("/aws-service-role/", "AutoScalingServiceRolePolicy"),
    managed!("/aws-service-role/", "AWSEC2SpotServiceRolePolicy"),
    managed!("/aws-service-role/", "AWSElasticLoadBalancingServiceRolePolicy"),
    managed!("/", "AWSLambda_FullAccess"),
    managed!("/", "AWSLambda_ReadOnlyAccess"),
    managed!("/service-role/", "AWSLambdaBasicExecutionRole"),
    managed!("/service-role/", "AWSLambdaDynamoDBExecutionRole"),
    managed!("/service-role/", "AWSLambdaENIManagementAccess"),
    managed!("/", "AWSLambdaExecute"),
    managed!("/service-role/", "AWSLambdaKinesisExecutionRole"),
    managed!("/aws-service-role/", "AWSLambdaReplicator"),
    managed!("/service-role/", "AWSLambdaRole"),
    managed!("/service-role/", "AWSLambdaSQSQueueExecutionRole"),
    managed!("/service-role/", "AWSLambdaVPCAccessExecutionRole"),
    managed!("/aws-service-role/", "AWSVPCTransitGatewayServiceRolePolicy"),
    managed!("/", "AWSXRayDaemonWriteAccess"),
    managed!("/", "AWSXrayWriteOnlyAccess"),
    managed!("/", "CloudWatchFullAccess"),
    managed!("/", "CloudWatchLambdaInsightsExecutionRolePolicy"),
    managed!("/", "CloudWatchLogsFullAccess"),
    managed!("/", "CloudWatchLogsReadOnlyAccess"),
    managed!("/aws-service-role/", "ElastiCacheServiceRolePolicy"),
    managed!("/", "IAMFullAccess"),
    managed!("/", "IAMReadOnlyAccess"),
    managed!("/", "PowerUserAccess"),
    managed!("/", "ReadOnlyAccess"),
    managed!("/", "SecretsManagerReadWrite"),
    managed!("/", "SecurityAudit"),
    managed!("/job-function/", "ViewOnlyAccess"),
];

/// The policy with this ARN.
pub(crate) fn find(arn: &str) -> Option<Arc<ManagedPolicy>> {
    let rest = arn.strip_prefix(&format!("arn:{PARTITION}:iam::aws:policy"))?;
    let builtin = BUILTINS.iter().find(|b| rest.strip_prefix(b.path) == Some(b.name))?;
    builtin.policy()
}

/// All of them, by name.
pub(crate) fn all() -> impl Iterator<Item = Arc<ManagedPolicy>> {
    BUILTINS.iter().filter_map(Builtin::policy)
}

impl Builtin {
    fn policy(&self) -> Option<Arc<ManagedPolicy>> {
        self.read.get_or_init(|| self.parse().map(Arc::new)).clone()
    }

    fn parse(&self) -> Option<ManagedPolicy> {
        let json: Value = serde_json::from_str(self.json).ok()?;
        let created = date(&json, "CreateDate")?;
        let updated = date(&json, "UpdateDate")?;
        let number = json.get("DefaultVersionId")?.as_str()?.strip_prefix('v')?.parse().ok()?;
        let document = Document::parse(&serde_json::to_string_pretty(json.get("Document")?).ok()?).ok()?;
        let version = PolicyVersion { number, created: updated, document: Arc::new(document) };
        Some(ManagedPolicy {
            owner: "aws".to_owned(),
            name: self.name.to_owned(),
            path: self.path.to_owned(),
            id: id_of(self.name),
            created,
            updated,
            description: None,
            tags: Tags::default(),
            versions: vec![version],
            default_version: number,
            next_number: number + 1,
        })
    }
}

/// `2016-02-11T23:15:26+00:00`.
fn date(json: &Value, member: &str) -> Option<Timestamp> {
    let text = json.get(member)?.as_str()?.get(..19)?;
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    Some(Timestamp::from_secs(
        days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second,
    ))
}

/// Days since the epoch in the proleptic Gregorian calendar, years from 1970 on.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// AWS gives each of its policies one id for all accounts; here it follows from the name.
fn id_of(name: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in name.bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
    }
    let digit = |n: u32| ALPHABET.get((hash >> (5 * n) & 31) as usize).map_or('A', |b| char::from(*b));
    "ANPA".chars().chain((0..17).map(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::Kind;

    #[test]
    fn every_document_is_read_and_sound() {
        assert_eq!(all().count(), COUNT);
        for policy in all() {
            policy.default_document().unwrap().check(Kind::Identity).unwrap();
            assert_eq!(find(&policy.arn()).unwrap(), policy);
        }
    }

    #[test]
    fn dates_are_read() {
        let policy = find("arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole").unwrap();
        assert_eq!(policy.created.iso8601(), "2016-02-11T23:15:26Z");
        assert_eq!(policy.updated.iso8601(), "2024-01-05T22:38:26Z");
        assert_eq!(policy.default_version, 3);
    }
}

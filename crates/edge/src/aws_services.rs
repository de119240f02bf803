//! The services of AWS by signing name and protocol, so that a service which AWS has and moat
//! lacks is answered in its own protocol. The names are those of botocore's models.

use wire::schema::Protocol;

/// The protocol of a service of AWS; `None` for a name that AWS does not have.
pub(crate) fn protocol_of(signing_name: &str) -> Option<Protocol> {
    BY_PROTOCOL
        .iter()
        .find(|(names, _)| names.binary_search(&signing_name).is_ok())
        .map(|(_, protocol)| *protocol)
}

const BY_PROTOCOL: [(&[&str], Protocol); 6] = [
    (AWS_JSON, Protocol::AwsJson),
    (AWS_QUERY, Protocol::AwsQuery),
    (EC2_QUERY, Protocol::Ec2Query),
    (REST_JSON, Protocol::RestJson),
    (REST_XML, Protocol::RestXml),
    (RPC_V2_CBOR, Protocol::RpcV2Cbor),
];

#[rustfmt::skip]
const AWS_JSON: &[&str] = &[
    "IoTSecuredTunneling", "acm", "acm-pca", "airflow-serverless", "aoss", "application-autoscaling",
    "applicationinsights", "apprunner", "appstream", "athena", "autoscaling-plans", "aws-marketplace",
    "b2bi", "backup-gateway", "bcm-dashboards", "bcm-data-exports", "bcm-pricing-calculator",
    "bcm-recommended-actions", "bedrock", "billing", "budgets", "cassandra", "ce", "cloud9",
    "cloudcontrolapi", "cloudhsm", "cloudtrail", "codebuild", "codecommit", "codeconnections", "codedeploy",
    "codepipeline", "codestar-connections", "cognito-identity", "cognito-idp", "comprehend", "config",
    "cost-optimization-hub", "cur", "datapipeline", "datasync", "dax", "devicefarm", "directconnect",
    "discovery", "dms", "ds", "dynamodb", "ec2-instance-connect", "ecr", "ecr-public", "ecs",
    "elasticmapreduce", "events", "evs", "firehose", "fms", "forecast", "frauddetector", "freetier", "fsx",
    "globalaccelerator", "glue", "health", "healthlake", "identitystore", "inspector", "invoicing",
    "iotfleetwise", "iotthingsgraph", "kendra", "kendra-ranking", "kinesis", "kinesisanalytics", "kms",
    "license-manager", "lightsail", "logs", "lookoutequipment", "machinelearning",
    "marketplacecommerceanalytics", "mediastore", "memorydb", "mgh", "mturk-requester", "network-firewall",
    "odb", "organizations", "partnercentral-account", "partnercentral-benefits", "partnercentral-channel",
    "partnercentral-selling", "payment-cryptography", "pcs", "personalize", "pi", "pricing", "proton",
    "redshift-data", "redshift-serverless", "rekognition", "route53-recovery-cluster", "route53domains",
    "route53resolver", "sagemaker", "secretsmanager", "servicecatalog", "servicediscovery", "servicequotas",
    "ses", "shield", "sms-voice", "sqs", "ssm", "ssm-contacts", "sso", "states", "storagegateway",
    "support", "swf", "tagging", "textract", "timestream", "timestream-influxdb", "transcribe", "transfer",
    "translate", "verifiedpermissions", "voiceid", "waf", "waf-regional", "wafv2", "workmail", "workspaces",
    "workspaces-instances",
];

#[rustfmt::skip]
const AWS_QUERY: &[&str] = &[
    "autoscaling", "cloudformation", "cloudsearch", "elasticache", "elasticbeanstalk",
    "elasticloadbalancing", "iam", "importexport", "rds", "redshift", "sdb", "sns", "sts",
];

#[rustfmt::skip]
const EC2_QUERY: &[&str] = &[
    "ec2",
];

#[rustfmt::skip]
const REST_JSON: &[&str] = &[
    "access-analyzer", "account", "aidevops", "aiops", "airflow", "amplify", "amplifybackend",
    "amplifyuibuilder", "apigateway", "app-integrations", "appconfig", "appfabric", "appflow",
    "application-cost-profiler", "application-signals", "appmesh", "appsync", "aps", "arc-zonal-shift",
    "artifact", "auditmanager", "awsssoportal", "backup", "backup-search", "batch", "bedrock-agentcore",
    "billingconductor", "braket", "cases", "chatbot", "chime", "cleanrooms", "cleanrooms-ml",
    "clouddirectory", "cloudfront-keyvaluestore", "cloudtrail-data", "codeartifact", "codecatalyst",
    "codeguru-profiler", "codeguru-reviewer", "codeguru-security", "codestar-notifications", "cognito-sync",
    "connect", "connect-campaigns", "controlcatalog", "controltower", "databrew", "dataexchange",
    "datazone", "deadline", "detective", "devops-guru", "dlm", "docdb-elastic", "drs", "ds-data", "dsql",
    "ebs", "eks", "eks-auth", "elasticfilesystem", "elemental-inference", "emr-containers",
    "emr-serverless", "entityresolution", "es", "execute-api", "finspace", "finspace-api", "fis",
    "gameliftstreams", "geo", "geo-maps", "geo-places", "geo-routes", "glacier", "grafana", "greengrass",
    "groundstation", "guardduty", "health-agent", "imagebuilder", "inspector-scan", "inspector2",
    "internetmonitor", "iot", "iot-jobs-data", "iotdata", "iotdeviceadvisor", "iotevents", "ioteventsdata",
    "iotmanagedintegrations", "iotsitewise", "iottwinmaker", "iotwireless", "ivs", "ivschat", "kafka",
    "kafkaconnect", "kinesisvideo", "lakeformation", "lambda", "launchwizard", "lex",
    "license-manager-linux-subscriptions", "license-manager-user-subscriptions", "m2", "macie2",
    "managedblockchain", "managedblockchain-query", "mediaconnect", "mediaconvert", "medialive",
    "mediapackage", "mediapackage-vod", "mediapackagev2", "mediatailor", "medical-imaging", "mgn",
    "migrationhub-orchestrator", "migrationhub-strategy", "mobiletargeting", "mpa", "mq", "neptune-db",
    "neptune-graph", "networkflowmonitor", "networkmanager", "networkmonitor", "notifications",
    "notifications-contacts", "nova-act", "oam", "observabilityadmin", "omics", "osis", "outposts",
    "panorama", "pca-connector-ad", "pca-connector-scep", "pipes", "polly", "profile", "qapps", "qbusiness",
    "quicksight", "ram", "rbin", "rds-data", "refactor-spaces", "repostspace", "resiliencehub",
    "resource-explorer-2", "resource-groups", "rolesanywhere", "route53-recovery-control-config",
    "route53-recovery-readiness", "route53globalresolver", "route53profiles", "rtbfabric", "rum",
    "s3-outposts", "s3files", "s3tables", "s3vectors", "sagemaker-geospatial", "savingsplans", "scheduler",
    "schemas", "scn", "security-ir", "securityagent", "securityhub", "securitylake", "serverlessrepo",
    "signer", "signin", "simspaceweaver", "snow-device-management", "social-messaging", "ssm-guiconnect",
    "ssm-incidents", "ssm-quicksetup", "ssm-sap", "sso-oauth", "supportapp", "sustainability", "synthetics",
    "tax", "thinclient", "tnb", "trustedadvisor", "uxc", "vpc-lattice", "wellarchitected", "wickr",
    "wisdom", "workdocs", "workmailmessageflow", "workspaces-web", "xray",
];

#[rustfmt::skip]
const REST_XML: &[&str] = &[
    "cloudfront", "route53", "s3",
];

#[rustfmt::skip]
const RPC_V2_CBOR: &[&str] = &[
    "aco-automation", "arc-region-switch", "comprehendmedical", "compute-optimizer", "gamelift",
    "interconnect", "monitoring", "snowball",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        for (names, protocol) in BY_PROTOCOL {
            assert!(names.is_sorted(), "{protocol:?}");
        }
        assert_eq!(protocol_of("dynamodb"), Some(Protocol::AwsJson));
        assert_eq!(protocol_of("s3"), Some(Protocol::RestXml));
        assert_eq!(protocol_of("nothing-of-the-kind"), None);
    }
}

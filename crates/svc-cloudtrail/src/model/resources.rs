//! The resources that a call is about, found by the names of its parameters.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-supported-resource-types.html>

use serde_json::Value;

/// How deep in the parameters resources are looked for.
const DEPTH: usize = 6;
/// How many one event names.
const MOST: usize = 20;

/// Service, parameter, type.
const TYPES: &[(&str, &str, &str)] = &[
    ("ec2", "allocationId", "AWS::EC2::EIP"),
    ("ec2", "groupId", "AWS::EC2::SecurityGroup"),
    ("ec2", "instanceId", "AWS::EC2::Instance"),
    ("ec2", "internetGatewayId", "AWS::EC2::InternetGateway"),
    ("ec2", "natGatewayId", "AWS::EC2::NatGateway"),
    ("ec2", "networkAclId", "AWS::EC2::NetworkAcl"),
    ("ec2", "networkInterfaceId", "AWS::EC2::NetworkInterface"),
    ("ec2", "routeTableId", "AWS::EC2::RouteTable"),
    ("ec2", "subnetId", "AWS::EC2::Subnet"),
    ("ec2", "vpcEndpointId", "AWS::EC2::VPCEndpoint"),
    ("ec2", "vpcId", "AWS::EC2::VPC"),
    ("iam", "accessKeyId", "AWS::IAM::AccessKey"),
    ("iam", "groupName", "AWS::IAM::Group"),
    ("iam", "instanceProfileName", "AWS::IAM::InstanceProfile"),
    ("iam", "policyArn", "AWS::IAM::Policy"),
    ("iam", "roleName", "AWS::IAM::Role"),
    ("iam", "userName", "AWS::IAM::User"),
    ("lambda", "functionArn", "AWS::Lambda::Function"),
    ("lambda", "functionName", "AWS::Lambda::Function"),
    ("logs", "logGroupName", "AWS::Logs::LogGroup"),
    ("logs", "logStreamName", "AWS::Logs::LogStream"),
    ("rds", "dBInstanceIdentifier", "AWS::RDS::DBInstance"),
    ("rds", "dBParameterGroupName", "AWS::RDS::DBParameterGroup"),
    ("rds", "dBSubnetGroupName", "AWS::RDS::DBSubnetGroup"),
    ("secretsmanager", "aRN", "AWS::SecretsManager::Secret"),
    ("secretsmanager", "secretId", "AWS::SecretsManager::Secret"),
    ("sts", "accessKeyId", "AWS::IAM::AccessKey"),
    ("sts", "assumedRoleId", "AWS::STS::AssumedRole"),
    ("sts", "roleArn", "AWS::IAM::Role"),
];

/// Types and names, each once.
pub fn of(service: &str, operation: &str, messages: [&Value; 2]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for message in messages {
        collect(service, message, DEPTH, &mut found);
    }
    // A new secret has a name before it has an ARN.
    if (service, operation) == ("secretsmanager", "CreateSecret")
        && let [request, _] = messages
        && let Some(name) = request.get("name").and_then(Value::as_str)
    {
        found.push(("AWS::SecretsManager::Secret".to_owned(), name.to_owned()));
    }
    found
}

fn collect(service: &str, value: &Value, depth: usize, found: &mut Vec<(String, String)>) {
    if depth == 0 || found.len() >= MOST {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(text) => push(service, name, text, found),
                    None => collect(service, value, depth - 1, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(service, item, depth - 1, found)),
        _ => {}
    }
}

fn push(service: &str, member: &str, text: &str, found: &mut Vec<(String, String)>) {
    let Some((.., kind)) = TYPES.iter().find(|(s, m, _)| (*s, *m) == (service, member)) else { return };
    let resource = ((*kind).to_owned(), text.to_owned());
    if !found.contains(&resource) {
        found.push(resource);
    }
}

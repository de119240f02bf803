//! Account attributes.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AccountAttribute.html>

/// What an account without a default VPC and EC2-Classic has.
pub(crate) const ACCOUNT_ATTRIBUTES: [(&str, &str); 6] = [
    ("supported-platforms", "VPC"),
    ("default-vpc", "none"),
    ("max-instances", "20"),
    ("vpc-max-security-groups-per-interface", "5"),
    ("max-elastic-ips", "5"),
    ("vpc-max-elastic-ips", "5"),
];

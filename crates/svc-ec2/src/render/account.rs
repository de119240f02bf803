//! Account attributes.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AccountAttribute.html>

use crate::state::Vpc;

/// What an account without EC2-Classic has.
pub(crate) fn account_attributes(default_vpc: Option<&Vpc>) -> [(&'static str, String); 6] {
    [
        ("supported-platforms", "VPC".to_owned()),
        ("default-vpc", default_vpc.map_or_else(|| "none".to_owned(), |vpc| vpc.id.to_string())),
        ("max-instances", "20".to_owned()),
        ("vpc-max-security-groups-per-interface", "5".to_owned()),
        ("max-elastic-ips", "5".to_owned()),
        ("vpc-max-elastic-ips", "5".to_owned()),
    ]
}

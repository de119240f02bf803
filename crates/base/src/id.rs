//! Typed resource ids, parsed once at the edge of a service.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// Takes the text as an id without looking whether such a resource exists.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the text has the form `PREFIX-` and 8 or 17 hexadecimal digits.
            pub fn is_well_formed(&self) -> bool {
                self.0
                    .strip_prefix($prefix)
                    .and_then(|rest| rest.strip_prefix('-'))
                    .is_some_and(|hex| {
                        matches!(hex.len(), 8 | 17) && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                    })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    )*};
}

ids! {
    VpcId = "vpc";
    SubnetId = "subnet";
    RouteTableId = "rtb";
    RouteTableAssociationId = "rtbassoc";
    InternetGatewayId = "igw";
    EgressOnlyInternetGatewayId = "eigw";
    NatGatewayId = "nat";
    SecurityGroupId = "sg";
    SecurityGroupRuleId = "sgr";
    NetworkAclId = "acl";
    NetworkAclAssociationId = "aclassoc";
    NetworkInterfaceId = "eni";
    NetworkInterfaceAttachmentId = "eni-attach";
    VpcEndpointId = "vpce";
    VpcPeeringConnectionId = "pcx";
    AllocationId = "eipalloc";
    AssociationId = "eipassoc";
    PrefixListId = "pl";
    DhcpOptionsId = "dopt";
    FlowLogId = "fl";
    NetworkInsightsPathId = "nip";
    NetworkInsightsAnalysisId = "nia";
    NetworkInsightsAccessScopeId = "nis";
    NetworkInsightsAccessScopeAnalysisId = "nisa";
    InstanceId = "i";
}

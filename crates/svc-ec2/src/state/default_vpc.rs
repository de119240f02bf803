//! That a region was given its default VPC, which its owner may have deleted since.

use base::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DefaultVpcGiven {
    pub scope: Scope,
    pub at: Timestamp,
}

impl store::Table for DefaultVpcGiven {
    const NAME: &'static str = "ec2_default_vpc_given";
    fn key(&self) -> String {
        Self::key_of(&self.scope)
    }
}

impl DefaultVpcGiven {
    pub fn key_of(scope: &Scope) -> String {
        scope.key("given")
    }
}

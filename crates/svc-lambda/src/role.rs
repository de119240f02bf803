//! What is asked of an execution role before a function is made or changed.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions>

use crate::error;
use crate::lambda::Lambda;
use crate::needs::{AssumeError, VpcWish, VpcWishError};
use base::{Arn, Scope, VpcId};
use service::ServiceError;

/// What Lambda does on EC2 as the execution role, in the order AWS asks.
const INTERFACE_ACTIONS: [&str; 3] =
    ["CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface"];

impl Lambda {
    pub(crate) fn check_role(&self, role: &Arn) -> Result<(), ServiceError> {
        match self.needs.permissions.assumable(role) {
            Ok(()) => Ok(()),
            Err(AssumeError::Fault(fault)) => Err(ServiceError::internal(fault)),
            Err(AssumeError::RoleMissing(_) | AssumeError::NotTrusted(_)) => Err(error::role_not_assumable()),
        }
    }

    /// Whether the role and the network allow the wish, and the VPC that it is in.
    pub(crate) fn check_vpc(&self, scope: &Scope, role: &Arn, wish: &VpcWish) -> Result<VpcId, ServiceError> {
        let lacking = INTERFACE_ACTIONS
            .into_iter()
            .find(|action| !self.needs.permissions.allows(role, &format!("ec2:{action}"), "*"));
        if let Some(action) = lacking {
            return Err(error::role_lacks(action));
        }
        self.needs.interfaces.describe(scope, wish).map_err(vpc_error)
    }
}

fn vpc_error(refused: VpcWishError) -> ServiceError {
    error::invalid_parameter(match refused {
        VpcWishError::SubnetMissing(id) => format!(
            "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID '{id}' does not exist"
        ),
        VpcWishError::SecurityGroupMissing(id) => format!(
            "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The security group '{id}' does not exist"
        ),
        VpcWishError::SubnetsOfSeveralVpcs => "Subnets are required to be in the same VPC.".to_owned(),
        VpcWishError::SecurityGroupsOfAnotherVpc => {
            "Security Groups are required to be in the same VPC.".to_owned()
        }
        VpcWishError::Fault(fault) => return ServiceError::internal(fault),
    })
}

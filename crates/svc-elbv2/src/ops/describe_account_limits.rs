//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeAccountLimits.html>

use crate::{
    CONDITION_VALUES_PER_RULE_MAX, Elb, LISTENERS_PER_LOAD_BALANCER_MAX, LOAD_BALANCERS_MAX,
    RULES_PER_LOAD_BALANCER_MAX, TARGET_GROUPS_MAX, TARGET_GROUPS_PER_ACTION_MAX,
    TARGETS_PER_TARGET_GROUP_MAX, access, api,
};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeAccountLimits {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeAccountLimits"))
    }

    async fn run(_: &Elb, _: &Call, _: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        let limits = [
            ("target-groups", TARGET_GROUPS_MAX),
            ("targets-per-application-load-balancer", TARGETS_PER_TARGET_GROUP_MAX),
            ("listeners-per-application-load-balancer", LISTENERS_PER_LOAD_BALANCER_MAX),
            ("rules-per-application-load-balancer", RULES_PER_LOAD_BALANCER_MAX),
            ("application-load-balancers", LOAD_BALANCERS_MAX),
            ("network-load-balancers", LOAD_BALANCERS_MAX),
            ("listeners-per-network-load-balancer", LISTENERS_PER_LOAD_BALANCER_MAX),
            ("condition-values-per-alb-rule", CONDITION_VALUES_PER_RULE_MAX),
            ("target-groups-per-action-on-application-load-balancer", TARGET_GROUPS_PER_ACTION_MAX),
            ("targets-per-target-group", TARGETS_PER_TARGET_GROUP_MAX),
        ];
        let shown =
            limits.map(|(name, max)| api::Limit { name: Some(name.to_owned()), max: Some(max.to_string()) });
        Ok(api::DescribeAccountLimitsOutput { limits: Some(shown.into()), next_marker: None })
    }
}

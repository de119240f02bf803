//! What conditions can ask of a function: where it is put, its layers, its tags.
//! <https://docs.aws.amazon.com/lambda/latest/dg/vpc-conditions.html>

use crate::api;
use crate::lambda::Lambda;
use crate::needs::VpcWish;
use base::Scope;
use service::Access;
use std::collections::BTreeMap;

/// The keys of the network and the layers that a request asks for.
pub(super) fn of_wish(
    access: Access,
    lambda: &Lambda,
    scope: &Scope,
    vpc: Option<&api::VpcConfig>,
    layers: Option<&[String]>,
) -> Access {
    let subnets = vpc.and_then(|vpc| vpc.subnet_ids.clone()).unwrap_or_default();
    let groups = vpc.and_then(|vpc| vpc.security_group_ids.clone()).unwrap_or_default();
    let wish = VpcWish {
        subnet_ids: subnets.iter().cloned().map(Into::into).collect(),
        security_group_ids: groups.iter().cloned().map(Into::into).collect(),
    };
    // Subnets that are not there are in no VPC; the request is refused for them once it may be made.
    let found = (!subnets.is_empty()).then(|| lambda.needs.interfaces.describe(scope, &wish).ok());
    let vpcs = found.flatten().map(|vpc| vpc.to_string()).into_iter().collect();
    let keys = [
        ("lambda:VpcIds", vpcs),
        ("lambda:SubnetIds", subnets),
        ("lambda:SecurityGroupIds", groups),
        ("lambda:Layer", layers.unwrap_or_default().to_vec()),
    ];
    let some = keys.into_iter().filter(|(_, values)| !values.is_empty());
    some.fold(access, |access, (key, values)| access.context(key, values))
}

pub(super) fn with_request_tags(access: Access, tags: Option<&BTreeMap<String, String>>) -> Access {
    let Some(tags) = tags.filter(|tags| !tags.is_empty()) else { return access };
    let access = access.context("aws:TagKeys", tags.keys().cloned().collect());
    tags.iter().fold(access, |access, (k, v)| access.context(format!("aws:RequestTag/{k}"), vec![v.clone()]))
}

pub(super) fn with_resource_tags(access: Access, tags: &BTreeMap<String, String>) -> Access {
    if tags.is_empty() {
        return access;
    }
    let told = tags
        .iter()
        .fold(access, |access, (k, v)| access.context(format!("aws:ResourceTag/{k}"), vec![v.clone()]));
    told.with_known_context_only()
}

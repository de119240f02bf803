//! What the place of a document demands beyond the grammar: an identity policy names
//! resources and no principal, a role's trust policy the reverse.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use crate::document::{Document, Statement, Version};
use crate::malformed::Malformed;
use crate::principal_element::Grantee;
use std::collections::HashSet;

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An inline or managed policy, a boundary, a session policy.
    Identity,
    /// A role's trust policy.
    Trust,
    /// A policy on a resource or on a VPC endpoint.
    Resource,
}

const IAM_RESOURCE_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];
const PARTITIONS: [&str; 6] = ["*", "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b"];
const TRUST_ACTIONS: [&str; 6] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
];

impl Document {
    /// Checks the document for its place; the first fault in AWS's order is the answer.
    pub fn check(&self, kind: Kind) -> Result<(), Malformed> {
        if kind == Kind::Identity && self.version != Version::V2012 {
            return Err(Malformed::Version);
        }
        unique_sids(&self.statements)?;
        for statement in &self.statements {
            actions(statement)?;
            match kind {
                Kind::Identity => identity(statement)?,
                Kind::Trust => trust(statement)?,
                Kind::Resource => principal_present(statement)?,
            }
        }
        Ok(())
    }
}

fn unique_sids(statements: &[Statement]) -> Result<(), Malformed> {
    let mut seen = HashSet::new();
    let mut sids = statements.iter().filter_map(Statement::sid).filter(|sid| !sid.is_empty());
    if sids.all(|sid| seen.insert(sid)) { Ok(()) } else { Err(Malformed::SidNotUnique) }
}

fn actions(statement: &Statement) -> Result<(), Malformed> {
    let actions = statement.actions.as_ref().filter(|a| !a.texts.is_empty()).ok_or(Malformed::NoActions)?;
    actions.texts.iter().try_for_each(|text| action(text))
}

fn action(text: &str) -> Result<(), Malformed> {
    let Some((vendor, name)) = text.split_once(':') else {
        return if text == "*" { Ok(()) } else { Err(Malformed::NoVendor) };
    };
    if name.contains(':') {
        return Err(Malformed::TooManyColons);
    }
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if vendor != "*" && !vendor.chars().all(valid) {
        return Err(Malformed::Vendor(vendor.to_owned()));
    }
    Ok(())
}

fn identity(statement: &Statement) -> Result<(), Malformed> {
    if statement.principal.is_some() {
        return Err(Malformed::PrincipalNotAllowed);
    }
    if statement.sid().is_some_and(|sid| !sid.chars().all(|c| c.is_ascii_alphanumeric())) {
        return Err(Malformed::SidCharacters);
    }
    let resources = statement.resources.as_ref().ok_or(Malformed::NoResources)?;
    if resources.texts().next().is_none() {
        return Err(Malformed::NoResources);
    }
    resources.texts().try_for_each(resource)
}

fn resource(text: &str) -> Result<(), Malformed> {
    if text == "*" {
        return Ok(());
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let part = |n: usize| parts.get(n).copied();
    if part(0) != Some("arn") {
        return Err(Malformed::ResourceNotArn(text.to_owned()));
    }
    let partition = part(1).unwrap_or_default();
    if !PARTITIONS.contains(&partition) {
        return Err(bad_partition(partition, &parts));
    }
    let service = part(2).filter(|s| !s.is_empty()).ok_or(Malformed::ResourceVendor)?;
    let (region, path) = (part(3).unwrap_or_default(), part(5));
    match service {
        "iam" if !region.is_empty() => Err(Malformed::IamRegion(text.to_owned())),
        "iam" if !path.is_none_or(is_iam_path) => Err(Malformed::IamResourcePath),
        "s3" if !region.is_empty() && !path.is_some_and(|p| p.starts_with("accesspoint/")) => {
            Err(Malformed::S3Region(text.to_owned()))
        }
        _ => Ok(()),
    }
}

fn is_iam_path(path: &str) -> bool {
    path == "*" || IAM_RESOURCE_PATHS.iter().any(|start| path.starts_with(start))
}

fn bad_partition(partition: &str, parts: &[&str]) -> Malformed {
    let shown = |n: usize| parts.get(n).copied().unwrap_or("*");
    Malformed::Partition {
        partition: partition.to_owned(),
        resource: format!("arn:{partition}:{}:{}:{}:{}", shown(2), shown(3), shown(4), shown(5)),
    }
}

fn trust(statement: &Statement) -> Result<(), Malformed> {
    if statement.resources.is_some() {
        return Err(Malformed::ProhibitedResource);
    }
    principal_present(statement)?;
    let texts = statement.actions.as_ref().map(|a| a.texts.as_slice()).unwrap_or_default();
    let known = |text: &String| {
        let lower = text.to_ascii_lowercase();
        TRUST_ACTIONS.contains(&lower.as_str()) || lower == "sts:*" || lower == "sts:assume*"
    };
    if !texts.iter().all(known) {
        return Err(Malformed::NotAssumeRole);
    }
    grantees(statement).iter().try_for_each(grantee)
}

fn principal_present(statement: &Statement) -> Result<(), Malformed> {
    if grantees(statement).is_empty() { Err(Malformed::NoPrincipal) } else { Ok(()) }
}

fn grantees(statement: &Statement) -> &[Grantee] {
    statement.principal.as_ref().map(|p| p.grantees.as_slice()).unwrap_or_default()
}

/// The shape of a principal; whether it exists is asked where the document is stored.
fn grantee(grantee: &Grantee) -> Result<(), Malformed> {
    let invalid = |kind, value: &String| Err(Malformed::InvalidPrincipal { kind, value: value.clone() });
    match grantee {
        Grantee::Arn(arn) if !is_principal_arn(arn) => invalid("AWS", arn),
        Grantee::UniqueId(id) if !is_unique_id(id) => invalid("AWS", id),
        Grantee::Service(name) if !name.contains('.') => invalid("SERVICE", name),
        _ => Ok(()),
    }
}

fn is_principal_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    match parts.as_slice() {
        ["arn", _, "iam", "", number, resource] => {
            account(number)
                && (resource.starts_with("user/") || resource.starts_with("role/"))
                && !arn.contains('*')
        }
        ["arn", _, "sts", "", number, resource] => {
            account(number)
                && (resource.starts_with("assumed-role/") || resource.starts_with("federated-user/"))
                && !arn.contains('*')
        }
        _ => false,
    }
}

fn is_unique_id(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

//! What the policies are asked, with the keys that AWS's reference has.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html>

use crate::{api, find};
use base::Arn;
use service::{Access, Call};
use store::Snapshot;

/// The question about the certificate of an ARN, with its tags; a missing one is the operation's to tell.
pub fn on(state: &Snapshot, call: &Call, action: &str, arn: Option<&str>) -> Access {
    let arn = arn.unwrap_or_default();
    let access = Access::to(format!("acm:{action}"), arn);
    let found = find(state, &call.scope, arn).ok().flatten();
    let tags = found.iter().flat_map(|certificate| &certificate.tags);
    tags.fold(access, |access, (key, value)| {
        access.context(format!("aws:ResourceTag/{key}"), vec![value.clone()])
    })
}

/// The question about a certificate that is to be imported.
pub fn on_new(call: &Call, action: &str) -> Access {
    let arn = Arn::regional("acm", &call.scope, "certificate/*");
    Access::to(format!("acm:{action}"), arn.to_string())
}

/// The keys of the tags that a request brings.
pub fn with_request_tags(mut access: Access, tags: Option<&[api::Tag]>) -> Access {
    let tags = tags.unwrap_or_default();
    if tags.is_empty() {
        return access;
    }
    for tag in tags {
        let Some(key) = &tag.key else { continue };
        access = access.context(format!("aws:RequestTag/{key}"), vec![tag.value.clone().unwrap_or_default()]);
    }
    access.context("aws:TagKeys", tags.iter().filter_map(|t| t.key.clone()).collect())
}

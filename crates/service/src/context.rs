//! The global condition keys that moat knows of a call.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use crate::Call;
use policy::Context;

pub fn global_keys(call: &Call) -> Context {
    let mut keys = Context::default();
    keys.set("aws:CurrentTime", [call.now.iso8601()]);
    keys.set("aws:EpochTime", [call.now.secs().to_string()]);
    keys.set("aws:SecureTransport", [call.source.secure_transport.to_string()]);
    keys.set("aws:RequestedRegion", [call.scope.region.to_string()]);
    match &call.source.endpoint {
        // AWS leaves aws:SourceIp out for requests through an endpoint: a private address says nothing.
        Some(endpoint) => {
            keys.set("aws:VpcSourceIp", [call.source.ip.to_string()]);
            keys.set("aws:SourceVpc", [endpoint.vpc.to_string()]);
            keys.set("aws:SourceVpce", [endpoint.vpce.to_string()]);
        }
        None => keys.set("aws:SourceIp", [call.source.ip.to_string()]),
    }
    keys.set("aws:UserAgent", call.user_agent.clone());
    session_keys(&mut keys, call);
    keys
}

/// What a session says of itself; long-term keys have none of it.
fn session_keys(keys: &mut Context, call: &Call) {
    let Some(started) = call.caller.session_started else { return };
    keys.set("aws:TokenIssueTime", [started.iso8601()]);
    // Nothing here asks for a second factor, so no session has one.
    keys.set("aws:MultiFactorAuthPresent", ["false"]);
    let facts = &call.caller.session_facts;
    for (key, value) in &facts.tags {
        keys.set(&format!("aws:PrincipalTag/{key}"), [value.as_str()]);
    }
    keys.set("aws:SourceIdentity", facts.source_identity.clone());
    for (key, value) in &facts.service_keys {
        keys.set(key, [value.as_str()]);
    }
    if let Some(federation) = &facts.federation {
        keys.set("aws:FederatedProvider", [federation.provider.as_str()]);
        for (key, values) in &federation.keys {
            keys.set(key, values.iter().cloned());
        }
    }
}

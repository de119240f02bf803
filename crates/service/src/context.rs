//! The global condition keys that moat knows of a call.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use crate::Call;
use policy::Context;

pub(crate) fn global_keys(call: &Call) -> Context {
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
    keys
}

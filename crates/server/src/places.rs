//! What has an address in a VPC, by any of the names that people have for it.

use base::Scope;
use std::net::IpAddr;
use std::sync::Arc;
use store::{Fault, Store};
use svc_ec2::Ec2;
use svc_ec2::state::NetworkInterface;
use svc_rds::DbInstance;

/// The interface behind `eni-…`, `i-…`, an instance's Name, `db:NAME` or a private address.
pub fn interface_of(
    store: &Store,
    ec2: &Ec2,
    scope: &Scope,
    text: &str,
) -> Result<Option<Arc<NetworkInterface>>, Fault> {
    let read = store.read();
    let by_id = |id: &str| read.get::<NetworkInterface>(&scope.key(id));
    if text.starts_with("eni-") {
        return by_id(text);
    }
    if let Some(name) = text.strip_prefix("db:") {
        let db = read.get::<DbInstance>(&scope.key(name))?;
        return match db.and_then(|db| db.interface.clone()) {
            Some(interface) => by_id(interface.as_str()),
            None => Ok(None),
        };
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        let all = read.scan::<NetworkInterface>(&scope.prefix())?;
        return Ok(all.into_iter().find(|interface| interface.all_addresses().any(|own| own == address)));
    }
    match ec2.instance(scope, text.strip_prefix("instance:").unwrap_or(text))? {
        Some(instance) => by_id(instance.interface.as_str()),
        None => Ok(None),
    }
}

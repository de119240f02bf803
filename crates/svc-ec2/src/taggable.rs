//! From an id to the resource with tags that it names.

use crate::change::Change;
use crate::read::Read;
use crate::state::{
    Address, DhcpOptions, EgressOnlyInternetGateway, FlowLog, Instance, InternetGateway, LaunchTemplate,
    NatGateway, NetworkAcl, NetworkInsightsAccessScope, NetworkInsightsAccessScopeAnalysis,
    NetworkInsightsAnalysis, NetworkInsightsPath, NetworkInterface, PrefixList, Resource, RouteTable,
    SecurityGroup, SecurityGroupRule, Subnet, Vpc, VpcEndpoint, VpcPeeringConnection,
};
use crate::tags::Tags;
use service::ServiceError;
use std::sync::Arc;

/// Does the same for the type that the id's prefix names.
macro_rules! by_prefix {
    ($id:expr, $with:ident ! $args:tt) => {
        match $id.rsplit_once('-').map(|(prefix, _)| prefix) {
            Some("i") => $with!(Instance, $args),
            Some("lt") => $with!(LaunchTemplate, $args),
            Some("vpc") => $with!(Vpc, $args),
            Some("dopt") => $with!(DhcpOptions, $args),
            Some("pl") => $with!(PrefixList, $args),
            Some("pcx") => $with!(VpcPeeringConnection, $args),
            Some("fl") => $with!(FlowLog, $args),
            Some("nip") => $with!(NetworkInsightsPath, $args),
            Some("nia") => $with!(NetworkInsightsAnalysis, $args),
            Some("nis") => $with!(NetworkInsightsAccessScope, $args),
            Some("nisa") => $with!(NetworkInsightsAccessScopeAnalysis, $args),
            Some("subnet") => $with!(Subnet, $args),
            Some("rtb") => $with!(RouteTable, $args),
            Some("igw") => $with!(InternetGateway, $args),
            Some("eigw") => $with!(EgressOnlyInternetGateway, $args),
            Some("eipalloc") => $with!(Address, $args),
            Some("nat") => $with!(NatGateway, $args),
            Some("sg") => $with!(SecurityGroup, $args),
            Some("sgr") => $with!(SecurityGroupRule, $args),
            Some("acl") => $with!(NetworkAcl, $args),
            Some("eni") => $with!(NetworkInterface, $args),
            Some("vpce") => $with!(VpcEndpoint, $args),
            _ => Err(invalid_id($id)),
        }
    };
}

fn invalid_id(id: &str) -> ServiceError {
    ServiceError::client("InvalidID", format!("The ID '{id}' is not valid"))
}

/// The resource's type and tags for the policies. An id that names nothing has no tags; the
/// operation says so after the caller was allowed to ask.
pub(crate) fn for_policies(view: &impl Read, id: &str) -> Result<(&'static str, Tags), ServiceError> {
    macro_rules! kind {
        ($type:ty, ()) => {
            Ok(<$type>::KIND)
        };
    }
    let kind: Result<&'static str, ServiceError> = by_prefix!(id, kind!());
    match kind {
        Ok(kind) => Ok((kind, tags_of(view, id).map(|(_, tags)| tags).unwrap_or_default())),
        Err(_) => Ok(("*", Tags::new())),
    }
}

/// The resource's type and tags.
fn tags_of(view: &impl Read, id: &str) -> Result<(&'static str, Tags), ServiceError> {
    macro_rules! read {
        ($type:ty, ($view:ident, $id2:ident)) => {
            $view.find::<$type>($id2).map(|row| (<$type>::KIND, row.tags().clone()))
        };
    }
    by_prefix!(id, read!(view, id))
}

/// Changes the resource's tags.
pub(crate) fn edit_tags(
    change: &mut Change<'_>,
    id: &str,
    edit: impl FnOnce(&mut Tags) -> Result<(), ServiceError>,
) -> Result<(), ServiceError> {
    macro_rules! write {
        ($type:ty, ($change:ident, $id2:ident, $edit:ident)) => {
            write_tags::<$type>($change, $id2, $edit)
        };
    }
    by_prefix!(id, write!(change, id, edit))
}

fn write_tags<R: Resource>(
    change: &mut Change<'_>,
    id: &str,
    edit: impl FnOnce(&mut Tags) -> Result<(), ServiceError>,
) -> Result<(), ServiceError> {
    let mut row = Arc::unwrap_or_clone(change.find::<R>(id)?);
    edit(row.tags_mut())?;
    Ok(change.put(&row)?)
}

//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSubnetGroups.html>

use crate::page::page;
use crate::state::DbSubnetGroup;
use crate::{Rds, answer, api, subnet_group_not_found};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::DescribeDBSubnetGroups {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::DescribeDBSubnetGroupsMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![rds.on_subnet_group(
            call,
            "DescribeDBSubnetGroups",
            input.db_subnet_group_name.as_deref(),
        )?])
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::DescribeDBSubnetGroupsMessage>,
    ) -> Result<api::DBSubnetGroupMessage, ServiceError> {
        if input.filters.as_ref().is_some_and(|f| !f.is_empty()) {
            return Err(ServiceError::client("InvalidParameterValue", "This operation takes no filters."));
        }
        let mut groups = rds.store.read().scan::<DbSubnetGroup>(&call.scope.prefix())?;
        if let Some(name) = &input.db_subnet_group_name {
            groups.retain(|group| group.name.eq_ignore_ascii_case(name));
            if groups.is_empty() {
                return Err(subnet_group_not_found(name));
            }
        }
        let (groups, marker) = page(groups, |g| &g.name, input.max_records, input.marker.as_deref())?;
        let shown = groups.iter().map(|group| answer::subnet_group(group)).collect();
        Ok(api::DBSubnetGroupMessage { marker, db_subnet_groups: Some(shown) })
    }
}

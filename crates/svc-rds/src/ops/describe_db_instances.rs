//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html>

use crate::page::page;
use crate::state::{DbInstance, DbSubnetGroup};
use crate::{Rds, answer, api, instance_not_found};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::DescribeDBInstances {
    fn access(
        rds: &Rds,
        call: &Call,
        input: &api::DescribeDBInstancesMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.db_instance_identifier.as_deref().map(|id| id.rsplit(':').next().unwrap_or(id));
        Ok(vec![rds.on_instance(call, "DescribeDBInstances", name)?])
    }

    async fn run(
        rds: &Rds,
        call: &Call,
        input: Authorized<api::DescribeDBInstancesMessage>,
    ) -> Result<api::DBInstanceMessage, ServiceError> {
        let snapshot = rds.store.read();
        let mut found = snapshot.scan::<DbInstance>(&call.scope.prefix())?;
        for filter in input.filters.as_deref().unwrap_or_default() {
            let keep = matcher(filter)?;
            found.retain(|db| keep(db));
        }
        if let Some(wanted) = &input.db_instance_identifier {
            found.retain(|db| db.identifier.eq_ignore_ascii_case(wanted) || db.arn().to_string() == *wanted);
            if found.is_empty() {
                return Err(instance_not_found(wanted));
            }
        }
        let (found, marker) = page(found, |db| &db.identifier, input.max_records, input.marker.as_deref())?;
        let mut shown = Vec::new();
        for db in found {
            let group = snapshot.get::<DbSubnetGroup>(&db.scope.key(&db.subnet_group))?;
            shown.push(answer::db_instance(&db, group.as_deref()));
        }
        Ok(api::DBInstanceMessage { marker, db_instances: Some(shown) })
    }
}

fn matcher(filter: &api::Filter) -> Result<impl Fn(&DbInstance) -> bool, ServiceError> {
    let read: fn(&DbInstance) -> Vec<String> = match filter.name.as_deref().unwrap_or_default() {
        "db-instance-id" => |db| vec![db.identifier.clone(), db.arn().to_string()],
        "dbi-resource-id" => |db| vec![db.resource_id.clone()],
        "engine" => |_| vec!["postgres".to_owned()],
        other => {
            return Err(ServiceError::client(
                "InvalidParameterValue",
                format!("Unrecognized filter name: {other}"),
            ));
        }
    };
    let values = filter.values.clone().unwrap_or_default();
    Ok(move |db: &DbInstance| read(db).iter().any(|v| values.contains(v)))
}

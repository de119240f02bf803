//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html>

use crate::{Rds, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Rds> for api::DescribeDBEngineVersions {
    fn access(
        _: &Rds,
        _: &Call,
        _: &api::DescribeDBEngineVersionsMessage,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("rds:DescribeDBEngineVersions", "*")])
    }

    async fn run(
        rds: &Rds,
        _: &Call,
        input: Authorized<api::DescribeDBEngineVersionsMessage>,
    ) -> Result<api::DBEngineVersionMessage, ServiceError> {
        let wants = |wish: &Option<String>, have: &str| wish.as_deref().is_none_or(|w| w == have);
        let mut shown = Vec::new();
        for version in rds.needs.servers.versions() {
            let major = version.split('.').next().unwrap_or(&version).to_owned();
            let fits = input.engine_version.as_deref().is_none_or(|w| w == version || w == major);
            let family = format!("postgres{major}");
            if !wants(&input.engine, "postgres") || !fits || !wants(&input.db_parameter_group_family, &family)
            {
                continue;
            }
            shown.push(api::DBEngineVersion {
                engine: Some("postgres".to_owned()),
                engine_version: Some(version.clone()),
                major_engine_version: Some(major),
                db_parameter_group_family: Some(family),
                db_engine_description: Some("PostgreSQL".to_owned()),
                db_engine_version_description: Some(format!("PostgreSQL {version}")),
                valid_upgrade_target: Some(Vec::new()),
                status: Some("available".to_owned()),
                ..Default::default()
            });
        }
        if input.default_only.unwrap_or(false) {
            shown.truncate(1);
        }
        Ok(api::DBEngineVersionMessage { marker: None, db_engine_versions: Some(shown) })
    }
}

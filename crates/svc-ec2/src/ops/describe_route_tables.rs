//! Shows route tables and whether their routes lead somewhere.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeRouteTables {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeRouteTables"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = Wanted::new(
            &input.filters,
            input.max_results,
            &input.next_token,
            ("routeTableIdsSet", &input.route_table_ids),
        );
        let view = ec2.look(call).await?;
        let rows = view.named::<RouteTable>(input.route_table_ids.as_ref())?;
        let page = wanted
            .select(rows.iter().map(|row| render::route_table(&view, row)).collect::<Result<_, _>>()?)?;
        Ok(api::DescribeRouteTablesResult { route_tables: Some(page.items), next_token: page.next_token })
    }
}

//! Shows instances by the reservations that they were launched in.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html>

use crate::op::*;
use crate::render::{self, text};
use std::collections::BTreeMap;

impl Handler<Ec2> for api::DescribeInstances {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeInstances"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let ids = ("instancesSet", &input.instance_ids);
        let wanted = Wanted::new(&input.filters, input.max_results, &input.next_token, ids);
        let view = ec2.look(call).await?;
        let rows = view.named::<Instance>(input.instance_ids.as_ref())?;
        let reservations: BTreeMap<String, String> =
            rows.iter().map(|row| (row.id.to_string(), row.reservation.clone())).collect();
        let shown = rows.iter().map(|row| render::instance(&view, row)).collect::<Result<_, _>>()?;
        let page = wanted.select(shown)?;
        let mut by_reservation: BTreeMap<String, Vec<api::Instance>> = BTreeMap::new();
        for instance in page.items {
            let reservation = instance.instance_id.as_ref().and_then(|id| reservations.get(id));
            by_reservation.entry(reservation.cloned().unwrap_or_default()).or_default().push(instance);
        }
        let reservation = |(id, instances): (String, Vec<api::Instance>)| api::Reservation {
            reservation_id: Some(id),
            owner_id: text(&call.scope.account),
            groups: Some(Vec::new()),
            instances: Some(instances),
            ..Default::default()
        };
        Ok(api::DescribeInstancesResult {
            reservations: Some(by_reservation.into_iter().map(reservation).collect()),
            next_token: page.next_token,
        })
    }
}

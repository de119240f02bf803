//! Shows how instances that gather credits may go beyond their baseline.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceCreditSpecifications.html>

use crate::model::instance_type;
use crate::op::*;
use crate::render::{one, text};

impl Handler<Ec2> for api::DescribeInstanceCreditSpecifications {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeInstanceCreditSpecifications"))
    }

    /// No instance is slowed down for want of credits, which AWS calls `unlimited`.
    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let ids = ("instancesSet", &input.instance_ids);
        let wanted = Wanted::new(&input.filters, input.max_results, &input.next_token, ids);
        let mut rows = ec2.look(call).await?.named::<Instance>(input.instance_ids.as_ref())?;
        rows.retain(|row| instance_type::find(&row.instance_type).is_some_and(|kind| kind.burstable));
        let shown = rows.iter().map(|row| api::InstanceCreditSpecification {
            instance_id: text(&row.id),
            cpu_credits: text("unlimited"),
        });
        let page = wanted.select(shown.collect())?;
        Ok(api::DescribeInstanceCreditSpecificationsResult {
            instance_credit_specifications: Some(page.items),
            next_token: page.next_token,
        })
    }
}

impl Facts for api::InstanceCreditSpecification {
    const FILTERS: &'static [&'static str] = &["instance-id"];

    fn facts(&self, _: &str) -> Vec<String> {
        one(self.instance_id.as_ref())
    }

    fn tags(&self) -> &[api::Tag] {
        &[]
    }

    fn id(&self) -> &str {
        self.instance_id.as_deref().unwrap_or_default()
    }
}

//! Shows what the account may have.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html>

use crate::default_vpc;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeAccountAttributes {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeAccountAttributes"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = input.attribute_names.as_deref().unwrap_or_default();
        let known = render::account_attributes(default_vpc::find(&ec2.look(call).await?)?.as_deref());
        if let Some(wrong) = wanted.iter().find(|name| !known.iter().any(|(k, _)| k == name)) {
            return Err(invalid_value(format!(
                "Value ({wrong}) for parameter attribute is invalid. Unknown attribute."
            )));
        }
        let chosen = known.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|w| w == name));
        let attributes = chosen.map(|(name, value)| api::AccountAttribute {
            attribute_name: render::text(name),
            attribute_values: Some(vec![api::AccountAttributeValue { attribute_value: render::text(value) }]),
        });
        Ok(api::DescribeAccountAttributesResult { account_attributes: Some(attributes.collect()) })
    }
}

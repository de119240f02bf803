//! Shows launch templates.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplates.html>

use crate::launch_templates;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeLaunchTemplates {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeLaunchTemplates"))
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
            ("launchTemplateIdsSet", &input.launch_template_ids),
        )
        .at_most(input.max_results);
        let view = ec2.look(call).await?;
        let mut rows = view.named::<LaunchTemplate>(input.launch_template_ids.as_ref())?;
        if let Some(names) = input.launch_template_names.as_ref().filter(|names| !names.is_empty()) {
            for name in names {
                if launch_templates::by_name(&view, name)?.is_none() {
                    return Err(launch_templates::no_name(name));
                }
            }
            rows.retain(|row| names.contains(&row.name));
        }
        let page = wanted.select(rows.iter().map(|row| render::launch_template(row)).collect())?;
        Ok(api::DescribeLaunchTemplatesResult {
            launch_templates: Some(page.items),
            next_token: page.next_token,
        })
    }
}

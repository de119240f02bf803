//! Shows versions of one launch template, the newest first, or the latest or default versions of all.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplateVersions.html>

use crate::filter::filtered;
use crate::launch_templates;
use crate::op::*;
use crate::render;

const MAX_RESULTS: i32 = 200;

impl Handler<Ec2> for api::DescribeLaunchTemplateVersions {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeLaunchTemplateVersions"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let view = ec2.look(call).await?;
        let shown = filtered(wanted(&view, &input)?, input.filters.as_ref())?;
        let most = input.max_results.unwrap_or(MAX_RESULTS);
        let limit = usize::try_from(most).ok().filter(|_| (1..=MAX_RESULTS).contains(&most));
        let limit = limit.ok_or_else(|| bad_value(most, "MaxResults", "Expecting a value from 1 to 200."))?;
        let begin = match &input.next_token {
            None => 0,
            Some(token) => shown.iter().position(|one| token_of(one) == *token).ok_or_else(|| {
                ServiceError::client("InvalidNextToken", format!("The token '{token}' is invalid"))
            })?,
        };
        let next_token = shown.get(begin + limit).map(token_of);
        Ok(api::DescribeLaunchTemplateVersionsResult {
            launch_template_versions: Some(shown.into_iter().skip(begin).take(limit).collect()),
            next_token,
        })
    }
}

/// Names the first one of a page.
fn token_of(version: &api::LaunchTemplateVersion) -> String {
    let id = version.launch_template_id.as_deref().unwrap_or_default();
    format!("{id}.{}", version.version_number.unwrap_or_default())
}

fn wanted(
    view: &impl Read,
    input: &api::DescribeLaunchTemplateVersionsRequest,
) -> Result<Vec<api::LaunchTemplateVersion>, ServiceError> {
    let (id, name) = (input.launch_template_id.as_ref(), input.launch_template_name.as_ref());
    let asked = input.versions.as_ref().filter(|versions| !versions.is_empty());
    if id.is_none() && name.is_none() {
        let only_aliases = |all: &&Vec<String>| all.iter().all(|one| one == "$Latest" || one == "$Default");
        let Some(asked) = asked.filter(only_aliases) else {
            return Err(missing("launch template ID or launch template name"));
        };
        let mut found = Vec::new();
        for template in view.all::<LaunchTemplate>()? {
            found.extend(named(view, &template, asked)?);
        }
        return Ok(found);
    }
    let template = launch_templates::find(view, id, name)?;
    if let Some(asked) = asked {
        return named(view, &template, asked);
    }
    let bound = |text: &Option<String>, otherwise| match text {
        None => Ok(otherwise),
        some => launch_templates::number(&template, some.as_ref()),
    };
    let range = bound(&input.min_version, 1)?..=bound(&input.max_version, i64::MAX)?;
    let rows = launch_templates::versions(view, &template)?;
    let inside = rows.iter().rev().filter(|row| range.contains(&row.number));
    inside.map(|row| render::launch_template_version(&template, row)).collect()
}

fn named(
    view: &impl Read,
    template: &LaunchTemplate,
    asked: &[String],
) -> Result<Vec<api::LaunchTemplateVersion>, ServiceError> {
    let numbers = asked.iter().map(|text| launch_templates::number(template, Some(text)));
    let numbers: std::collections::BTreeSet<i64> = numbers.collect::<Result<_, _>>()?;
    let one = |number: &i64| {
        render::launch_template_version(template, &*launch_templates::version(view, template, *number)?)
    };
    numbers.iter().rev().map(one).collect()
}

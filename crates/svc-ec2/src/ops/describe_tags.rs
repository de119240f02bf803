//! Shows tags across all kinds of resources.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html>

use crate::op::*;
use crate::render::{one, text};

impl Handler<Ec2> for api::DescribeTags {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeTags"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = Wanted::new(&input.filters, input.max_results, &input.next_token, ("", &None));
        let page = wanted.select(all_tags(&ec2.look(call).await?)?)?;
        let tags = page.items.into_iter().map(|tag| tag.shown).collect();
        Ok(api::DescribeTagsResult { tags: Some(tags), next_token: page.next_token })
    }
}

/// One tag of one resource.
struct Described {
    shown: api::TagDescription,
    id: String,
    tags: [api::Tag; 1],
}

fn all_tags(view: &impl Read) -> Result<Vec<Described>, ServiceError> {
    let mut out = Vec::new();
    collect::<Instance>(view, &mut out)?;
    collect::<Vpc>(view, &mut out)?;
    collect::<Subnet>(view, &mut out)?;
    collect::<RouteTable>(view, &mut out)?;
    collect::<InternetGateway>(view, &mut out)?;
    collect::<Address>(view, &mut out)?;
    collect::<NatGateway>(view, &mut out)?;
    collect::<SecurityGroup>(view, &mut out)?;
    collect::<SecurityGroupRule>(view, &mut out)?;
    collect::<NetworkAcl>(view, &mut out)?;
    collect::<NetworkInterface>(view, &mut out)?;
    collect::<VpcEndpoint>(view, &mut out)?;
    collect::<NetworkInsightsPath>(view, &mut out)?;
    collect::<NetworkInsightsAnalysis>(view, &mut out)?;
    collect::<NetworkInsightsAccessScope>(view, &mut out)?;
    collect::<NetworkInsightsAccessScopeAnalysis>(view, &mut out)?;
    Ok(out)
}

fn collect<R: Resource>(view: &impl Read, out: &mut Vec<Described>) -> Result<(), ServiceError> {
    for row in view.all::<R>()? {
        for (key, value) in row.tags() {
            let (key, value) = (Some(key.clone()), Some(value.clone()));
            out.push(Described {
                id: format!("{}={}", row.id(), key.as_deref().unwrap_or_default()),
                tags: [api::Tag { key: key.clone(), value: value.clone() }],
                shown: api::TagDescription {
                    key,
                    value,
                    resource_id: text(row.id()),
                    resource_type: text(R::KIND),
                },
            });
        }
    }
    Ok(())
}

impl Facts for Described {
    const FILTERS: &'static [&'static str] = &["key", "resource-id", "resource-type", "value"];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "key" => one(self.shown.key.as_ref()),
            "resource-id" => one(self.shown.resource_id.as_ref()),
            "resource-type" => one(self.shown.resource_type.as_ref()),
            "value" => one(self.shown.value.as_ref()),
            _ => Vec::new(),
        }
    }

    fn tags(&self) -> &[api::Tag] {
        &self.tags
    }

    fn id(&self) -> &str {
        &self.id
    }
}

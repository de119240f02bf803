//! Shows the route tables and security groups that name a prefix list.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListAssociations.html>

use crate::op::*;
use crate::prefix_lists;

impl Handler<Ec2> for api::GetManagedPrefixListAssociations {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "GetManagedPrefixListAssociations")
            .on::<PrefixList>(required(&input.prefix_list_id, "PrefixListId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let view = ec2.look(call).await?;
        let list = prefix_lists::find_own(&view, required(&input.prefix_list_id, "PrefixListId")?)?;
        let owner = call.scope.account.to_string();
        let shown = |id: String| api::PrefixListAssociation {
            resource_id: Some(id),
            resource_owner: Some(owner.clone()),
        };
        let users = prefix_lists::users(&view, &list.id)?.into_iter().map(shown).collect();
        let wanted = Wanted::new(&None, input.max_results, &input.next_token, ("prefixListId", &None));
        let page = wanted.select(users)?;
        Ok(api::GetManagedPrefixListAssociationsResult {
            prefix_list_associations: Some(page.items),
            next_token: page.next_token,
        })
    }
}

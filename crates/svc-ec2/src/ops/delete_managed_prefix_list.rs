//! Deletes a prefix list that no route and no rule names.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteManagedPrefixList.html>

use crate::op::*;
use crate::prefix_lists;
use crate::render;

impl Handler<Ec2> for api::DeleteManagedPrefixList {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteManagedPrefixList")
            .on::<PrefixList>(required(&input.prefix_list_id, "PrefixListId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.prefix_list_id, "PrefixListId")?;
        ec2.change(call, input.dry_run, |change| {
            let list = prefix_lists::find_own(change, id)?;
            if !prefix_lists::users(change, &list.id)?.is_empty() {
                return Err(dependency("prefix list", id));
            }
            change.remove(&*list)?;
            let mut shown = render::prefix_list(&list, true);
            shown.state = render::text("delete-in-progress");
            Ok(api::DeleteManagedPrefixListResult { prefix_list: Some(shown) })
        })
        .await
    }
}

//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateOrUpdateTags.html>

use crate::invalid::validation;
use crate::state::Group;
use crate::{Scaling, access, api};
use crate::{find, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::CreateOrUpdateTags {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        let tags = input.tags.iter().flatten();
        let asked =
            tags.map(|tag| access::on(&state, call, "CreateOrUpdateTags", tag.resource_id.as_deref()));
        let asked: Vec<Access> =
            asked.map(|access| access::with_request_tags(access, input.tags.as_ref())).collect();
        Ok(if asked.is_empty() { access::on_all("CreateOrUpdateTags") } else { asked })
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let given = tags::given(input.tags.as_ref(), None)?;
        scaling
            .store
            .write(|tx| {
                for (of, key, tag) in given {
                    let found = find::group(&tx.snapshot(), &call.scope, Some(&of));
                    let missing = |error: ServiceError| match error.code == "ValidationError" {
                        true => validation(format!(
                            "AutoScalingGroup not found - AutoScaling Group {of} not found"
                        )),
                        false => error,
                    };
                    let found = found.map_err(missing)?;
                    let mut group = Group::clone(&found);
                    group.tags.insert(key, tag);
                    tags::capped(&group.tags)?;
                    tx.put(&group)?;
                }
                Ok::<_, ServiceError>(())
            })
            .await?;
        Ok(Default::default())
    }
}

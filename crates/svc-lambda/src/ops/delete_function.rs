//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html>

use super::{access, named};
use crate::lambda::Lambda;
use crate::model::Function;
use crate::release::Release;
use crate::run::QueuedEvent;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::DeleteFunction {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "DeleteFunction", &named)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        if named.qualifier.is_some() && named.is_latest() {
            return Err(error::invalid_parameter(
                "$LATEST version cannot be deleted without deleting the function.",
            ));
        }
        lambda.function(&named)?;
        let key = named.key();
        lambda
            .store
            .write(|tx: &mut Tx| {
                let found = tx.get::<Function>(&key)?;
                let function = found.ok_or_else(|| error::function_not_found(&named.arn()))?;
                tx.delete::<Function>(&key)?;
                for event in tx.scan::<QueuedEvent>(&QueuedEvent::prefix(&named))? {
                    tx.delete::<QueuedEvent>(&store::Table::key(&*event))?;
                }
                if function.may_hold_interfaces() {
                    tx.put(&Release::of(&named))?;
                }
                Ok::<_, ServiceError>(())
            })
            .await?;
        // Now rather than on the reconciler's next round, so that whoever deletes the security
        // group next finds the interface gone.
        lambda.pools.retire(&key, None).await;
        lambda.cold_starts.forget(&key);
        lambda.release_if_noted(&named).await;
        lambda.nudge.notify_one();
        Ok(api::DeleteFunctionResponse { status_code: Some(204) })
    }
}

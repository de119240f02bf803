//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html>

use super::{access, named};
use crate::lambda::Lambda;
use crate::model::{Alias, EventInvokeConfig, Function, FunctionUrl, ProvisionedConcurrency};
use crate::name::{Named, Target};
use crate::release::Release;
use crate::run::QueuedEvent;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

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
        match named.target() {
            Target::Alias(_) => {
                return Err(error::invalid_parameter("Deletion of aliases is not currently supported."));
            }
            Target::Version(number) => delete_version(lambda, &named, number).await?,
            Target::Latest => delete_whole(lambda, &named).await?,
        }
        lambda.nudge.notify_one();
        Ok(api::DeleteFunctionResponse { status_code: Some(204) })
    }
}

/// A version that an alias leads to stays; one that is gone already is gone.
async fn delete_version(lambda: &Lambda, named: &Named, number: &str) -> Result<(), ServiceError> {
    let (key, whole) = (named.scope.key(&format!("{}:{number}", named.name)), named.key());
    lambda
        .store
        .write(|tx: &mut Tx| {
            if tx.get::<Function>(&whole)?.is_none() {
                return Err(error::function_not_found(&named.qualified_arn()));
            }
            let aliases = tx.scan::<Alias>(&named.prefix())?;
            let leading: Vec<&str> =
                aliases.iter().filter(|a| a.leads_to(number)).map(|a| a.name.as_str()).collect();
            if !leading.is_empty() {
                return Err(error::conflict(format!(
                    "Unable to delete version because the following aliases reference it: [{}]",
                    leading.join(", ")
                )));
            }
            tx.delete::<EventInvokeConfig>(&EventInvokeConfig::key_of(named))?;
            tx.delete::<ProvisionedConcurrency>(&key)?;
            delete_row(tx, &key)
        })
        .await?;
    lambda.concurrency.changed();
    end_environments(lambda, &key, named).await;
    Ok(())
}

/// The function with its versions, its aliases, and the events that wait for it.
async fn delete_whole(lambda: &Lambda, named: &Named) -> Result<(), ServiceError> {
    let key = named.key();
    let (versions, events) = lambda
        .store
        .write(|tx: &mut Tx| {
            if tx.get::<Function>(&key)?.is_none() {
                return Err(error::function_not_found(&named.arn()));
            }
            delete_row(tx, &key)?;
            let versions = tx.scan::<Function>(&named.prefix())?;
            for version in &versions {
                delete_row(tx, &version.key())?;
            }
            for config in tx.scan::<EventInvokeConfig>(&named.prefix())? {
                tx.delete::<EventInvokeConfig>(&config.key())?;
            }
            for config in tx.scan::<ProvisionedConcurrency>(&named.prefix())? {
                tx.delete::<ProvisionedConcurrency>(&config.key())?;
            }
            for url in tx.scan::<FunctionUrl>(&named.prefix())? {
                tx.delete::<FunctionUrl>(&url.key())?;
            }
            for alias in tx.scan::<Alias>(&named.prefix())? {
                tx.delete::<Alias>(&alias.key())?;
            }
            let events = tx.scan::<QueuedEvent>(&QueuedEvent::prefix(named))?;
            let events: Vec<String> = events.iter().map(|event| event.key()).collect();
            for event in &events {
                tx.delete::<QueuedEvent>(event)?;
            }
            Ok((versions, events))
        })
        .await?;
    lambda.schedule.forget(&events);
    lambda.concurrency.changed();
    for version in versions {
        end_environments(lambda, &version.key(), &version.named()).await;
    }
    end_environments(lambda, &key, &named.unqualified()).await;
    Ok(())
}

fn delete_row(tx: &mut Tx, key: &str) -> Result<(), ServiceError> {
    if let Some(function) = tx.get::<Function>(key)? {
        tx.delete::<Function>(key)?;
        if function.may_hold_interfaces() {
            tx.put(&Release::of(&function.named()))?;
        }
    }
    Ok(())
}

/// Now rather than on the reconciler's next round, so that whoever deletes the security group
/// next finds the interface gone.
async fn end_environments(lambda: &Lambda, key: &str, named: &Named) {
    lambda.pools.retire(key, None).await;
    lambda.cold_starts.forget(key);
    lambda.scaling.forget(key);
    lambda.release_if_noted(named).await;
}

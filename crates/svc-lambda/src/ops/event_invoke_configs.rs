//! What the operations on event invoke configs share.

use crate::lambda::Lambda;
use crate::model::EventInvokeConfig;
use crate::name::{LATEST, Named};
use crate::{api, error};
use service::ServiceError;

pub fn must_say_something(
    age: Option<i32>,
    retries: Option<i32>,
    destinations: Option<&api::DestinationConfig>,
) -> Result<(), ServiceError> {
    if age.is_none() && retries.is_none() && destinations.is_none() {
        return Err(error::invalid_parameter(
            "You must specify at least one of error handling or destination setting.",
        ));
    }
    Ok(())
}

pub fn must_exist(lambda: &Lambda, named: &Named) -> Result<(), ServiceError> {
    match lambda.find(named)? {
        Some(_) => Ok(()),
        None => Err(error::not_found("The function doesn't exist.")),
    }
}

pub fn absent(named: &Named) -> ServiceError {
    let qualified = named.qualified(named.qualifier.as_deref().unwrap_or(LATEST));
    let arn = qualified.qualified_arn();
    error::not_found(format!("The function {arn} doesn't have an EventInvokeConfig"))
}

pub fn found(lambda: &Lambda, named: &Named) -> Result<EventInvokeConfig, ServiceError> {
    let found = lambda.store.read().get::<EventInvokeConfig>(&EventInvokeConfig::key_of(named))?;
    found.map(|config| EventInvokeConfig::clone(&config)).ok_or_else(|| absent(named))
}

//! Secrets Manager as RDS needs it: managed master passwords, and sealing.

use base::{Arn, Clock, Scope};
use keyring::Keyring;
use std::sync::Arc;
use svc_rds::needs::{NeedError, Password, Pending, Secrets};
use svc_secretsmanager::{ManagedSpec, SecretsManager};

pub struct ManagedSecrets {
    pub secrets: Arc<SecretsManager>,
    pub keyring: Keyring,
    pub clock: Arc<dyn Clock>,
}

fn failed(step: &'static str) -> impl Fn(&dyn std::fmt::Display) -> NeedError {
    move |error| NeedError::Step { step, reason: error.to_string() }
}

impl Secrets for ManagedSecrets {
    fn create<'a>(
        &'a self,
        scope: &'a Scope,
        name: &'a str,
        value: &'a Password,
    ) -> Pending<'a, Result<Arn, NeedError>> {
        Box::pin(async move {
            let spec = ManagedSpec {
                name: name.to_owned(),
                description: "The master user's password of a DB instance".to_owned(),
                owning_service: "rds".to_owned(),
                tags: Vec::new(),
                value: value.expose().to_owned(),
            };
            let made = match self.secrets.create_managed(scope, spec, self.clock.now()).await {
                // Made before a crash: the name is one database's, and its password is still the same.
                Err(error) if error.code == "ResourceExistsException" => {
                    self.secrets.arn_of(scope, name, self.clock.now())
                }
                made => made.map(|made| made.arn),
            };
            let arn = made.map_err(|e| failed("create the master user secret")(&e))?;
            arn.parse().map_err(|e: base::ArnError| failed("read the secret's ARN")(&e))
        })
    }

    fn delete<'a>(&'a self, scope: &'a Scope, name: &'a str) -> Pending<'a, Result<(), NeedError>> {
        Box::pin(async move {
            let gone = self.secrets.delete_managed(scope, name, self.clock.now()).await;
            gone.map_err(|e| failed("delete the master user secret")(&e))
        })
    }

    fn seal(&self, context: &str, value: &Password) -> Result<String, NeedError> {
        let sealed = self.keyring.seal(context.as_bytes(), value.expose().as_bytes());
        sealed.map(hex::encode).map_err(|e| failed("seal a password")(&e))
    }

    fn open(&self, context: &str, sealed: &str) -> Result<Password, NeedError> {
        let bytes = hex::decode(sealed).map_err(|e| failed("read a sealed password")(&e))?;
        let plain =
            self.keyring.open(context.as_bytes(), &bytes).map_err(|e| failed("open a password")(&e))?;
        String::from_utf8(plain).map(Password::new).map_err(|e| failed("open a password")(&e))
    }
}

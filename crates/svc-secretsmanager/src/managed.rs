//! Secrets that another service keeps for its users, such as the master password that RDS
//! manages: made, read and removed by code, changed by nobody else.
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html>

use crate::SecretsManager;
use crate::model::secret::Tag;
use crate::secret_id::check_name;
use crate::value::Plain;
use base::{Scope, Timestamp};
use service::ServiceError;
use std::fmt;

/// What to make.
pub struct ManagedSpec {
    /// `rds!db-…`: the service's name, an exclamation mark, and what it is for.
    pub name: String,
    pub description: String,
    /// The service's name as `OwningService` shows it, `rds`.
    pub owning_service: String,
    /// Further tags, such as `aws:rds:primaryDBInstanceArn`.
    pub tags: Vec<(String, String)>,
    /// The value, usually JSON with `username` and `password`.
    pub value: String,
}

impl fmt::Debug for ManagedSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedSecret {
    pub arn: String,
    pub name: String,
    pub version_id: String,
}

impl SecretsManager {
    /// Makes a secret on behalf of a service.
    ///
    /// # Errors
    /// AWS's errors when the name is taken or a quota is reached.
    pub async fn create_managed(
        &self,
        scope: &Scope,
        spec: ManagedSpec,
        now: Timestamp,
    ) -> Result<ManagedSecret, ServiceError> {
        check_name(&spec.name)?;
        let version_id = self.ids.uuid();
        let plain = Plain::text(spec.value);
        self.store
            .write(|tx| {
                let mut secret = self.new_secret(tx, scope, &spec.name, now)?;
                let owner = ("aws:secretsmanager:owningService".to_owned(), spec.owning_service.clone());
                secret.tags =
                    spec.tags.into_iter().chain([owner]).map(|(key, value)| Tag { key, value }).collect();
                secret.description = Some(spec.description);
                secret.owning_service = Some(spec.owning_service);
                self.put_version(tx, &mut secret, &version_id, &plain, &[], now)?;
                tx.put(&secret)?;
                Ok(ManagedSecret { arn: secret.arn(), name: secret.name, version_id })
            })
            .await
    }

    /// The ARN of the secret with this name, for the service that owns it.
    ///
    /// # Errors
    /// AWS's errors when there is no such secret.
    pub fn arn_of(&self, scope: &Scope, name: &str, now: Timestamp) -> Result<String, ServiceError> {
        Ok(self.find(&self.store.read(), scope, name, now)?.arn())
    }

    /// The current value of a secret, for the service that owns it.
    ///
    /// # Errors
    /// AWS's errors when there is no such secret or it has no current value.
    pub fn read_managed(&self, scope: &Scope, id: &str, now: Timestamp) -> Result<String, ServiceError> {
        let snapshot = self.store.read();
        let secret = self.find(&snapshot, scope, id, now)?;
        let version = Self::choose_version(&secret, None, None)?;
        let (text, _) = self.unseal(&snapshot, &secret, &version)?.into_members()?;
        text.ok_or_else(|| ServiceError::internal("a managed secret holds bytes"))
    }

    /// Gives a secret a new current value; the id of its version.
    ///
    /// # Errors
    /// AWS's errors when there is no such secret.
    pub async fn update_managed(
        &self,
        scope: &Scope,
        id: &str,
        value: String,
        now: Timestamp,
    ) -> Result<String, ServiceError> {
        let version_id = self.ids.uuid();
        let plain = Plain::text(value);
        self.store
            .write(|tx| {
                let mut secret = self.find_live(tx, scope, id, now)?;
                self.put_version(tx, &mut secret, &version_id, &plain, &[], now)?;
                tx.put(&secret)?;
                Ok(version_id)
            })
            .await
    }

    /// Removes a secret at once, as its service does when it has no more use for it. A secret
    /// that is not there is no error: the end is the same.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete_managed(&self, scope: &Scope, id: &str, now: Timestamp) -> Result<(), ServiceError> {
        self.store
            .write(|tx| match self.find(&tx.snapshot(), scope, id, now) {
                Ok(secret) => self.erase(tx, &secret),
                Err(error) if error.code == "ResourceNotFoundException" => Ok(()),
                Err(error) => Err(error),
            })
            .await
    }
}

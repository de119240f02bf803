//! What is stored: secrets, and apart from them their sealed values.

use crate::model::secret::Secret;
use crate::model::stages::CURRENT;
use crate::secret_id::{Candidate, SUFFIX, SUFFIX_ALPHABET, candidates};
use crate::value::{Plain, ValueKind};
use crate::{SecretsManager, error, quota};
use base::{Scope, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::sync::Arc;
use store::{Snapshot, Table, Tx};

impl Table for Secret {
    const NAME: &'static str = "secretsmanager.secret";

    fn key(&self) -> String {
        self.scope.key(&self.name)
    }
}

/// The value of one version, sealed for its secret's ARN and its version id.
#[derive(Serialize, Deserialize)]
pub(crate) struct SealedValue {
    scope: Scope,
    /// Name and suffix, so that a secret which takes the name of a deleted one has its own values.
    secret: String,
    version: String,
    kind: ValueKind,
    sealed: String,
}

impl Table for SealedValue {
    const NAME: &'static str = "secretsmanager.value";

    fn key(&self) -> String {
        value_key(&self.scope, &self.secret, &self.version)
    }
}

fn value_key(scope: &Scope, secret: &str, version: &str) -> String {
    // A name has no colon, so the parts cannot run into one another.
    scope.key(&format!("{secret}:{version}"))
}

fn unique_name(secret: &Secret) -> String {
    format!("{}-{}", secret.name, secret.suffix)
}

fn associated_data(arn: &str, version: &str) -> Vec<u8> {
    format!("{arn}|{version}").into_bytes()
}

impl SecretsManager {
    /// The secret that `id` names.
    ///
    /// # Errors
    /// AWS's `ResourceNotFoundException`, also for secrets whose recovery window is over.
    pub(crate) fn find(
        &self,
        snapshot: &Snapshot,
        here: &Scope,
        id: &str,
        now: Timestamp,
    ) -> Result<Arc<Secret>, ServiceError> {
        for Candidate { scope, name, suffix } in candidates(here, id) {
            if let Some(secret) = snapshot.get::<Secret>(&scope.key(&name))?
                && suffix.is_none_or(|suffix| suffix == secret.suffix)
                && !secret.is_gone(now)
            {
                return Ok(secret);
            }
        }
        Err(error::not_found())
    }

    /// The secret to change inside a transaction; it must not be marked for deletion.
    pub(crate) fn find_live(
        &self,
        tx: &Tx,
        here: &Scope,
        id: &str,
        now: Timestamp,
    ) -> Result<Secret, ServiceError> {
        let secret = self.find(&tx.snapshot(), here, id, now)?;
        if secret.is_deleted() { Err(error::marked_for_deletion()) } else { Ok(Secret::clone(&secret)) }
    }

    /// A new secret in this scope; one of that name must not be there, nor wait for deletion.
    pub(crate) fn new_secret(
        &self,
        tx: &mut Tx,
        scope: &Scope,
        name: &str,
        now: Timestamp,
    ) -> Result<Secret, ServiceError> {
        if let Some(existing) = tx.get::<Secret>(&scope.key(name))? {
            if !existing.is_gone(now) {
                return Err(match existing.is_deleted() {
                    true => error::invalid_request(
                        "You can't create this secret because a secret with this name is already scheduled for deletion.",
                    ),
                    false => error::already_exists(name),
                });
            }
            self.erase(tx, &existing)?;
        }
        if tx.scan::<Secret>(&scope.prefix())?.len() >= quota::SECRETS {
            return Err(error::limit_exceeded(
                "The request failed because it would exceed one of the Secrets Manager quotas.",
            ));
        }
        Ok(Secret::new(scope.clone(), name.to_owned(), self.ids.pick(SUFFIX, SUFFIX_ALPHABET), now))
    }

    /// Adds a version with this value, as both PutSecretValue and CreateSecret do. The same
    /// token with the same value changes nothing.
    pub(crate) fn put_version(
        &self,
        tx: &mut Tx,
        secret: &mut Secret,
        token: &str,
        plain: &Plain,
        stages: &[String],
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        if secret.version(token).is_some() {
            let same = self.unseal(&tx.snapshot(), secret, token)? == *plain;
            return if same { Ok(()) } else { Err(error::token_in_use(token, &secret.arn())) };
        }
        for dropped in secret.add_version(token, stages, now)? {
            tx.delete::<SealedValue>(&value_key(&secret.scope, &unique_name(secret), &dropped))?;
        }
        tx.put(&self.seal(secret, token, plain)?)?;
        Ok(())
    }

    fn seal(&self, secret: &Secret, version: &str, plain: &Plain) -> Result<SealedValue, ServiceError> {
        let place = associated_data(&secret.arn(), version);
        let sealed = self.keyring.seal(&place, &plain.bytes).map_err(ServiceError::internal)?;
        Ok(SealedValue {
            scope: secret.scope.clone(),
            secret: unique_name(secret),
            version: version.to_owned(),
            kind: plain.kind,
            sealed: STANDARD.encode(sealed),
        })
    }

    /// The value of a version in the clear.
    ///
    /// # Errors
    /// AWS's `DecryptionFailure` when it does not open with the key of this data directory.
    pub(crate) fn unseal(
        &self,
        snapshot: &Snapshot,
        secret: &Secret,
        version: &str,
    ) -> Result<Plain, ServiceError> {
        let key = value_key(&secret.scope, &unique_name(secret), version);
        let stored =
            snapshot.get::<SealedValue>(&key)?.ok_or_else(|| error::no_value_for_version(version))?;
        let opened = STANDARD
            .decode(&stored.sealed)
            .ok()
            .and_then(|sealed| self.keyring.open(&associated_data(&secret.arn(), version), &sealed).ok());
        let bytes = opened.ok_or_else(|| {
            tracing::error!(secret = secret.arn(), version, "a stored secret value does not open");
            ServiceError::client(
                "DecryptionFailure",
                "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
            )
        })?;
        Ok(Plain { kind: stored.kind, bytes })
    }

    /// The id of the version that is asked for by id, by label, by both, or by neither.
    pub(crate) fn choose_version(
        secret: &Secret,
        id: Option<&str>,
        stage: Option<&str>,
    ) -> Result<String, ServiceError> {
        let chosen = match (id, stage) {
            (Some(id), stage) => {
                let version = secret.version(id).ok_or_else(|| error::no_value_for_version(id))?;
                if stage.is_some_and(|stage| !version.stages.iter().any(|s| s == stage)) {
                    return Err(error::invalid_request(
                        "You provided a VersionStage that is not associated to the provided VersionId.",
                    ));
                }
                version
            }
            (None, stage) => {
                let stage = stage.unwrap_or(CURRENT);
                secret.version_at(stage).ok_or_else(|| error::no_value_for_stage(stage))?
            }
        };
        Ok(chosen.id.clone())
    }

    /// Removes a secret and all its values.
    pub(crate) fn erase(&self, tx: &mut Tx, secret: &Secret) -> Result<(), ServiceError> {
        for version in &secret.versions {
            tx.delete::<SealedValue>(&value_key(&secret.scope, &unique_name(secret), &version.id))?;
        }
        tx.delete::<Secret>(&secret.key())?;
        Ok(())
    }

    /// Removes the secrets whose recovery window is over, with their values; how many. They
    /// cannot be seen any more in any case; this is what makes them unrecoverable.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn erase_due(&self, now: Timestamp) -> Result<usize, ServiceError> {
        let due = |snapshot: &Snapshot| -> Result<Vec<Arc<Secret>>, store::Fault> {
            let mut all = snapshot.scan::<Secret>("")?;
            all.retain(|secret| secret.is_gone(now));
            Ok(all)
        };
        if due(&self.store.read())?.is_empty() {
            return Ok(0);
        }
        self.store
            .write(|tx| {
                let gone = due(&tx.snapshot())?;
                for secret in &gone {
                    self.erase(tx, secret)?;
                }
                Ok(gone.len())
            })
            .await
    }
}

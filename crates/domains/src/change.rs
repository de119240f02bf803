//! Making, changing and unmaking domain names and their mappings, whichever interface asks.

use crate::needs::{StageFound, Surroundings};
use crate::state::DomainOwner;
use crate::{BasePath, DOMAIN_NAMES_MAX, DomainName, Endpoint, MAPPINGS_PER_DOMAIN_MAX, Mapping, Tags};
use base::{Ids, Scope, Timestamp};
use std::sync::Arc;
use store::{Fault, Snapshot, Store, Table, Tx};

/// Why it cannot be done. Each interface has its words.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DomainError {
    #[error("there is no such domain name")]
    NoDomain,
    #[error("the domain name exists")]
    DomainExists,
    #[error("`{0}` is no domain name")]
    BadName(String),
    #[error("there are as many domain names as there may be")]
    TooManyDomains,
    #[error("the certificate `{arn}` is not in `{region}`")]
    CertificateElsewhere { arn: String, region: String },
    #[error("there is no certificate `{0}`")]
    NoCertificate(String),
    #[error("the certificate does not cover the name")]
    NotCovered,
    #[error("there is no such mapping")]
    NoMapping,
    #[error("the base path is mapped")]
    Mapped,
    #[error("`{0}` is no base path")]
    BadBasePath(String),
    #[error("there are as many mappings as there may be")]
    TooManyMappings,
    #[error("there is no such API")]
    NoApi,
    #[error("there is no such stage")]
    NoStage,
    #[error(transparent)]
    Store(#[from] Fault),
}

/// A domain name that is to be made.
pub struct Wanted {
    pub name: String,
    pub endpoint: Endpoint,
    pub certificate: String,
    pub certificate_name: Option<String>,
    pub tags: Tags,
}

/// Where the certificates of edge-optimized domain names are.
const EDGE_REGION: &str = "us-east-1";
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const NAME_MAX: usize = 253;

pub struct Domains {
    store: Store,
    surroundings: Arc<dyn Surroundings>,
    ids: Arc<dyn Ids>,
}

impl Domains {
    pub fn new(store: Store, surroundings: Arc<dyn Surroundings>, ids: Arc<dyn Ids>) -> Arc<Self> {
        Arc::new(Self { store, surroundings, ids })
    }

    pub fn rows(&self) -> Snapshot {
        self.store.read()
    }

    pub async fn create(
        &self,
        scope: &Scope,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<DomainName, DomainError> {
        let domain = DomainName {
            scope: scope.clone(),
            name: wanted.name.to_ascii_lowercase(),
            endpoint: wanted.endpoint,
            certificate: wanted.certificate,
            certificate_name: wanted.certificate_name,
            target: self.ids.pick(10, LETTERS),
            uploaded: now,
            tags: wanted.tags,
        };
        if !is_domain_name(&domain.name) {
            return Err(DomainError::BadName(wanted.name));
        }
        self.store
            .write(|tx: &mut Tx| {
                if tx.get::<DomainOwner>(&domain.name)?.is_some() {
                    return Err(DomainError::DomainExists);
                }
                if tx.scan::<DomainName>(&scope.prefix())?.len() >= DOMAIN_NAMES_MAX {
                    return Err(DomainError::TooManyDomains);
                }
                self.check_certificate(&tx.snapshot(), &domain)?;
                tx.put(&DomainOwner { name: domain.name.clone(), scope: scope.clone() })?;
                tx.put(&domain)?;
                Ok(domain)
            })
            .await
    }

    /// Changes a domain name; `change` may give a certificate, which is looked at then.
    pub async fn change<E: From<DomainError> + From<Fault> + Send + 'static>(
        &self,
        scope: &Scope,
        name: &str,
        now: Timestamp,
        change: impl FnOnce(&mut DomainName) -> Result<(), E> + Send,
    ) -> Result<DomainName, E> {
        self.store
            .write(|tx: &mut Tx| {
                let known = domain(&tx.snapshot(), scope, name)?;
                let mut changed = DomainName::clone(&known);
                change(&mut changed)?;
                if changed.certificate != known.certificate || changed.endpoint != known.endpoint {
                    self.check_certificate(&tx.snapshot(), &changed)?;
                    changed.uploaded = now;
                }
                tx.put(&changed)?;
                Ok(changed)
            })
            .await
    }

    /// Deletes a domain name with its mappings.
    pub async fn delete(&self, scope: &Scope, name: &str) -> Result<(), DomainError> {
        self.store
            .write(|tx: &mut Tx| {
                let known = domain(&tx.snapshot(), scope, name)?;
                for mapping in mappings(&tx.snapshot(), scope, name)? {
                    tx.delete::<Mapping>(&mapping.key())?;
                }
                tx.delete::<DomainOwner>(&known.name)?;
                tx.delete::<DomainName>(&known.key())?;
                Ok(())
            })
            .await
    }

    /// # Errors
    /// When there is none of this name.
    pub fn domain(&self, scope: &Scope, name: &str) -> Result<Arc<DomainName>, DomainError> {
        domain(&self.store.read(), scope, name)
    }

    /// All of a scope, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn all(&self, scope: &Scope) -> Result<Vec<Arc<DomainName>>, DomainError> {
        Ok(self.store.read().scan::<DomainName>(&scope.prefix())?)
    }

    /// The mappings of a domain name, by base path.
    ///
    /// # Errors
    /// When there is no such domain name.
    pub fn mappings(&self, scope: &Scope, name: &str) -> Result<Vec<Arc<Mapping>>, DomainError> {
        mappings(&self.store.read(), scope, name)
    }

    pub async fn map(
        &self,
        scope: &Scope,
        name: &str,
        base_path: &str,
        api: &str,
        stage: Option<&str>,
    ) -> Result<Mapping, DomainError> {
        let mapping = Mapping {
            scope: scope.clone(),
            domain: name.to_ascii_lowercase(),
            id: self.ids.pick(6, LETTERS),
            base_path: parse(base_path)?,
            api: api.to_owned(),
            stage: stage.map(str::to_owned),
        };
        self.store
            .write(|tx: &mut Tx| {
                let known = mappings(&tx.snapshot(), scope, name)?;
                if known.len() >= MAPPINGS_PER_DOMAIN_MAX {
                    return Err(DomainError::TooManyMappings);
                }
                self.put(tx, &known, &mapping)?;
                Ok(mapping)
            })
            .await
    }

    /// Changes the mapping that `chosen` knows.
    pub async fn remap<E: From<DomainError> + From<Fault> + Send + 'static>(
        &self,
        scope: &Scope,
        name: &str,
        chosen: impl Fn(&Mapping) -> bool + Send,
        change: impl FnOnce(&mut Mapping) -> Result<(), E> + Send,
    ) -> Result<Mapping, E> {
        self.store
            .write(|tx: &mut Tx| {
                let known = mappings(&tx.snapshot(), scope, name)?;
                let found = known.iter().find(|mapping| chosen(mapping)).ok_or(DomainError::NoMapping)?;
                let mut changed = Mapping::clone(found);
                change(&mut changed)?;
                self.put(tx, &known, &changed)?;
                Ok(changed)
            })
            .await
    }

    pub async fn unmap(
        &self,
        scope: &Scope,
        name: &str,
        chosen: impl Fn(&Mapping) -> bool + Send,
    ) -> Result<(), DomainError> {
        self.store
            .write(|tx: &mut Tx| {
                let known = mappings(&tx.snapshot(), scope, name)?;
                let found = known.iter().find(|mapping| chosen(mapping)).ok_or(DomainError::NoMapping)?;
                tx.delete::<Mapping>(&found.key())?;
                Ok(())
            })
            .await
    }

    fn put(&self, tx: &mut Tx, known: &[Arc<Mapping>], mapping: &Mapping) -> Result<(), DomainError> {
        if known.iter().any(|other| other.base_path == mapping.base_path && other.id != mapping.id) {
            return Err(DomainError::Mapped);
        }
        let stage = mapping.stage.as_deref();
        match self.surroundings.stage(&tx.snapshot(), &mapping.scope, &mapping.api, stage.unwrap_or(""))? {
            StageFound::NoApi => Err(DomainError::NoApi),
            StageFound::NoStage if stage.is_some() => Err(DomainError::NoStage),
            StageFound::NoStage | StageFound::Found => Ok(tx.put(mapping)?),
        }
    }

    fn check_certificate(&self, rows: &Snapshot, domain: &DomainName) -> Result<(), DomainError> {
        let arn = &domain.certificate;
        let mut scope = domain.scope.clone();
        if domain.endpoint == Endpoint::Edge {
            scope.region = EDGE_REGION.parse().unwrap_or(scope.region);
        }
        if arn.split(':').nth(3) != Some(scope.region.as_str()) {
            let region = scope.region.to_string();
            return Err(DomainError::CertificateElsewhere { arn: arn.clone(), region });
        }
        let names = self.surroundings.certificate(rows, &scope, arn)?;
        let names = names.ok_or_else(|| DomainError::NoCertificate(arn.clone()))?;
        if names.iter().any(|name| covers(name, &domain.name)) {
            Ok(())
        } else {
            Err(DomainError::NotCovered)
        }
    }
}

fn domain(rows: &Snapshot, scope: &Scope, name: &str) -> Result<Arc<DomainName>, DomainError> {
    let found = rows.get::<DomainName>(&scope.key(&name.to_ascii_lowercase()))?;
    found.ok_or(DomainError::NoDomain)
}

fn mappings(rows: &Snapshot, scope: &Scope, name: &str) -> Result<Vec<Arc<Mapping>>, DomainError> {
    let domain = domain(rows, scope, name)?;
    let mut found = rows.scan::<Mapping>(&scope.key(&format!("{}/", domain.name)))?;
    found.sort_by(|a, b| a.base_path.cmp(&b.base_path));
    Ok(found)
}

/// # Errors
/// For what is no base path.
pub(crate) fn parse(text: &str) -> Result<BasePath, DomainError> {
    BasePath::parse(text).map_err(|_| DomainError::BadBasePath(text.to_owned()))
}

impl Mapping {
    /// # Errors
    /// For what is no base path.
    pub fn set_base_path(&mut self, text: &str) -> Result<(), DomainError> {
        self.base_path = parse(text)?;
        Ok(())
    }
}

fn covers(name: &str, host: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let below = |parent: &str| host.split_once('.').is_some_and(|(_, rest)| rest == parent);
    name == host || name.strip_prefix("*.").is_some_and(below)
}

/// Labels of letters, digits and hyphens, two at least; a star may stand for the first. AWS's own names are no user's.
fn is_domain_name(name: &str) -> bool {
    let plain = name.strip_prefix("*.").unwrap_or(name);
    let label = |label: &str| {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(good)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_own = ["amazonaws.com", "aws", "localhost", "localhost.localstack.cloud"]
        .iter()
        .any(|own| plain.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    let is_address =
        plain.split('.').next_back().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    name.len() <= NAME_MAX && plain.contains('.') && plain.split('.').all(label) && !is_own && !is_address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_domain_name() {
        for (name, may) in [
            ("api.example.com", true),
            ("*.example.com", true),
            ("example", false),
            ("api..example.com", false),
            ("-api.example.com", false),
            ("a.*.example.com", false),
            ("api.example.com:443", false),
            ("sts.us-east-1.amazonaws.com", false),
            ("amazonaws.com", false),
            ("lambda.on.aws", false),
            ("myamazonaws.com", true),
            ("api.localhost", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(is_domain_name(name), may, "{name}");
        }
    }
}

//! The service: its state, its needs, and the look-ups that operations share.

use crate::code::{Directories, Discarded, Package, PackageError, Unpacked};
use crate::concurrency::Kept;
use crate::debugging::Debugging;
use crate::error;
use crate::kept_policies::KeptPolicies;
use crate::model::{Code, Function, LayerVersion};
use crate::name::Named;
use crate::needs::Needs;
use crate::quota;
use crate::reconcile::Preparing;
use crate::run::{ColdStarts, Pools, Provisioning, Scaling, Schedule, waiting};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use service::ServiceError;
use sha2::{Digest as _, Sha256};
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::{Digest, Store, Tx};
use tokio::sync::{Notify, RwLock};

/// Where things are, and limits that an installation may change.
#[derive(Debug, Clone)]
pub struct Config {
    /// Directory on the host for unpacked packages.
    pub code_dir: PathBuf,
    /// Path *inside* environments of the certificates to trust, moat's own authority among them.
    pub ca_bundle: Option<String>,
    pub concurrent_executions: u32,
    pub idle_time: Duration,
    /// Directories of the host that functions may be run from, without links in their paths.
    pub hot_reload: Vec<PathBuf>,
}

impl Config {
    pub fn new(code_dir: PathBuf) -> Self {
        Self {
            code_dir,
            ca_bundle: None,
            concurrent_executions: quota::CONCURRENT_EXECUTIONS,
            idle_time: quota::IDLE_TIME,
            hot_reload: Vec::new(),
        }
    }
}

/// AWS Lambda. Cheap to clone.
#[derive(Clone)]
pub struct Lambda {
    inner: Arc<Inner>,
}

pub struct Inner {
    pub(crate) store: Store,
    pub(crate) needs: Needs,
    pub(crate) config: Config,
    pub(crate) unpacked: Unpacked,
    pub(crate) directories: Directories,
    pub(crate) debugging: Debugging,
    pub(crate) pools: Arc<Pools>,
    pub(crate) cold_starts: ColdStarts,
    /// The asynchronous events that wait.
    pub(crate) schedule: Schedule,
    pub(crate) preparing: Preparing,
    pub(crate) provisioning: Provisioning,
    pub(crate) scaling: Scaling,
    pub(crate) concurrency: Kept,
    pub(crate) kept_policies: KeptPolicies,
    /// Wakes the reconciler.
    pub(crate) nudge: Notify,
    /// Held for reading from a package's upload until a function names it, and for writing
    /// while unnamed packages are swept.
    pub(crate) uploads: RwLock<()>,
}

/// A package that may be stored.
pub(crate) struct Checked {
    pub(crate) code: Code,
    bytes: Vec<u8>,
}

impl Deref for Lambda {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl Lambda {
    pub fn new(store: Store, needs: Needs, config: Config) -> std::io::Result<Self> {
        let unpacked = Unpacked::open(config.code_dir.clone())?;
        let schedule = waiting(&store).map_err(std::io::Error::other)?;
        let inner = Inner {
            store,
            needs,
            unpacked,
            directories: Directories::of(&config.hot_reload),
            debugging: Debugging::default(),
            pools: Arc::new(Pools::new(config.concurrent_executions)),
            cold_starts: ColdStarts::default(),
            schedule,
            preparing: Preparing::default(),
            provisioning: Provisioning::default(),
            scaling: Scaling::default(),
            concurrency: Kept::default(),
            kept_policies: KeptPolicies::default(),
            nudge: Notify::new(),
            uploads: RwLock::new(()),
            config,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The version that the name and its qualifier (if any) lead to.
    pub(crate) fn function(&self, named: &Named) -> Result<Arc<Function>, ServiceError> {
        self.find(named)?.ok_or_else(|| error::function_not_found(&named.qualified_arn()))
    }

    pub(crate) fn find(&self, named: &Named) -> Result<Option<Arc<Function>>, ServiceError> {
        Ok(self.resolve(named)?.map(|resolved| resolved.function))
    }

    /// Checks a package, which is not stored yet.
    pub(crate) async fn check_package(&self, bytes: Vec<u8>) -> Result<Checked, ServiceError> {
        let checking = tokio::task::spawn_blocking(move || {
            let unzipped = Package::open(&bytes)?.verify()?;
            let sha256 = STANDARD.encode(Sha256::digest(&bytes));
            let code = Code {
                digest: Digest::of(&bytes),
                sha256,
                size: bytes.len() as u64,
                unzipped,
                directory: None,
            };
            Ok(Checked { code, bytes })
        });
        let checked = checking.await.map_err(ServiceError::internal)?.map_err(package_error)?;
        let snapshot = self.store.read();
        let functions: u64 = snapshot.scan::<Function>("")?.iter().map(|f| f.settings.code.size).sum();
        let layers: u64 = snapshot.scan::<LayerVersion>("")?.iter().map(|l| l.code.size).sum();
        let stored = functions.saturating_add(layers);
        if stored.saturating_add(checked.code.size) > quota::CODE_STORAGE_BYTES {
            return Err(error::code_storage_exceeded());
        }
        Ok(checked)
    }

    /// Stores a package. Until a function names it, only the note in `Discarded` does, and
    /// `uploads` must be held.
    pub(crate) async fn keep_package(&self, checked: Checked) -> Result<Code, ServiceError> {
        let note = Discarded { digest: checked.code.digest.clone() };
        self.store.write(|tx: &mut Tx| tx.put(&note).map_err(ServiceError::from)).await?;
        self.store.put_blob(checked.bytes).await.map_err(ServiceError::internal)?;
        Ok(checked.code)
    }

    /// Reads, changes and writes a function in one transaction.
    pub(crate) async fn change<R>(
        &self,
        named: &Named,
        change: impl FnOnce(&mut Function) -> Result<R, ServiceError>,
    ) -> Result<(R, Function), ServiceError> {
        let key = named.key();
        self.store
            .write(|tx: &mut Tx| {
                let Some(found) = tx.get::<Function>(&key)? else {
                    return Err(error::function_not_found(&named.arn()));
                };
                let mut function = Function::clone(&found);
                let result = change(&mut function)?;
                tx.put(&function)?;
                Ok((result, function))
            })
            .await
    }

    /// Cold starts of a function, oldest first, each with its steps.
    pub fn cold_starts(&self, scope: &base::Scope, name: &str) -> Vec<crate::run::ColdStart> {
        self.cold_starts.of(&scope.key(name))
    }
}

fn package_error(refused: PackageError) -> ServiceError {
    match refused {
        PackageError::Zipped(_) => error::package_too_large(quota::ZIPPED_BYTES),
        PackageError::Unzipped => error::invalid_parameter(format!(
            "Unzipped size must be smaller than {} bytes",
            quota::UNZIPPED_BYTES
        )),
        other => {
            tracing::debug!(error = %other, "a package was refused");
            error::unzip_failed()
        }
    }
}

//! Functions whose code is a directory of the host.
//! docs/design/0018-hot-reload.md

use crate::code::{BUCKET, DirectoryError, EMPTY_PACKAGE, edition, real};
use crate::error;
use crate::lambda::{Checked, Lambda};
use crate::model::{Function, Serving};
use crate::name::Named;
use crate::ops::{self, may_change};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use service::{Access, Call, ServiceError};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// Where a request says that a function's code is.
pub(crate) struct Source {
    pub zip: Vec<u8>,
    pub bucket: Option<String>,
    pub key: Option<String>,
}

impl Source {
    fn directory(&self) -> Option<PathBuf> {
        let key = self.key.as_deref().unwrap_or_default();
        (self.bucket.as_deref() == Some(BUCKET)).then(|| PathBuf::from(key))
    }
}

/// Whether a request names a directory in the place of a bucket.
pub(crate) fn is_directory(bucket: Option<&str>) -> bool {
    bucket == Some(BUCKET)
}

fn refused(error: &DirectoryError) -> ServiceError {
    error::invalid_parameter(format!("Hot reload: {error}"))
}

impl Lambda {
    /// Checks the code that a request brings or names.
    pub(crate) async fn check_code(&self, source: Source) -> Result<Checked, ServiceError> {
        if let Some(path) = source.directory() {
            self.directories.open(&path).map_err(|e| refused(&e))?;
            let mut checked = self.check_package(EMPTY_PACKAGE.to_vec()).await?;
            // The content changes under it: what the API shows stands for the place.
            checked.code.sha256 = STANDARD.encode(Sha256::digest(path.as_os_str().as_encoded_bytes()));
            checked.code.size = 0;
            checked.code.directory = Some(path);
            return Ok(checked);
        }
        if source.zip.is_empty() {
            return Err(error::invalid_parameter("Please provide a source for function code."));
        }
        self.check_package(source.zip).await
    }

    /// The directory that environments see, if it may still be run from.
    pub(crate) fn open_directory(&self, path: &Path) -> Result<PathBuf, ServiceError> {
        self.directories.open(path).map_err(|e| {
            tracing::warn!(error = %e, "a function's directory");
            refused(&e)
        })
    }

    /// What is served, as its directory is now and as a debugger wants it; `None` when it is served as it is stored.
    /// Environments that run anything else end.
    pub(crate) async fn as_it_is_now(
        &self,
        function: &Function,
        serving: &Serving,
    ) -> Result<Option<Serving>, ServiceError> {
        let key = store::Table::key(function);
        let saved = self.as_saved(serving).await?;
        let now = self.debugging.served(&key, saved.as_ref().unwrap_or(serving)).or(saved);
        if let Some(generation) = now.as_ref().map(|now| now.generation.clone()) {
            let lambda = self.clone();
            tokio::spawn(async move { lambda.pools.replace(&key, &generation).await });
        }
        Ok(now)
    }

    /// What is served as its directory is now; `None` when the code is a package.
    async fn as_saved(&self, serving: &Serving) -> Result<Option<Serving>, ServiceError> {
        let Some(path) = &serving.settings.code.directory else { return Ok(None) };
        let directory = self.open_directory(path)?;
        let looking = tokio::task::spawn_blocking(move || edition(&directory));
        let edition = looking.await.map_err(ServiceError::internal)?.map_err(|e| refused(&e))?;
        let generation = format!("{}@{edition:016x}", serving.generation);
        Ok(Some(Serving { generation, ..serving.clone() }))
    }

    /// What somebody must be allowed who changes where a function's code is.
    pub fn access_to_code(&self, call: &Call, function: &str) -> Result<Vec<Access>, ServiceError> {
        ops::access(self, "UpdateFunctionCode", &Named::parse(&call.scope, function, None)?)
    }

    /// Has a function run from a directory that the operator names, or from its package again. The caller has asked
    /// [`Self::access_to_code`].
    pub async fn develop(
        &self,
        call: &Call,
        function: &str,
        path: Option<&Path>,
    ) -> Result<(), ServiceError> {
        let named = Named::parse(&call.scope, function, None)?.unqualified();
        let directory = path.map(real).transpose().map_err(|e| refused(&e))?;
        if let Some(directory) = &directory {
            self.directories.allow(directory.clone());
        }
        let change = |function: &mut Function| {
            may_change(function, None)?;
            let mut settings = function.settings.clone();
            settings.code.directory = directory;
            function.change(settings, self.needs.ids.uuid(), call.now);
            Ok(())
        };
        self.change(&named, change).await?;
        self.nudge.notify_one();
        Ok(())
    }
}

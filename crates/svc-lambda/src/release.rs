//! Giving network interfaces back: noted in the store first, so that a crash between a
//! function's end and its interfaces' end leaves nothing behind.

use crate::lambda::Lambda;
use crate::model::Function;
use crate::name::Named;
use crate::needs::VpcWish;
use base::Scope;
use serde::{Deserialize, Serialize};
use service::ServiceError;
use store::{Table, Tx};

/// A function that may hold interfaces it no longer uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub scope: Scope,
    pub function_name: String,
    /// Of a published version, which has interfaces of its own.
    #[serde(default)]
    pub version: Option<String>,
}

impl Table for Release {
    const NAME: &'static str = "lambda.release";

    fn key(&self) -> String {
        let version = self.version.as_deref().map(|v| format!(":{v}")).unwrap_or_default();
        self.scope.key(&format!("{}{version}", self.function_name))
    }
}

impl Release {
    pub fn of(named: &Named) -> Self {
        let version = named.qualifier.clone().filter(|_| !named.is_latest());
        Self { scope: named.scope.clone(), function_name: named.name.clone(), version }
    }

    pub fn named(&self) -> Named {
        Named { scope: self.scope.clone(), name: self.function_name.clone(), qualifier: self.version.clone() }
    }
}

impl Lambda {
    /// Releases what the function no longer uses, unless old environments still use it; the
    /// reconciler asks again.
    pub(crate) async fn release(&self, named: &Named) {
        if self.pools.is_draining(&Release::of(named).key()) {
            return;
        }
        if let Err(error) = self.try_release(named).await {
            tracing::warn!(%error, function = %named.arn(), "interfaces were not released");
        }
    }

    pub(crate) async fn release_if_noted(&self, named: &Named) {
        match self.store.read().get::<Release>(&Release::of(named).key()) {
            Ok(Some(_)) => self.release(named).await,
            Ok(None) => {}
            Err(fault) => tracing::error!(%fault, function = %named.arn(), "a note could not be read"),
        }
    }

    async fn try_release(&self, named: &Named) -> Result<(), ServiceError> {
        let key = Release::of(named).key();
        let function = self.store.read().get::<Function>(&key)?;
        // While an update is under way both its interfaces and those that serve are used.
        if function.as_ref().is_some_and(|f| f.is_unprepared()) {
            return Ok(());
        }
        let keep: Option<VpcWish> = function
            .as_ref()
            .and_then(|f| f.serving.as_ref())
            .and_then(|serving| serving.settings.vpc.as_ref())
            .map(|vpc| vpc.wish.clone());
        let released =
            self.needs.interfaces.release(&named.scope, &named.qualified_arn(), keep.as_ref()).await;
        released.map_err(ServiceError::internal)?;
        self.store.write(|tx: &mut Tx| tx.delete::<Release>(&key).map_err(ServiceError::from)).await?;
        Ok(())
    }
}

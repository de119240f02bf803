//! Packages that perhaps no function names: noted before they are stored and when a function
//! leaves them, and removed once a sweep finds that indeed none does.

use super::layers_name;
use crate::lambda::Lambda;
use crate::model::{Function, LayerVersion, Settings};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{Digest, Fault, Table, Tx};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discarded {
    pub digest: Digest,
}

impl Table for Discarded {
    const NAME: &'static str = "lambda.discarded";

    fn key(&self) -> String {
        self.digest.as_str().to_owned()
    }
}

/// Everything that an environment with these settings sees.
fn note(named: &mut BTreeSet<String>, settings: &Settings) {
    let layers: Vec<Digest> = settings.layers.iter().map(|l| l.code.digest.clone()).collect();
    named.insert(layers_name(&layers));
    named.insert(settings.code.digest.as_str().to_owned());
    named.extend(layers.iter().map(|digest| digest.as_str().to_owned()));
}

impl Lambda {
    /// Removes packages that no function names, unpacked and stored, while nothing uses them.
    pub(crate) async fn sweep_code(&self) {
        let _no_uploads = self.uploads.write().await;
        if self.pools.function_keys().iter().any(|key| self.pools.is_draining(key)) {
            return;
        }
        if let Err(fault) = self.try_sweep_code().await {
            tracing::warn!(%fault, "packages were not swept");
        }
    }

    async fn try_sweep_code(&self) -> Result<(), Fault> {
        let snapshot = self.store.read();
        let mut named = BTreeSet::new();
        for function in snapshot.scan::<Function>("")? {
            note(&mut named, &function.settings);
            function.serving.iter().for_each(|serving| note(&mut named, &serving.settings));
        }
        for layer in snapshot.scan::<LayerVersion>("")? {
            named.insert(layer.code.digest.as_str().to_owned());
        }
        let gone: Vec<Digest> = snapshot
            .scan::<Discarded>("")?
            .iter()
            .map(|row| row.digest.clone())
            .filter(|digest| !named.contains(digest.as_str()))
            .collect();
        let (lambda, digests) = (self.clone(), gone.clone());
        let removing = tokio::task::spawn_blocking(move || {
            if let Err(error) = lambda.unpacked.keep_only(&named) {
                tracing::warn!(%error, "unpacked packages were not removed");
            }
            digests.iter().all(|digest| match lambda.store.remove_blob(digest) {
                Ok(()) => true,
                Err(error) => {
                    tracing::warn!(%error, "a package was not removed");
                    false
                }
            })
        });
        let removed = removing.await.unwrap_or(false);
        if removed && !gone.is_empty() {
            self.store
                .write(|tx: &mut Tx| {
                    gone.iter().try_for_each(|digest| tx.delete::<Discarded>(digest.as_str()).map(|_| ()))
                })
                .await?;
        }
        Ok(())
    }
}

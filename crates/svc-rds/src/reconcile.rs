//! Makes databases be what their rows say. It takes no input, reads what it needs, and may be
//! interrupted anywhere: the next run goes on from what is there.

use crate::Rds;
use crate::model::instance_class;
use crate::needs::{Attached, Master, Password, Server};
use crate::state::{DbInstance, DbSubnetGroup, Status};
use base::Arn;
use service::ServiceError;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{self, JoinSet};

/// How long the reconciler sleeps when nobody wakes it.
const INTERVAL: Duration = Duration::from_secs(10);

/// Why a database is not available; the text is shown as its status reason.
struct Failure(String);

impl<E: fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The passes that are under way.
#[derive(Default)]
struct Passes {
    tasks: JoinSet<()>,
    of: HashMap<task::Id, Pass>,
}

struct Pass {
    resource_id: String,
    /// Something was written meanwhile: one more pass when this one has ended.
    again: bool,
}

impl Passes {
    /// Starts a pass for each instance that has none; `again` makes those under way be repeated.
    fn begin(&mut self, rds: &Arc<Rds>, again: bool) {
        let instances = match rds.instances() {
            Ok(instances) => instances,
            Err(fault) => return tracing::error!(%fault, "read the DB instances"),
        };
        for db in instances {
            match self.of.values_mut().find(|pass| pass.resource_id == db.resource_id) {
                Some(pass) => pass.again |= again,
                None => self.spawn(rds.clone(), db),
            }
        }
    }

    fn spawn(&mut self, rds: Arc<Rds>, db: Arc<DbInstance>) {
        let resource_id = db.resource_id.clone();
        let task = self.tasks.spawn(async move { rds.reconcile_one(&db).await });
        self.of.insert(task.id(), Pass { resource_id, again: false });
    }

    /// Waits for the end of a pass; whether another one was asked for. Never ends when there is none.
    async fn ended(&mut self) -> bool {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => std::future::pending().await,
        };
        self.of.remove(&id).is_some_and(|pass| pass.again)
    }
}

impl Rds {
    /// Reconciles for as long as it is polled: at once, when an operation wrote, and on a timer.
    /// Each instance has a pass of its own, so that a slow one holds up no other.
    pub async fn run(self: Arc<Self>) {
        let mut passes = Passes::default();
        let mut timer = tokio::time::interval(INTERVAL);
        loop {
            tokio::select! {
                () = self.nudge.notified() => passes.begin(&self, true),
                _ = timer.tick() => passes.begin(&self, false),
                again = passes.ended() => if again { passes.begin(&self, false) },
            }
        }
    }

    /// Before the first call is answered: a database whose server did not outlive the last daemon
    /// is starting, and not what its row said then.
    pub async fn adopt(&self) -> Result<(), store::Fault> {
        for db in self.instances()? {
            if db.status == Status::Available && !self.runs(&db).await {
                self.update(&db, |row| row.status = Status::Starting).await?;
            }
        }
        Ok(())
    }

    async fn runs(&self, db: &DbInstance) -> bool {
        match self.needs.servers.runs(&db.resource_id).await {
            Ok(runs) => runs,
            Err(error) => {
                tracing::warn!(%error, db = db.identifier, "look for the server");
                false
            }
        }
    }

    async fn reconcile_one(&self, db: &DbInstance) {
        let outcome = match db.status {
            Status::Deleting => self.remove(db).await,
            Status::Creating | Status::Starting | Status::Available | Status::Failed { .. } => {
                self.bring_up(db).await
            }
        };
        let Err(Failure(reason)) = outcome else { return };
        tracing::warn!(db = db.identifier, reason, "DB instance");
        if db.status != Status::Deleting {
            let failed = self.update(db, |row| row.status = Status::Failed { reason }).await;
            if let Err(fault) = failed {
                tracing::error!(%fault, db = db.identifier, "note the failure of a DB instance");
            }
        }
    }

    /// Brings one changed instance in line before an operation answers.
    pub(crate) async fn settle(&self, db: &DbInstance) -> Result<(), ServiceError> {
        self.bring_up(db).await.map_err(|Failure(reason)| ServiceError::internal(reason))
    }

    async fn bring_up(&self, db: &DbInstance) -> Result<(), Failure> {
        let attached =
            self.needs.subnets.attach(&db.scope, &db.identifier, &db.subnet, &db.security_groups).await?;
        let Attached { interface, address } = attached;
        if db.interface.as_ref() != Some(&interface) || db.address != Some(address) {
            let interface = interface.clone();
            self.update(db, move |row| {
                row.interface = Some(interface);
                row.address = Some(address);
            })
            .await?;
        }
        let server = Server {
            resource_id: db.resource_id.clone(),
            version: db.engine_version.clone(),
            interface,
            address,
            port: db.port,
            max_connections: instance_class::max_connections(&db.class)?,
        };
        let serves = db.status == Status::Available && self.runs(db).await;
        if !serves {
            if db.status == Status::Available {
                self.update(db, |row| row.status = Status::Starting).await?;
            }
            self.needs.servers.ensure(&server).await?;
        }
        if let Some(sealed) = &db.pending_password {
            let password = self.needs.secrets.open(&db.resource_id, sealed)?;
            self.give_password(db, &server, password).await?;
        }
        if !serves {
            self.update(db, |row| row.status = Status::Available).await?;
        }
        Ok(())
    }

    /// The role first, then the secret, then the row forgets the password: a crash between any two
    /// of them repeats the earlier ones with the same password.
    async fn give_password(
        &self,
        db: &DbInstance,
        server: &Server,
        password: Password,
    ) -> Result<(), Failure> {
        let master = Master { username: db.master_username.clone(), password, database: db.db_name.clone() };
        self.needs.servers.ensure_master(server, &master).await?;
        let secret = match &db.master_secret {
            None if db.managed_password => Some(self.create_secret(db, &master).await?),
            known => known.clone(),
        };
        let used = db.pending_password.clone();
        self.update(db, move |row| {
            row.master_secret = secret;
            // A newer password may have been asked for meanwhile; that one stays pending.
            if row.pending_password == used {
                row.pending_password = None;
            }
        })
        .await?;
        Ok(())
    }

    async fn create_secret(&self, db: &DbInstance, master: &Master) -> Result<Arn, Failure> {
        let json = serde_json::json!({ "username": master.username, "password": master.password.expose() });
        let value = Password::new(json.to_string());
        Ok(self.needs.secrets.create(&db.scope, &db.secret_name(), &value).await?)
    }

    async fn remove(&self, db: &DbInstance) -> Result<(), Failure> {
        self.needs.servers.remove(&db.resource_id).await?;
        self.needs.subnets.release(&db.scope, &db.identifier).await?;
        if db.managed_password {
            self.needs.secrets.delete(&db.scope, &db.secret_name()).await?;
        }
        let key = db.scope.key(&db.identifier);
        self.store.write(move |tx| tx.delete::<DbInstance>(&key)).await?;
        Ok(())
    }

    /// Changes the row if it is still of the same database and not being deleted.
    async fn update(
        &self,
        db: &DbInstance,
        change: impl FnOnce(&mut DbInstance),
    ) -> Result<(), store::Fault> {
        let key = db.scope.key(&db.identifier);
        self.store
            .write(move |tx| {
                let Some(found) = tx.get::<DbInstance>(&key)? else { return Ok(()) };
                if found.resource_id != db.resource_id || found.status == Status::Deleting {
                    return Ok(());
                }
                let mut row = DbInstance::clone(&found);
                change(&mut row);
                if row == *found { Ok(()) } else { tx.put(&row) }
            })
            .await
    }

    /// The subnet group of an instance, for those who explain.
    pub fn subnet_group(&self, db: &DbInstance) -> Result<Option<Arc<DbSubnetGroup>>, ServiceError> {
        Ok(self.store.read().get(&db.scope.key(&db.subnet_group))?)
    }
}

#[cfg(test)]
mod tests;

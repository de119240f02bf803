//! Background work: one loop that takes no input, reads what it needs, and does what is left
//! to do. It runs on a nudge and on a timer, after a crash like any other time.

use crate::lambda::Lambda;
use crate::model::{Function, Settings, Trouble};
use crate::needs::{AttachError, AttachedInterface, VpcWishError};
use crate::release::Release;
use service::ServiceError;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::{Table, Tx};
use tokio::time::Instant;

const ROUND: Duration = Duration::from_secs(1);
const SWEEP: Duration = Duration::from_secs(60);

/// Functions that are being prepared by this process.
#[derive(Default)]
pub struct Preparing(Mutex<BTreeSet<String>>);

impl Preparing {
    fn begin(&self, key: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned())
    }

    fn end(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

impl Lambda {
    /// Does Lambda's background work for as long as it is polled.
    pub async fn reconcile_forever(&self) {
        self.attach_again().await;
        let mut swept = Instant::now();
        loop {
            if let Err(fault) = self.reconcile().await {
                tracing::error!(%fault, "a round of reconciling failed");
            }
            if swept.elapsed() >= SWEEP {
                swept = Instant::now();
                self.sweep_code().await;
            }
            let _ = tokio::time::timeout(ROUND, self.nudge.notified()).await;
        }
    }

    /// One round.
    pub async fn reconcile(&self) -> Result<(), store::Fault> {
        let functions = self.store.read().scan::<Function>("")?;
        for function in functions.iter().filter(|f| f.is_unprepared()) {
            self.begin_preparing(function);
        }
        self.deliver_due()?;
        self.retire_outdated().await?;
        self.provision().await?;
        self.pools.reap(self.config.idle_time).await;
        for release in self.store.read().scan::<Release>("")? {
            self.release(&release.named()).await;
        }
        for live in self.pools.all() {
            if live.journal.has_pending() {
                live.logs.flush().await;
            }
        }
        Ok(())
    }

    /// Ends every environment and writes the last logs, when moat goes down in order.
    pub async fn shut_down(&self) {
        for key in self.pools.function_keys() {
            self.pools.retire(&key, None).await;
        }
        crate::run::end_all(&self.pools.all()).await;
    }

    fn begin_preparing(&self, function: &Function) {
        let key = function.key();
        if !self.preparing.begin(&key) {
            return;
        }
        let (lambda, function) = (self.clone(), function.clone());
        tokio::spawn(async move {
            if let Err(error) = lambda.prepare(&function).await {
                tracing::error!(%error, function = %function.arn(), "a function was not prepared");
            }
            lambda.preparing.end(&key);
            lambda.nudge.notify_one();
        });
    }

    /// Unpacks the code, attaches the interfaces, and lets the function serve its settings.
    async fn prepare(&self, function: &Function) -> Result<(), ServiceError> {
        let made = self.make_ready(function).await;
        let key = function.key();
        let stored = self
            .store
            .write(|tx: &mut Tx| {
                let Some(found) = tx.get::<Function>(&key)? else {
                    // Deleted meanwhile: what was attached must go.
                    tx.put(&Release::of(&function.named()))?;
                    return Ok(None);
                };
                if found.revision_id != function.revision_id {
                    return Ok(None);
                }
                let mut function = Function::clone(&found);
                if function.may_hold_interfaces() {
                    tx.put(&Release::of(&function.named()))?;
                }
                match made {
                    Ok(interfaces) => function.prepared(interfaces),
                    Err(trouble) => function.failed(trouble),
                }
                tx.put(&function)?;
                Ok::<_, ServiceError>(Some(function))
            })
            .await?;
        if let Some(serving) = stored.and_then(|function| function.serving) {
            self.pools.retire(&key, Some(&serving.generation)).await;
        }
        Ok(())
    }

    async fn make_ready(&self, function: &Function) -> Result<Vec<AttachedInterface>, Trouble> {
        let settings = &function.settings;
        self.needs.environments.expect(&settings.runtime);
        let unpacked = self.unpacked_code(settings).await.and(self.unpacked_layers(settings).await);
        if let Err(error) = unpacked {
            tracing::error!(%error, function = %function.arn(), "a package was not unpacked");
            return Err(trouble("InternalError", INTERNAL));
        }
        self.attach(function, settings).await
    }

    async fn attach(
        &self,
        function: &Function,
        settings: &Settings,
    ) -> Result<Vec<AttachedInterface>, Trouble> {
        let Some(vpc) = &settings.vpc else { return Ok(Vec::new()) };
        if !self.needs.permissions.allows(&settings.role, "ec2:CreateNetworkInterface", "*") {
            return Err(trouble(
                "InsufficientRolePermissions",
                "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
            ));
        }
        let attached = self.needs.interfaces.attach(&function.scope, &function.arn(), &vpc.wish).await;
        attached.map_err(|refused| {
            tracing::warn!(error = %refused, function = %function.arn(), "no network interface");
            attach_trouble(&refused)
        })
    }

    /// After a start: the interfaces that functions serve with are asked for again, which
    /// makes those that a crash left half made.
    async fn attach_again(&self) {
        let functions = match self.store.read().scan::<Function>("") {
            Ok(functions) => functions,
            Err(fault) => {
                tracing::error!(%fault, "the functions could not be read");
                return;
            }
        };
        for function in functions {
            if let Some(serving) = &function.serving {
                self.needs.environments.expect(&serving.settings.runtime);
                // A refusal was logged; invocations say what is wrong.
                let _ = self.attach(&function, &serving.settings).await;
            }
        }
    }

    async fn retire_outdated(&self) -> Result<(), store::Fault> {
        for key in self.pools.function_keys() {
            let function = self.store.read().get::<Function>(&key)?;
            let generation =
                function.as_ref().and_then(|f| f.serving.as_ref()).map(|s| s.generation.as_str());
            self.pools.retire(&key, generation).await;
        }
        Ok(())
    }
}

const INTERNAL: &str = "An error occurred and the request cannot be processed.";

fn trouble(code: &str, reason: impl Into<String>) -> Trouble {
    Trouble { code: code.to_owned(), reason: reason.into() }
}

/// The `StateReasonCode` and the text for an interface that cannot be.
fn attach_trouble(refused: &AttachError) -> Trouble {
    match refused {
        AttachError::Wish(VpcWishError::SubnetMissing(id)) => {
            trouble("InvalidSubnet", format!("The subnet ID '{id}' does not exist"))
        }
        AttachError::Wish(VpcWishError::SecurityGroupMissing(id)) => {
            trouble("InvalidSecurityGroup", format!("The security group '{id}' does not exist"))
        }
        AttachError::Wish(VpcWishError::SubnetsOfSeveralVpcs) => {
            trouble("InvalidSubnet", "Subnets are required to be in the same VPC.")
        }
        AttachError::Wish(VpcWishError::SecurityGroupsOfAnotherVpc) => {
            trouble("InvalidSecurityGroup", "Security Groups are required to be in the same VPC.")
        }
        AttachError::SubnetFull(_) => trouble(
            "SubnetOutOfIPAddresses",
            "Lambda was not able to set up VPC access for the Lambda function because one or more configured subnets has no available IP addresses.",
        ),
        AttachError::QuotaReached => trouble(
            "EniLimitExceeded",
            "Lambda was not able to create an elastic network interface in the VPC, specified as part of Lambda function configuration, because the limit for network interfaces has been reached.",
        ),
        AttachError::Wish(VpcWishError::Fault(_)) | AttachError::Fault(_) => {
            trouble("InternalError", INTERNAL)
        }
    }
}

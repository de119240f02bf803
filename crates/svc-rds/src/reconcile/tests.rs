use crate::Rds;
use crate::needs::{
    Attached, Master, NeedError, Needs, Password, Pending, Secrets, Server, ServerError, Servers,
    SubnetPlace, Subnets,
};
use crate::state::{DbInstance, Status};
use base::{
    AccountId, Arn, ManualClock, NetworkInterfaceId, Region, Scope, SecurityGroupId, SequentialIds, SubnetId,
    Timestamp, VpcId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Durability, Store};
use tokio::sync::Notify;

/// A machine whose servers are names, and one of which never gets ready until it is told.
#[derive(Default)]
struct Machine {
    servers: Mutex<BTreeSet<String>>,
    secrets: Mutex<BTreeMap<String, String>>,
    slow: Notify,
}

impl Machine {
    fn has(&self, resource_id: &str) -> bool {
        self.servers.lock().unwrap().contains(resource_id)
    }
}

impl Subnets for Machine {
    fn subnet(&self, _: &Scope, _: &SubnetId) -> Result<Option<SubnetPlace>, NeedError> {
        Ok(None)
    }
    fn has_room(&self, _: &Scope, _: &SubnetId) -> Result<bool, NeedError> {
        Ok(true)
    }
    fn group_vpc(&self, _: &Scope, _: &SecurityGroupId) -> Result<Option<VpcId>, NeedError> {
        Ok(None)
    }
    fn default_group(&self, _: &Scope, _: &VpcId) -> Result<SecurityGroupId, NeedError> {
        Ok(SecurityGroupId::from("sg-1"))
    }
    fn attach<'a>(
        &'a self,
        _: &'a Scope,
        database: &'a str,
        _: &'a SubnetId,
        _: &'a [SecurityGroupId],
    ) -> Pending<'a, Result<Attached, NeedError>> {
        Box::pin(async move {
            if database == "nowhere" {
                return Err(NeedError::SubnetFull);
            }
            let interface = NetworkInterfaceId::from(format!("eni-{database}").as_str());
            Ok(Attached { interface, address: Ipv4Addr::new(10, 0, 0, 4) })
        })
    }
    fn release<'a>(&'a self, _: &'a Scope, _: &'a str) -> Pending<'a, Result<(), NeedError>> {
        Box::pin(async { Ok(()) })
    }
}

impl Servers for Machine {
    fn versions(&self) -> Vec<String> {
        vec!["15.1".to_owned()]
    }
    fn runs<'a>(&'a self, resource_id: &'a str) -> Pending<'a, Result<bool, ServerError>> {
        Box::pin(async move { Ok(self.has(resource_id)) })
    }
    fn ensure<'a>(&'a self, server: &'a Server) -> Pending<'a, Result<(), ServerError>> {
        Box::pin(async move {
            if server.resource_id == "db-SLOW" {
                self.slow.notified().await;
            }
            self.servers.lock().unwrap().insert(server.resource_id.clone());
            Ok(())
        })
    }
    fn ensure_master<'a>(&'a self, _: &'a Server, _: &'a Master) -> Pending<'a, Result<(), ServerError>> {
        Box::pin(async { Ok(()) })
    }
    fn remove<'a>(&'a self, resource_id: &'a str) -> Pending<'a, Result<(), ServerError>> {
        self.servers.lock().unwrap().remove(resource_id);
        Box::pin(async { Ok(()) })
    }
}

impl Secrets for Machine {
    fn create<'a>(
        &'a self,
        scope: &'a Scope,
        name: &'a str,
        value: &'a Password,
    ) -> Pending<'a, Result<Arn, NeedError>> {
        self.secrets.lock().unwrap().insert(name.to_owned(), value.expose().to_owned());
        Box::pin(async move { Ok(Arn::regional("secretsmanager", scope, format!("secret:{name}"))) })
    }
    fn delete<'a>(&'a self, _: &'a Scope, name: &'a str) -> Pending<'a, Result<(), NeedError>> {
        self.secrets.lock().unwrap().remove(name);
        Box::pin(async { Ok(()) })
    }
    fn seal(&self, _: &str, value: &Password) -> Result<String, NeedError> {
        Ok(value.expose().to_owned())
    }
    fn open(&self, _: &str, sealed: &str) -> Result<Password, NeedError> {
        Ok(Password::new(sealed))
    }
}

fn row(identifier: &str, status: Status) -> DbInstance {
    DbInstance {
        scope: Scope { account: AccountId::default(), region: Region::default() },
        identifier: identifier.to_owned(),
        resource_id: format!("db-{}", identifier.to_ascii_uppercase()),
        class: "db.t3.micro".to_owned(),
        engine_version: "15.1".to_owned(),
        allocated_storage_gib: 20,
        storage_type: "gp2".to_owned(),
        master_username: "app".to_owned(),
        pending_password: None,
        managed_password: false,
        master_secret: None,
        db_name: None,
        port: 5432,
        subnet_group: "group".to_owned(),
        vpc: VpcId::from("vpc-1"),
        subnet: SubnetId::from("subnet-1"),
        availability_zone: "us-east-1a".to_owned(),
        security_groups: vec![SecurityGroupId::from("sg-1")],
        interface: None,
        address: None,
        host: String::new(),
        status,
        created: Timestamp(0),
        deletion_protection: false,
        copy_tags_to_snapshot: false,
        auto_minor_version_upgrade: true,
        preferred_backup_window: String::new(),
        preferred_maintenance_window: String::new(),
        tags: BTreeMap::new(),
    }
}

struct Fixture {
    rds: Arc<Rds>,
    machine: Arc<Machine>,
    dir: tempfile::TempDir,
}

impl Fixture {
    fn new(rows: &[DbInstance]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let machine = Arc::new(Machine::default());
        let fixture = Self { rds: open(&dir, &machine), machine, dir };
        rows.iter().for_each(|row| fixture.put(row));
        fixture
    }

    fn put(&self, row: &DbInstance) {
        // On a thread of its own: the caller's runs a runtime, which must not block.
        std::thread::scope(|scope| {
            scope.spawn(|| self.rds.store.write_blocking(|tx| tx.put(row)).unwrap());
        });
        self.rds.nudge.notify_one();
    }

    fn row(&self, identifier: &str) -> Option<Arc<DbInstance>> {
        self.rds.instances().unwrap().into_iter().find(|db| db.identifier == identifier)
    }

    /// Reconciles until it holds.
    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !holds(self) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let bounded = tokio::time::timeout(Duration::from_secs(60), waiting);
        tokio::select! {
            reached = bounded => reached.expect("it becomes so"),
            () = self.rds.clone().run() => {}
        }
    }

    fn is(&self, identifier: &str, status: &Status) -> bool {
        self.row(identifier).is_some_and(|db| db.status == *status)
    }
}

fn open(dir: &tempfile::TempDir, machine: &Arc<Machine>) -> Arc<Rds> {
    let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
    let needs = Needs {
        subnets: machine.clone(),
        servers: machine.clone(),
        secrets: machine.clone(),
        clock: Arc::new(ManualClock::at(Timestamp(0))),
        ids: Arc::new(SequentialIds::seeded(1)),
    };
    Rds::new(store, needs)
}

#[tokio::test]
async fn a_slow_instance_holds_up_no_other() {
    let fixture = Fixture::new(&[row("slow", Status::Creating)]);
    fixture.until(|f| f.row("slow").unwrap().interface.is_some()).await;
    fixture.put(&row("quick", Status::Creating));
    fixture.until(|f| f.is("quick", &Status::Available)).await;
    fixture.put(&row("quick", Status::Deleting));
    fixture.until(|f| f.row("quick").is_none()).await;
    assert!(fixture.is("slow", &Status::Creating));
}

#[tokio::test]
async fn what_is_written_during_a_pass_is_done_after_it() {
    let fixture = Fixture::new(&[row("slow", Status::Creating)]);
    let told = std::sync::atomic::AtomicBool::new(false);
    fixture
        .until(|f| {
            if f.row("slow").is_some_and(|db| db.interface.is_some())
                && !told.swap(true, std::sync::atomic::Ordering::Relaxed)
            {
                f.put(&row("slow", Status::Deleting));
                f.machine.slow.notify_one();
            }
            f.row("slow").is_none()
        })
        .await;
    assert!(!fixture.machine.has("db-SLOW"));
}

#[tokio::test]
async fn a_failure_is_told_with_its_reason_and_costs_no_other() {
    let fixture = Fixture::new(&[row("nowhere", Status::Creating), row("somewhere", Status::Creating)]);
    fixture.until(|f| f.is("somewhere", &Status::Available)).await;
    let reason = "the subnet has no free address".to_owned();
    fixture.until(|f| f.is("nowhere", &Status::Failed { reason: reason.clone() })).await;
}

#[tokio::test]
async fn after_a_start_only_what_runs_is_available() {
    let fixture = Fixture::new(&[row("here", Status::Available), row("ended", Status::Available)]);
    fixture.machine.servers.lock().unwrap().insert("db-HERE".to_owned());
    fixture.rds.adopt().await.unwrap();
    assert!(fixture.is("here", &Status::Available));
    assert!(fixture.is("ended", &Status::Starting));
    fixture.until(|f| f.is("ended", &Status::Available)).await;
}

#[tokio::test]
async fn a_managed_password_is_kept_until_its_secret_is_made_and_goes_with_the_instance() {
    let mut wanted = row("managed", Status::Creating);
    wanted.managed_password = true;
    wanted.pending_password = Some("hush".to_owned());
    let Fixture { rds, machine, dir } = Fixture::new(&[wanted]);
    // A row that waits for its secret is read back after a restart.
    drop(rds);
    let fixture = Fixture { rds: open(&dir, &machine), machine, dir };
    fixture.until(|f| f.is("managed", &Status::Available)).await;
    let made = fixture.row("managed").unwrap();
    assert_eq!(made.pending_password, None);
    assert_eq!(made.master_secret.as_ref().unwrap().resource, "secret:rds!db-MANAGED");
    let secret = fixture.machine.secrets.lock().unwrap().get("rds!db-MANAGED").cloned();
    assert_eq!(secret.as_deref(), Some(r#"{"password":"hush","username":"app"}"#));
    fixture.put(&DbInstance { status: Status::Deleting, ..DbInstance::clone(&made) });
    fixture.until(|f| f.row("managed").is_none()).await;
    assert!(fixture.machine.secrets.lock().unwrap().is_empty());
}

//! What is left of an instance goes when AWS forgets it.

use crate::world::{NOW, World};
use base::{Clock, InstanceId, Scope, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use svc_ec2::needs::{FoundProfile, Life, MachineError, Machines, Needs, Pending, Profiles};
use svc_ec2::state::{Instance, InstanceState};

/// Machines that are nowhere, and which of them were forgotten.
#[derive(Default)]
pub struct Nowhere {
    forgotten: Mutex<Vec<String>>,
    again: tokio::sync::Notify,
}

impl Machines for Nowhere {
    fn start<'a>(&'a self, _: &'a Instance) -> Pending<'a, Result<(), MachineError>> {
        Box::pin(async { Ok(()) })
    }

    fn life<'a>(&'a self, _: &'a Instance) -> Pending<'a, Result<Life, MachineError>> {
        Box::pin(async { Ok(Life::Runs) })
    }

    fn stop<'a>(&'a self, _: &'a Instance, _: bool) -> Pending<'a, Result<(), MachineError>> {
        Box::pin(async { Ok(()) })
    }

    fn remove<'a>(&'a self, _: &'a Instance) -> Pending<'a, Result<(), MachineError>> {
        Box::pin(async { Ok(()) })
    }

    fn forget<'a>(&'a self, instance: &'a Instance) -> Pending<'a, Result<(), MachineError>> {
        self.forgotten.lock().unwrap().push(instance.id.to_string());
        Box::pin(async { Ok(()) })
    }

    fn is_program(&self, _: &Instance) -> bool {
        false
    }

    fn ended(&self) -> Pending<'_, ()> {
        Box::pin(self.again.notified())
    }

    fn console(&self, _: &InstanceId) -> Vec<u8> {
        Vec::new()
    }
}

struct NoProfiles;

impl Profiles for NoProfiles {
    fn find(&self, _: &Scope, _: &str) -> Result<Option<FoundProfile>, store::Fault> {
        Ok(None)
    }
}

/// A clock that is set.
struct Set(AtomicI64);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

#[test]
fn a_console_goes_an_hour_after_its_instance() {
    let world = World::new();
    let machines = Arc::new(Nowhere::default());
    world.ec2.supply(Needs { machines: machines.clone(), profiles: Arc::new(NoProfiles) });
    let subnet = world.subnet(&world.vpc(), "10.0.0.0/24");
    let request =
        [("ImageId", svc_ec2::model::image::ID), ("MinCount", "1"), ("MaxCount", "1"), ("SubnetId", &subnet)];
    let id = world.ok("RunInstances", &request).text("instanceId");
    world.ok("TerminateInstances", &[("InstanceId.1", &id)]);
    let clock = Arc::new(Set(AtomicI64::new(NOW.0)));
    let row = || world.store().read().get::<Instance>(&world.scope.key(&id)).unwrap();
    world.block_on(async {
        let running = tokio::spawn(world.ec2.clone().run_instances(clock.clone()));
        while !matches!(row().unwrap().state, InstanceState::Terminated { .. }) {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        // Shown for an hour, with its console.
        clock.0.store(NOW.0 + 60 * 60 * 1000, Ordering::Relaxed);
        machines.again.notify_one();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert!(row().is_some() && machines.forgotten.lock().unwrap().is_empty());
        clock.0.store(NOW.0 + 60 * 60 * 1000 + 1, Ordering::Relaxed);
        machines.again.notify_one();
        while row().is_some() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        running.abort();
    });
    assert_eq!(machines.forgotten.lock().unwrap().as_slice(), std::slice::from_ref(&id));
}

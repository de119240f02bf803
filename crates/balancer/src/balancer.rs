//! Brings the listeners and the health checks to what a plan says.

use crate::forward;
use crate::health::{self, Health, TargetState};
use crate::live::{self, GroupKey, LiveGroup, LiveListener, TargetKey};
use crate::needs::Needs;
use crate::plan::{Action, Group, Listener, Plan, Protocol};
use crate::reach::Reach;
use crate::serve::{self, Current};
use crate::tcp;
use crate::tls::{Door, ToTargets};
use base::NetworkInterfaceId;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::task::AbortHandle;

/// Where a listener is: the node's interface, the port and what is spoken there.
type Place = (NetworkInterfaceId, u16, bool);

/// Every load balancer's nodes.
pub struct Balancer {
    needs: Needs,
    to_targets: ToTargets,
    runtime: tokio::runtime::Handle,
    served: Mutex<Served>,
}

#[derive(Default)]
struct Served {
    /// The plan that is served whole; `None` while a listener of it could not be opened or speak TLS.
    plan: Option<Plan>,
    listeners: BTreeMap<Place, Open>,
    checks: BTreeMap<GroupKey, Checked>,
    targets: BTreeMap<TargetKey, Arc<TargetState>>,
}

/// A listener that is open; its connections end with it.
struct Open {
    current: Current,
    task: AbortHandle,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Checked {
    group: Arc<Group>,
    from: NetworkInterfaceId,
    task: AbortHandle,
}

impl Drop for Checked {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Balancer {
    /// Must be called on the runtime that is to serve.
    ///
    /// # Errors
    /// When this program cannot speak TLS at all.
    pub fn new(needs: Needs) -> io::Result<Arc<Self>> {
        let runtime = tokio::runtime::Handle::current();
        let to_targets = ToTargets::new().map_err(io::Error::other)?;
        Ok(Arc::new(Self { needs, to_targets, runtime, served: Mutex::default() }))
    }

    /// Serves this and nothing else; blocks while it opens sockets. Open connections of listeners that stay
    /// go on, with the new rules for their next requests.
    pub fn follow(&self, plan: &Plan) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let served = &mut *served;
        if served.plan.as_ref() == Some(plan) {
            return;
        }
        let listeners = plan.nodes.iter().flat_map(|node| &node.listeners);
        let groups = live::groups(listeners, &served.targets, self.needs.tags.as_ref());
        served.targets = groups.values().flat_map(|group| states(group)).collect();
        self.check(served, plan, &groups);
        let mut wanted = BTreeSet::new();
        for node in &plan.nodes {
            for listener in &node.listeners {
                let place = (node.interface.clone(), listener.port, listener.protocol == Protocol::Http);
                wanted.insert(place.clone());
                self.listen(served, place, listener, &groups);
            }
        }
        served.listeners.retain(|place, _| wanted.contains(place));
        let is_whole = served.listeners.len() == wanted.len()
            && !served.listeners.values().any(|open| serve::newest(&open.current).door.is_shut());
        served.plan = is_whole.then(|| plan.clone());
    }

    fn listen(
        &self,
        served: &mut Served,
        place: Place,
        listener: &Arc<Listener>,
        groups: &BTreeMap<GroupKey, Arc<LiveGroup>>,
    ) {
        let door = self.door(served.listeners.get(&place), listener);
        let tags = self.needs.tags.as_ref();
        let live = Arc::new(LiveListener::new(listener.clone(), groups, door, tags));
        if let Some(open) = served.listeners.get(&place) {
            *open.current.write().unwrap_or_else(PoisonError::into_inner) = live;
            return;
        }
        // One that spoke something else at this port makes room first.
        served.listeners.remove(&(place.0.clone(), place.1, !place.2));
        match self.open(&place, live) {
            Ok(open) => {
                served.listeners.insert(place, open);
            }
            // It is tried again when the plan is followed next.
            Err(error) => {
                tracing::warn!(interface = %place.0, port = place.1, %error, "listen for a load balancer");
            }
        }
    }

    /// The same one as before while nothing of it changed, so that clients can resume their sessions.
    fn door(&self, known: Option<&Open>, listener: &Listener) -> Door {
        let known = known.map(|open| serve::newest(&open.current));
        match known.filter(|known| known.plan.tls == listener.tls && !known.door.is_shut()) {
            Some(known) => known.door.clone(),
            None => Door::new(listener.tls.as_ref(), self.needs.certificates.as_ref()),
        }
    }

    fn reach(&self, from: &NetworkInterfaceId) -> Reach {
        Reach { network: self.needs.network.clone(), from: from.clone(), tls: self.to_targets.clone() }
    }

    fn open(&self, place: &Place, live: Arc<LiveListener>) -> io::Result<Open> {
        let (interface, port, is_http) = place;
        let socket = self.needs.network.listen(interface, *port)?;
        socket.set_nonblocking(true)?;
        let _inside = self.runtime.enter();
        let listener = tokio::net::TcpListener::from_std(socket)?;
        let current: Current = Arc::new(RwLock::new(live));
        let reach = self.reach(interface);
        let task = if *is_http {
            let upstream = forward::Upstream::new(reach);
            self.runtime.spawn(serve::http(listener, current.clone(), self.needs.clone(), upstream))
        } else {
            self.runtime.spawn(tcp::tcp(listener, current.clone(), reach))
        };
        Ok(Open { current, task: task.abort_handle() })
    }

    /// Looks after the targets of each group, from the first node that uses it.
    fn check(&self, served: &mut Served, plan: &Plan, groups: &BTreeMap<GroupKey, Arc<LiveGroup>>) {
        let mut from = BTreeMap::new();
        for node in &plan.nodes {
            for key in groups_of(&node.listeners) {
                from.entry(key).or_insert_with(|| node.interface.clone());
            }
        }
        served.checks.retain(|key, checked| {
            let same = groups.get(key).is_some_and(|group| group.plan == checked.group);
            same && from.get(key) == Some(&checked.from)
        });
        for (key, group) in groups {
            let Some(from) = from.get(key).filter(|_| group.plan.check.is_some()) else { continue };
            served.checks.entry(key.clone()).or_insert_with(|| {
                let watching = health::watch(self.reach(from), group.clone());
                let task = self.runtime.spawn(watching).abort_handle();
                Checked { group: group.plan.clone(), from: from.clone(), task }
            });
        }
    }

    /// What is known of a target; `None` when no load balancer uses its group.
    pub fn health(&self, group: &str, target: &str, port: u16) -> Option<Health> {
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (group.to_owned(), target.to_owned(), port);
        served.targets.get(&key).map(|state| state.health())
    }
}

fn states(group: &LiveGroup) -> impl Iterator<Item = (TargetKey, Arc<TargetState>)> + '_ {
    group.targets.iter().map(|target| {
        let key = (group.plan.arn.clone(), target.plan.id.clone(), target.plan.port);
        (key, target.state.clone())
    })
}

fn groups_of(listeners: &[Arc<Listener>]) -> impl Iterator<Item = GroupKey> {
    let rules = listeners.iter().flat_map(|listener| &listener.rules);
    let groups = rules.flat_map(|rule| match &rule.action {
        Action::Forward(forward) => forward.groups.as_slice(),
        _ => &[],
    });
    groups.map(|(group, _)| group.key())
}

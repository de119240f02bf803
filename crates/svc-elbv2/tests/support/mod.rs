//! Calls go through the whole pipeline as forms; the network and the nodes are fakes that keep what they were told.

use balancer::Health;
use balancer::plan::Plan;
use base::{
    AllocationId, ManualClock, NetworkInterfaceId, Scope, SecurityGroupId, SequentialIds, SubnetId,
    Timestamp, VpcId,
};
use service::Pipeline;
use service::testing::root_call;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use store::{Durability, Store};
use svc_elbv2::Elb;
use svc_elbv2::needs::{
    AddressPlace, Allocation, Attached, Attachment, Certificates, InstancePlace, NeedError, Needs, Network,
    Nodes, Pending, SubnetPlace,
};
use wire::http::Request;

pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

/// `vpc-1` has subnets in zones a, b and c; `subnet-full` has no room.
#[derive(Default)]
pub struct FakeNetwork {
    /// Subnet and groups by load balancer and subnet.
    attached: Mutex<BTreeMap<(String, String), String>>,
    /// Whether the VPC has an internet gateway.
    pub has_internet: Mutex<bool>,
}

impl FakeNetwork {
    pub fn attached(&self) -> Vec<String> {
        self.attached
            .lock()
            .unwrap()
            .iter()
            .map(|((_, subnet), groups)| format!("{subnet} {groups}"))
            .collect()
    }
}

impl Network for FakeNetwork {
    fn subnet(&self, _: &Scope, subnet: &SubnetId) -> Result<Option<SubnetPlace>, NeedError> {
        let place = |vpc: &str, zone: &str| SubnetPlace { vpc: vpc.into(), zone: zone.to_owned() };
        Ok(match subnet.as_str() {
            "subnet-a" | "subnet-a2" => Some(place("vpc-1", "us-east-1a")),
            "subnet-b" => Some(place("vpc-1", "us-east-1b")),
            "subnet-full" => Some(place("vpc-1", "us-east-1c")),
            "subnet-other" => Some(place("vpc-2", "us-east-1b")),
            _ => None,
        })
    }

    fn has_vpc(&self, _: &Scope, vpc: &VpcId) -> Result<bool, NeedError> {
        Ok(vpc.as_str() == "vpc-1")
    }

    fn has_internet_gateway(&self, _: &Scope, _: &VpcId) -> Result<bool, NeedError> {
        Ok(*self.has_internet.lock().unwrap())
    }

    fn group_vpc(&self, _: &Scope, group: &SecurityGroupId) -> Result<Option<VpcId>, NeedError> {
        Ok(match group.as_str() {
            "sg-1" | "sg-2" => Some("vpc-1".into()),
            "sg-other" => Some("vpc-2".into()),
            _ => None,
        })
    }

    fn default_group(&self, _: &Scope, _: &VpcId) -> Result<SecurityGroupId, NeedError> {
        Ok("sg-default".into())
    }

    fn instance(&self, _: &Scope, instance: &str) -> Result<Option<InstancePlace>, NeedError> {
        let place = |is_running| InstancePlace {
            vpc: "vpc-1".into(),
            zone: "us-east-1a".to_owned(),
            address: Ipv4Addr::new(10, 0, 0, 9),
            is_running,
        };
        Ok(match instance {
            "i-1" => Some(place(true)),
            "i-stopped" => Some(place(false)),
            _ => None,
        })
    }

    fn address(&self, _: &Scope, _: &VpcId, address: Ipv4Addr) -> Result<AddressPlace, NeedError> {
        let inside = address.octets()[..2] == [10, 0];
        Ok(if inside { AddressPlace::Inside(Some("us-east-1b".to_owned())) } else { AddressPlace::Outside })
    }

    fn allocation(&self, _: &Scope, allocation: &AllocationId) -> Result<Option<Allocation>, NeedError> {
        let address = Ipv4Addr::new(198, 51, 100, 7);
        Ok(match allocation.as_str() {
            "eipalloc-1" => Some(Allocation { address, is_free: true }),
            "eipalloc-taken" => Some(Allocation { address, is_free: false }),
            _ => None,
        })
    }

    fn attach<'a>(&'a self, wanted: &'a Attachment) -> Pending<'a, Result<Attached, NeedError>> {
        Box::pin(async move {
            if wanted.subnet.as_str() == "subnet-full" {
                return Err(NeedError::SubnetFull);
            }
            let groups: Vec<&str> = wanted.groups.iter().map(|group| group.as_str()).collect();
            let key = (wanted.load_balancer.clone(), wanted.subnet.to_string());
            self.attached.lock().unwrap().insert(key, groups.join(","));
            let interface = NetworkInterfaceId::new(format!("eni-{}", wanted.subnet));
            let public = wanted.allocation.as_ref().map(|_| Ipv4Addr::new(198, 51, 100, 7));
            Ok(Attached { interface, address: Ipv4Addr::new(10, 0, 0, 5), public })
        })
    }

    fn release<'a>(
        &'a self,
        _: &'a Scope,
        load_balancer: &'a str,
        keep: &'a [SubnetId],
    ) -> Pending<'a, Result<(), NeedError>> {
        let kept = |subnet: &String| keep.iter().any(|kept| kept.as_str() == subnet);
        self.attached.lock().unwrap().retain(|(lb, subnet), _| lb != load_balancer || kept(subnet));
        Box::pin(async { Ok(()) })
    }
}

#[derive(Default)]
pub struct FakeNodes(Mutex<Plan>);

impl FakeNodes {
    pub fn plan(&self) -> Plan {
        self.0.lock().unwrap().clone()
    }
}

impl Nodes for FakeNodes {
    fn follow(&self, plan: &Plan) {
        *self.0.lock().unwrap() = plan.clone();
    }

    fn health(&self, _: &str, target: &str, _: u16) -> Option<Health> {
        Some(if target == "i-1" { Health::Healthy } else { Health::Initial })
    }
}

/// Two certificates, whose version is counted.
#[derive(Default)]
pub struct FakeCertificates(Mutex<u32>);

impl FakeCertificates {
    pub fn renew(&self) {
        *self.0.lock().unwrap() += 1;
    }
}

impl Certificates for FakeCertificates {
    fn version(&self, _: &Scope, arn: &str) -> Result<Option<String>, NeedError> {
        let is_known = ["certificate/1", "certificate/2"].iter().any(|known| arn.ends_with(known));
        Ok(is_known.then(|| self.0.lock().unwrap().to_string()))
    }
}

pub struct World {
    pub network: Arc<FakeNetwork>,
    pub nodes: Arc<FakeNodes>,
    pub certificates: Arc<FakeCertificates>,
    pub clock: Arc<ManualClock>,
    pub elb: Arc<Elb>,
    pub store: Store,
    pipeline: Pipeline,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let (network, nodes) = (Arc::<FakeNetwork>::default(), Arc::<FakeNodes>::default());
        let clock = Arc::new(ManualClock::at(NOW));
        let certificates = Arc::<FakeCertificates>::default();
        let needs = Needs {
            network: network.clone(),
            certificates: certificates.clone(),
            nodes: nodes.clone(),
            clock: clock.clone(),
            ids: Arc::new(SequentialIds::seeded(1)),
        };
        let elb = Elb::new(store.clone(), needs);
        let pipeline = service::testing::pipeline(svc_elbv2::ops::registry(elb.clone()), &store);
        Self { network, nodes, certificates, clock, elb, store, pipeline, runtime, _dir: dir }
    }

    pub fn reconcile(&self) {
        self.runtime.block_on(self.elb.reconcile());
    }

    pub fn ok(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let (status, body) = self.call(action, parameters);
        assert_eq!(status, 200, "{action}: {body}");
        body
    }

    /// `CODE: MESSAGE`.
    pub fn fails(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let (status, body) = self.call(action, parameters);
        assert_ne!(status, 200, "{action} {parameters:?}: {body}");
        let text = |name: &str| {
            part(&body, name).replace("&apos;", "'").replace("&#39;", "'").replace("&quot;", "\"")
        };
        format!("{}: {}", text("Code"), text("Message"))
    }

    fn call(&self, action: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        let mut form = format!("Action={action}&Version=2015-12-01");
        for (name, value) in parameters {
            let value: String =
                value
                    .bytes()
                    .map(|b| {
                        if b.is_ascii_alphanumeric() {
                            char::from(b).to_string()
                        } else {
                            format!("%{b:02X}")
                        }
                    })
                    .collect();
            form.push_str(&format!("&{name}={value}"));
        }
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: form.into(),
            ..Request::default()
        };
        let call = root_call(NOW);
        let response = self.runtime.block_on(self.pipeline.handle("elasticloadbalancing", &call, &request));
        (response.status, String::from_utf8(response.body.to_vec()).unwrap())
    }
}

/// The text of the first element of this name.
pub fn part(body: &str, tag: &str) -> String {
    let (_, rest) = body.split_once(&format!("<{tag}>")).unwrap_or_else(|| panic!("{tag} in {body}"));
    rest.split_once("</").unwrap().0.to_owned()
}

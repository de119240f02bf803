//! A store, the service and its pipeline; an authority that keeps what it was asked.

use base::{Scope, SequentialIds, Timestamp};
use service::testing::{Judge, pipeline_under, root_call};
use service::{Call, Pipeline};
use std::future::Future;
use std::sync::Arc;
use store::{Durability, Store};
use svc_ec2::state::DefaultVpcGiven;
use svc_ec2::{Ec2, Quotas};
use wire::http::Request;

/// 2026-01-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

pub struct World {
    pub ec2: Arc<Ec2>,
    pub now: Timestamp,
    pub scope: Scope,
    store: Store,
    pipeline: Pipeline,
    judge: Arc<Judge>,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::with(Quotas::default())
    }

    /// A region whose default VPC was deleted, as most tests want none.
    pub fn with(quotas: Quotas) -> Self {
        let world = Self::untouched(quotas);
        let given = DefaultVpcGiven { scope: world.scope.clone(), at: NOW };
        world.block_on(world.store.write(|tx| tx.put(&given))).unwrap();
        world
    }

    /// A region that nobody has used yet.
    pub fn untouched(quotas: Quotas) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let ec2 = Arc::new(Ec2::new(store.clone(), Arc::new(SequentialIds::seeded(1)), quotas));
        let judge = Arc::new(Judge::default());
        let pipeline = pipeline_under(judge.clone(), svc_ec2::ops::registry(ec2.clone()), &store);
        Self { ec2, now: NOW, scope: Scope::default(), store, pipeline, judge, runtime, _dir: dir }
    }

    /// Where rows are, for what only a machine would write.
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    pub fn deny(&self, action: &str) {
        self.judge.deny(action);
    }

    /// What the policies were asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        self.judge.asked_lines(&["ec2:Region"])
    }

    /// The status and the body.
    pub fn call(&self, operation: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", operation).append_pair("Version", "2016-11-15").extend_pairs(parameters);
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: form.finish().into(),
            ..Request::default()
        };
        let response = self.block_on(self.pipeline.handle("ec2", &self.frame(), &request));
        (response.status, String::from_utf8(response.body.to_vec()).unwrap())
    }

    pub fn ok(&self, operation: &str, parameters: &[(&str, &str)]) -> Answer {
        let (status, body) = self.call(operation, parameters);
        assert_eq!(status, 200, "{operation}: {body}");
        Answer(body)
    }

    /// `STATUS CODE: MESSAGE` of a call that must fail.
    pub fn fails(&self, operation: &str, parameters: &[(&str, &str)]) -> String {
        let (status, body) = self.call(operation, parameters);
        assert_ne!(status, 200, "{operation}: {body}");
        let answer = Answer(body);
        format!("{status} {}: {}", answer.text("Code"), answer.text("Message"))
    }

    pub fn frame(&self) -> Call {
        Call { scope: self.scope.clone(), request_id: "r".into(), ..root_call(self.now) }
    }

    pub fn vpc(&self) -> String {
        self.ok("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]).text("vpcId")
    }

    pub fn subnet(&self, vpc: &str, cidr: &str) -> String {
        self.ok("CreateSubnet", &[("VpcId", vpc), ("CidrBlock", cidr)]).text("subnetId")
    }

    pub fn group(&self, vpc: &str, name: &str) -> String {
        let parameters = [("VpcId", vpc), ("GroupName", name), ("GroupDescription", "d")];
        self.ok("CreateSecurityGroup", &parameters).text("groupId")
    }

    pub fn interface(&self, subnet: &str) -> String {
        self.ok("CreateNetworkInterface", &[("SubnetId", subnet)]).text("networkInterfaceId")
    }

    /// An internet gateway attached to the VPC.
    pub fn gateway(&self, vpc: &str) -> String {
        let id = self.ok("CreateInternetGateway", &[]).text("internetGatewayId");
        self.ok("AttachInternetGateway", &[("InternetGatewayId", &id), ("VpcId", vpc)]);
        id
    }

    pub fn address(&self) -> String {
        self.ok("AllocateAddress", &[]).text("allocationId")
    }
}

/// An XML answer. The answers are small and have no attributes, so text search will do.
pub struct Answer(pub String);

impl Answer {
    /// The content of every element of the name, in order.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let after = self.0.split(&open).skip(1);
        after.filter_map(|rest| rest.split_once(&close)).map(|(text, _)| unescaped(text)).collect()
    }

    /// The content of the first element of the name.
    pub fn text(&self, name: &str) -> String {
        self.texts(name).into_iter().next().unwrap_or_else(|| panic!("no {name} in {}", self.0))
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&format!("<{name}>")) || self.0.contains(&format!("<{name}/>"))
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

//! Calls that moat and the emulators beside it all serve, from the same client, one after another.

use super::{Bounds, progress};
use crate::caller::{Caller, Request};
use crate::failure::Failure;
use crate::report::Figure;
use crate::samples::Samples;
use crate::stack::IAM;
use base::{Clock, SystemClock};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Instant;

const GROUP: &str = "shared";
const STREAM: &str = "calls";

pub struct Call {
    pub name: &'static str,
    /// What moat's own figure of it is called.
    pub own: &'static str,
    pub request: fn(&Caller, usize) -> Request,
}

pub const CALLS: [Call; 5] = [
    Call {
        name: "GetCallerIdentity",
        own: "sts:GetCallerIdentity, 1 connection",
        request: |caller, _| caller.query("sts", "2011-06-15", "GetCallerIdentity", &[]),
    },
    Call {
        name: "CreateUser, in memory",
        own: "iam:CreateUser, 1 client",
        request: |caller, number| {
            caller.query(IAM.0, IAM.1, "CreateUser", &[("UserName", &format!("shared-{number}"))])
        },
    },
    Call {
        name: "GetUser",
        own: "iam:GetUser, one after another",
        request: |caller, _| caller.query(IAM.0, IAM.1, "GetUser", &[("UserName", GROUP)]),
    },
    Call {
        name: "DescribeVpcs",
        own: "ec2:DescribeVpcs, one after another",
        request: |caller, _| caller.query("ec2", "2016-11-15", "DescribeVpcs", &[]),
    },
    Call {
        name: "PutLogEvents of one event, in memory",
        own: "logs:PutLogEvents of one event, one after another",
        request: |caller, number| put_event(caller, GROUP, STREAM, number),
    },
];

/// A user, a VPC and a stream, for the calls that need them.
pub fn prepare(address: SocketAddr) -> Result<(), Failure> {
    once(address, |caller| caller.query(IAM.0, IAM.1, "CreateUser", &[("UserName", GROUP)]))?;
    once(address, |caller| caller.query("ec2", "2016-11-15", "CreateVpc", &[("CidrBlock", "10.77.0.0/16")]))?;
    make_stream(address, GROUP, STREAM)
}

pub fn make_stream(address: SocketAddr, group: &str, stream: &str) -> Result<(), Failure> {
    once(address, |caller| caller.logs("CreateLogGroup", &json!({ "logGroupName": group })))?;
    let names = json!({ "logGroupName": group, "logStreamName": stream });
    once(address, |caller| caller.logs("CreateLogStream", &names))
}

/// Over a connection of its own: not everybody answers twice on one.
fn once(address: SocketAddr, request: impl Fn(&Caller) -> Request) -> Result<(), Failure> {
    let mut caller = Caller::new(address)?;
    let request = request(&caller);
    caller.ok(&request).map(drop)
}

pub fn put_event(caller: &Caller, group: &str, stream: &str, number: usize) -> Request {
    let message =
        format!("REPORT RequestId: {number:032} Duration: 1.23 ms Billed Duration: 2 ms Memory Size: 128 MB");
    let events = json!([{ "timestamp": SystemClock.now().millis(), "message": message }]);
    caller
        .logs("PutLogEvents", &json!({ "logGroupName": group, "logStreamName": stream, "logEvents": events }))
}

/// What moat takes for those that have no figure elsewhere.
pub fn measure(bounds: Bounds, address: SocketAddr) -> Result<Vec<Figure>, Failure> {
    progress("what the emulators serve too");
    prepare(address)?;
    let mut caller = Caller::new(address)?;
    let mut figures = Vec::new();
    for call in CALLS.iter().skip(2) {
        let (mut samples, begun) = (Samples::default(), Instant::now());
        for number in 0..bounds.samples {
            if bounds.over(begun) {
                break;
            }
            let request = (call.request)(&caller, number);
            samples.add(caller.timed(&request)?.1);
        }
        figures.push(Figure::new(call.own).latency(&samples));
    }
    Ok(figures)
}

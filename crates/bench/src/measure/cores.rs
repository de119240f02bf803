//! The pure cores in this process: verifying a signature, walking a packet through a large network,
//! compiling that network. Nothing is sent.

use super::{Bounds, progress};
use crate::failure::Failure;
use crate::report::Figure;
use crate::samples::Samples;
use base::{NetworkInterfaceId, Timestamp};
use sigv4::{Credentials, Presented, Request, Rules, Secret, Signer};
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::Instant;
use vpc::{Flow, Network};

/// A clock cannot tell apart what takes less than it takes to read it: so many are timed together.
const BATCH: u32 = 100;
/// The network of the goal in size: 1,000 interfaces, 10,000 rules.
const INTERFACES: u32 = 1000;
const GROUPS: u32 = 50;
const RULES_PER_GROUP: u32 = 200;
const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

pub fn measure(bounds: Bounds) -> Result<Vec<Figure>, Failure> {
    progress("the pure cores");
    let network = large_network()?;
    let flow = flow();
    Ok(vec![
        Figure::new("sigv4: verify a signed request").latency(&signature(bounds)?),
        Figure::new("vpc: walk one flow, 1,000 interfaces and 10,000 rules").latency(&timed(
            bounds,
            BATCH,
            || drop(black_box(vpc::walk(&network, &flow))),
        )),
        Figure::new("vpc: compile 1,000 interfaces and 10,000 rules")
            .latency(&timed(bounds, 1, || drop(black_box(vpc::compile(&network))))),
        Figure::new("vpc: one rule changes among 1,000 interfaces and 10,000 rules")
            .latency(&timed_update(bounds, &network)),
    ])
}

/// Across the subnets, allowed by the last rule of its group.
fn flow() -> Flow {
    let payload = vpc::Payload::Tcp { source_port: 40_000, destination_port: 5432 };
    Flow::new(NetworkInterfaceId::new("eni-0"), Ipv4Addr::new(10, 0, 128, 54), payload)
}

fn timed(bounds: Bounds, batch: u32, mut work: impl FnMut()) -> Samples {
    let mut samples = Samples::default();
    let begun = Instant::now();
    // One round to warm up, not counted.
    work();
    for _ in 0..bounds.samples {
        if bounds.over(begun) {
            break;
        }
        let begin = Instant::now();
        (0..batch).for_each(|_| work());
        samples.add(begin.elapsed() / batch);
    }
    samples
}

/// A rule that comes and goes, compiled each time from the plan before.
fn timed_update(bounds: Bounds, network: &Network) -> Samples {
    let mut other = network.clone();
    if let Some(group) = other.security_groups.values_mut().next() {
        group.rules.pop();
    }
    let (mut plan, mut turn) = (Some(vpc::compile(network)), false);
    timed(bounds, 1, || {
        let (before, after) = if turn { (&other, network) } else { (network, &other) };
        plan = plan.take().map(|plan| vpc::recompile(before, plan, after));
        turn = !turn;
    })
}

/// Verifying includes reading what the request presents, canonicalising it and deriving the key.
fn signature(bounds: Bounds) -> Result<Samples, Failure> {
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let body = b"Action=GetCallerIdentity&Version=2011-06-15";
    let mut headers = vec![
        ("Host".to_owned(), "localhost:4566".to_owned()),
        ("Content-Type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned()),
    ];
    let plain = Request { method: "POST", path: "/", query: "", headers: &headers, body };
    let added = Signer::new(&credentials, "us-east-1", "sts").sign(&plain, NOW);
    headers.extend(added);
    let request = Request { method: "POST", path: "/", query: "", headers: &headers, body };
    let secret = Secret { secret_access_key: &credentials.secret_access_key, session_token: None };
    let rules = Rules::of("sts");
    let verify =
        || Presented::read(&request).and_then(|presented| presented.verify(&request, &secret, NOW, rules));
    verify()?;
    Ok(timed(bounds, BATCH, || drop(black_box(verify()))))
}

/// Two subnets; every interface has one of fifty groups; every group has two hundred rules.
fn large_network() -> Result<Network, Failure> {
    let mut text = String::from(
        "vpc 10.0.0.0/16\nsubnet subnet-a 10.0.0.0/17 acl-1 rtb-1\nsubnet subnet-b 10.0.128.0/17 acl-1 rtb-1\n",
    );
    text.push_str("acl acl-1 open\n");
    for group in 0..GROUPS {
        for rule in 0..RULES_PER_GROUP {
            let port = 1000 + rule;
            let line = match (rule == RULES_PER_GROUP - 1, rule % 2) {
                (true, _) => "in tcp 5432 from sg-0".to_owned(),
                (false, 0) => format!("out tcp {} to sg-{}", if rule == 0 { 5432 } else { port }, group % 7),
                (false, _) => format!("in tcp {port} from 10.0.{}.0/24", rule % 128),
            };
            text.push_str(&format!("sg sg-{group} {line}\n"));
        }
    }
    for number in 0..INTERFACES {
        let (subnet, third) = if (number / GROUPS).is_multiple_of(2) { ("a", 0) } else { ("b", 128) };
        let (high, low) = (third + number / 250, 4 + number % 250);
        text.push_str(&format!(
            "eni eni-{number} host subnet-{subnet} 10.0.{high}.{low} sg-{}\n",
            number % GROUPS
        ));
    }
    Ok(vpc::testing::network(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_large_network_is_as_large_as_it_says_and_delivers() {
        let network = large_network().unwrap();
        assert_eq!(network.interfaces.len(), INTERFACES as usize);
        let trace = vpc::walk(&network, &flow());
        assert!(matches!(trace.verdict, vpc::Verdict::Delivered { .. }), "{trace:?}");
        let bounds = Bounds { samples: 1, time: std::time::Duration::from_secs(60) };
        assert!(measure(bounds).is_ok());
    }
}

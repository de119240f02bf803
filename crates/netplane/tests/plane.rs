//! The plane against this machine's kernel.

mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use netplane::{DataPlane, Probe};
use vpc::{Network, compile};

const TWO_HOSTS: &str = "
    vpc 10.0.0.0/16
    igw igw-1
    subnet subnet-a 10.0.0.0/24 acl-1 rtb-a
    subnet subnet-b 10.0.1.0/24 acl-1 rtb-b
    acl acl-1 open
    route rtb-a 0.0.0.0/0 igw-1
    route rtb-b 0.0.0.0/0 nat-1
    sg sg-app out all to 0.0.0.0/0
    sg sg-db in tcp 5432 from sg-app
    sg sg-fn out all to 0.0.0.0/0
    eni eni-app host subnet-a 10.0.0.10=198.19.0.10 sg-app
    eni eni-nat nat-1 subnet-a 10.0.0.5=198.19.0.5
    eni eni-db host subnet-b 10.0.1.10 sg-db
    eni eni-fn hub subnet-b 10.0.1.20 sg-app
";
const TIMEOUT: Duration = Duration::from_millis(200);

/// Two hosts in two subnets and a function hub; the database lets the app in on 5432.
fn two_hosts() -> Network {
    vpc::testing::network(TWO_HOSTS).expect("a network")
}

fn at(address: [u8; 4], port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from(address), port))
}

#[test]
fn packets_flow_and_drop() {
    world::run("packets_flow_and_drop", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let network = two_hosts();
        let applied = plane.apply(&[compile(&network)]).expect("applies");
        println!("{applied:?}");
        if std::env::var_os("SHOW").is_some() {
            let path = plane.router_path(&network.vpc).unwrap();
            let show = |cmd: &str| {
                let out = std::process::Command::new("nsenter")
                    .arg(format!("--net={}", path.display()))
                    .args(["sh", "-c", cmd])
                    .output()
                    .unwrap();
                println!(
                    "$ {cmd}\n{}{}",
                    String::from_utf8_lossy(&out.stdout),
                    String::from_utf8_lossy(&out.stderr)
                );
            };
            show("nft list ruleset; ip link; ip addr show lo; ip rule; ip route show table all; ip neigh");
        }
        let _listener = plane.listen_tcp(&"eni-db".into(), 5432).unwrap();
        let probe = |from: &str, to| plane.probe_tcp(&from.into(), to, TIMEOUT).unwrap();
        assert_eq!(probe("eni-app", at([10, 0, 1, 10], 5432)), Probe::Connected);
        assert_eq!(probe("eni-app", at([10, 0, 1, 10], 5433)), Probe::TimedOut);
        let drops = plane.recent_drops();
        println!("{drops:?}");
        assert!(drops.iter().any(|d| d.by.to_string() == "sg-in eni-db"), "{drops:?}");
    });
}

//! The daemon's own network namespace, which is the internet of every VPC: public endpoints are addresses of its
//! loopback interface, internet gateways are links to the routers, and functions outside a VPC have their hub here.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base::VpcId;
use ipnet::Ipv6Net;

use super::ifname;
use super::leaf::{GATEWAY_MAC, GATEWAY_V6, Leaf, UPLINK, UPLINK_NAME, to_host};
use super::netlink::family::Family;
use super::netlink::link::{Mac, VethEnd};
use super::netlink::route::{Hop, MAIN_TABLE, Route};
use super::netlink::{address, link, neighbour, route};
use super::netns::{self, LOOPBACK, Netns, NetnsError};
use super::nft::batch::Remembered;
use super::router::{Exit, INTERNET_MAC, Router};
use super::rules;
use super::sysctl::{self, Role};
use crate::data_plane::Outward;

/// The namespace of functions without a VPC.
const HUB_NAME: &str = "hub-internet";
const HUB_LINK: &str = "hub";
/// Their address, out of the range that public addresses are given from.
const HUB_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 19, 255, 254));

/// Where connections are led that go outside; of the addresses that are left to gateways.
const CARRIER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(198, 19, 0, 2), 61_681);

/// What a VPC is reached by.
pub struct Reached<'a> {
    /// The VPC.
    pub vpc: &'a VpcId,
    /// Its public addresses.
    pub addresses: Vec<Ipv4Addr>,
    /// Its blocks of IPv6, and the gateway that they are reached by.
    pub ipv6: Option<(Exit, Vec<Ipv6Net>)>,
}

/// A route, and the neighbour that it leads to.
type Way = (Route, IpAddr, Mac);

/// The daemon's own network namespace.
pub struct Internet {
    directory: PathBuf,
    netns: Netns,
    hub: Option<Arc<Mutex<Leaf>>>,
    routed: Option<BTreeSet<Way>>,
    remembered: Remembered,
    /// Whether IPv6 was switched on.
    ipv6: bool,
}

impl Internet {
    /// Makes the calling thread's namespace the internet.
    pub fn open(directory: &Path) -> Result<Internet, NetnsError> {
        sysctl::prepare(Role::Router)?;
        let mut netns = Netns::current("internet")?;
        netns.route()?.request("bring up loopback", link::set_up(LOOPBACK))?;
        // Functions without a VPC are made anew by the next daemon, and so is their hub.
        netns::remove(&directory.join(HUB_NAME), HUB_NAME)?;
        let stale = link::list(netns.route()?)?.into_iter().find(|l| l.name == HUB_LINK);
        if let Some(stale) = stale {
            // The kernel takes it along with the hub that was just removed, in its own time.
            match netns.route()?.request("remove a link", link::delete(stale.index)) {
                Err(error) if error.is_absent() => {}
                removed => drop(removed?),
            }
        }
        Ok(Internet {
            directory: directory.to_path_buf(),
            netns,
            hub: None,
            routed: None,
            remembered: Remembered::default(),
            ipv6: false,
        })
    }

    /// Makes the next [`Internet::route_public`] look at the kernel.
    pub fn forget(&mut self) {
        self.routed = None;
        self.ipv6 = false;
    }

    /// The namespace.
    pub fn handle(&self) -> Result<std::fs::File, NetnsError> {
        self.netns.handle()
    }

    /// Leads connections that go outside to an address of its own, which it answers, or nowhere.
    pub fn lead_outside(&mut self, outward: Option<&Outward>) -> Result<Option<SocketAddrV4>, NetnsError> {
        let Some(outward) = outward else {
            self.remembered.bring(self.netns.netfilter()?, &[])?;
            return Ok(None);
        };
        self.add_address(IpAddr::V4(*CARRIER.ip()))?;
        let ruleset = rules::internet::ruleset(CARRIER, &outward.always, &outward.inside);
        self.remembered.bring(self.netns.netfilter()?, &[ruleset])?;
        Ok(Some(CARRIER))
    }

    /// Gives the internet an address that the daemon listens on.
    pub fn add_address(&mut self, address: IpAddr) -> Result<(), NetnsError> {
        if address.is_ipv6() {
            self.switch_ipv6_on()?;
        }
        self.netns.route()?.request("add a public address", address::add(LOOPBACK, address))?;
        Ok(address::settle(self.netns.route()?, [address])?)
    }

    /// Links a VPC's router to the internet.
    pub fn link_router(&mut self, vpc: &VpcId, router: &mut Router, exit: Exit) -> Result<(), NetnsError> {
        let index = self.next_index()?;
        self.routed = None;
        router.add_exit(exit, &self.netns, &gateway_name(vpc, exit), index)?;
        self.netns.route()?.request("bring up an internet gateway", link::set_up(index))?;
        router.settle_exit(exit)
    }

    fn switch_ipv6_on(&mut self) -> Result<(), NetnsError> {
        if !self.ipv6 {
            // The namespace is the caller's own, or was when it was opened.
            let own = self.netns.handle()?;
            netns::inside_of(&own, self.netns.name(), || sysctl::enable_ipv6(Role::Router))??;
            self.ipv6 = true;
        }
        Ok(())
    }

    fn next_index(&mut self) -> Result<u32, NetnsError> {
        Ok(link::list(self.netns.route()?)?.iter().map(|l| l.index).max().unwrap_or(LOOPBACK) + 1)
    }

    /// Leads public addresses to their VPCs, and nothing else there.
    pub fn route_public<'a>(&mut self, vpcs: impl Iterator<Item = Reached<'a>>) -> Result<(), NetnsError> {
        let links = link::list(self.netns.route()?)?;
        let index_of = |name: &str| links.iter().find(|l| l.name == name).map(|l| l.index);
        let mut wanted = BTreeSet::new();
        for Reached { vpc, addresses, ipv6 } in vpcs {
            if let Some(index) = index_of(&gateway_name(vpc, Exit::Internet)) {
                let way = |a: Ipv4Addr| (to_host(a.into(), index), a.into(), INTERNET_MAC);
                wanted.extend(addresses.into_iter().map(way));
            }
            let ipv6 = ipv6.and_then(|(exit, cidrs)| Some((index_of(&gateway_name(vpc, exit))?, cidrs)));
            if let Some((index, cidrs)) = ipv6 {
                let hop = Hop::Via(GATEWAY_V6, index);
                let route = |cidr: Ipv6Net| Route { table: MAIN_TABLE, destination: cidr.into(), hop };
                wanted.extend(cidrs.into_iter().map(|cidr| (route(cidr), GATEWAY_V6, INTERNET_MAC)));
            }
        }
        if let Some(index) = index_of(HUB_LINK) {
            wanted.insert((to_host(HUB_ADDRESS, index), HUB_ADDRESS, ifname::mac(HUB_NAME)));
        }
        if self.routed.as_ref() == Some(&wanted) {
            return Ok(());
        }
        self.bring_routes(&wanted)?;
        self.routed = Some(wanted);
        Ok(())
    }

    fn bring_routes(&mut self, wanted: &BTreeSet<Way>) -> Result<(), NetnsError> {
        let with_ipv6 = wanted.iter().any(|(route, ..)| Family::Ipv6.has(route.destination));
        if with_ipv6 {
            self.switch_ipv6_on()?;
        }
        let mut there = route::list(self.netns.route()?, Family::Ipv4)?;
        if sysctl::has_ipv6() {
            there.extend(route::list(self.netns.route()?, Family::Ipv6)?);
        }
        let kept: BTreeSet<_> = wanted.iter().map(|(r, ..)| r.destination).collect();
        let mut messages: Vec<_> =
            there.iter().filter(|r| !kept.contains(&r.destination)).map(route::remove).collect();
        for (r, neighbour, mac) in wanted {
            if let Hop::Link(index) | Hop::Via(_, index) = r.hop {
                // A daemon that was killed may have left it down.
                messages.push(link::set_up(index));
                messages.push(neighbour::replace(index, *neighbour, *mac));
            }
            messages.push(route::replace(r));
        }
        Ok(self.netns.route()?.requests(&["route a public address"], messages)?)
    }

    /// The hub of functions without a VPC, made when the first asks for it.
    pub fn hub(&mut self) -> Result<Arc<Mutex<Leaf>>, NetnsError> {
        if let Some(hub) = &self.hub {
            return Ok(Arc::clone(hub));
        }
        let mut leaf = Leaf::new(Netns::create(&self.directory, HUB_NAME, Role::Hub)?, Role::Hub);
        let index = self.next_index()?;
        let mac = ifname::mac(HUB_NAME);
        let near = VethEnd { name: HUB_LINK, index, mac: GATEWAY_MAC };
        let far = VethEnd { name: UPLINK_NAME, index: UPLINK, mac };
        let handle = leaf.netns.handle()?;
        let messages = vec![
            link::create_veth(&near, &far, handle.as_fd()),
            neighbour::replace(index, HUB_ADDRESS, mac),
            route::replace(&to_host(HUB_ADDRESS, index)),
        ];
        self.netns.route()?.requests(&["link functions without a vpc"], messages)?;
        leaf.bring(&[HUB_ADDRESS], Role::Hub)?;
        self.netns.route()?.request("settle a link", link::settle(index))?;
        let leaf = Arc::new(Mutex::new(leaf));
        // What is routed is compared as a whole: the hub's route is part of it from now on.
        self.routed = None;
        self.hub = Some(Arc::clone(&leaf));
        Ok(leaf)
    }
}

/// The name of the internet's end of a VPC's gateway.
fn gateway_name(vpc: &VpcId, exit: Exit) -> String {
    let letter = if exit == Exit::Internet { 'g' } else { 'o' };
    ifname::of(letter, vpc.as_str())
}

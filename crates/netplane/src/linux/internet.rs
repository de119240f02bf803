//! The daemon's own network namespace, which is the internet of every VPC: public endpoints are addresses of its
//! loopback interface, internet gateways are links to the routers, and functions outside a VPC have their hub here.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base::VpcId;

use super::ifname;
use super::leaf::{GATEWAY_MAC, Leaf, UPLINK, UPLINK_NAME, to_host};
use super::netlink::link::{Mac, VethEnd};
use super::netlink::route::Route;
use super::netlink::{address, link, neighbour, route};
use super::netns::{self, LOOPBACK, Netns, NetnsError};
use super::router::{INTERNET_MAC, Router};
use super::sysctl::{self, Role};

/// The namespace of functions without a VPC.
const HUB_NAME: &str = "hub-internet";
const HUB_LINK: &str = "hub";
/// Their address, out of the range that public addresses are given from.
const HUB_ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 19, 255, 254);

/// The daemon's own network namespace.
pub struct Internet {
    directory: PathBuf,
    netns: Netns,
    hub: Option<Arc<Mutex<Leaf>>>,
    routed: Option<BTreeSet<(Route, Mac)>>,
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
            netns.route()?.request("remove a link", link::delete(stale.index))?;
        }
        Ok(Internet { directory: directory.to_path_buf(), netns, hub: None, routed: None })
    }

    /// Makes the next [`Internet::route_public`] look at the kernel.
    pub fn forget(&mut self) {
        self.routed = None;
    }

    /// Gives the internet an address that the daemon listens on.
    pub fn add_address(&mut self, address: Ipv4Addr) -> Result<(), NetnsError> {
        Ok(self.netns.route()?.request("add a public address", address::add(LOOPBACK, address))?)
    }

    /// Links a VPC's router to the internet.
    pub fn link_router(&mut self, vpc: &VpcId, router: &mut Router) -> Result<(), NetnsError> {
        let index = self.next_index()?;
        self.routed = None;
        router.add_internet(&self.netns, &gateway_name(vpc), index)?;
        self.netns.route()?.request("bring up an internet gateway", link::set_up(index))?;
        router.settle_internet()
    }

    fn next_index(&mut self) -> Result<u32, NetnsError> {
        Ok(link::list(self.netns.route()?)?.iter().map(|l| l.index).max().unwrap_or(LOOPBACK) + 1)
    }

    /// Leads public addresses to their VPCs, and nothing else there.
    pub fn route_public<'a>(
        &mut self,
        translations: impl Iterator<Item = (&'a VpcId, Vec<Ipv4Addr>)>,
    ) -> Result<(), NetnsError> {
        let links = link::list(self.netns.route()?)?;
        let index_of = |name: &str| links.iter().find(|l| l.name == name).map(|l| l.index);
        let mut wanted = BTreeSet::new();
        for (vpc, addresses) in translations {
            if let Some(index) = index_of(&gateway_name(vpc)) {
                wanted.extend(addresses.into_iter().map(|a| (to_host(a, index), INTERNET_MAC)));
            }
        }
        if let Some(index) = index_of(HUB_LINK) {
            wanted.insert((to_host(HUB_ADDRESS, index), ifname::mac(HUB_NAME)));
        }
        if self.routed.as_ref() == Some(&wanted) {
            return Ok(());
        }
        self.bring_routes(&wanted)?;
        self.routed = Some(wanted);
        Ok(())
    }

    fn bring_routes(&mut self, wanted: &BTreeSet<(Route, Mac)>) -> Result<(), NetnsError> {
        let there = route::list(self.netns.route()?)?;
        let kept: BTreeSet<_> = wanted.iter().map(|(r, _)| r.destination).collect();
        let mut messages: Vec<_> =
            there.iter().filter(|r| !kept.contains(&r.destination)).map(route::remove).collect();
        for (r, mac) in wanted {
            if let super::netlink::route::Hop::Link(index) = r.hop {
                // A daemon that was killed may have left it down.
                messages.push(link::set_up(index));
                messages.push(neighbour::replace(index, r.destination.network(), *mac));
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

/// The name of the internet's end of a VPC's internet gateway.
fn gateway_name(vpc: &VpcId) -> String {
    ifname::of('g', vpc.as_str())
}

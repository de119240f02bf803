//! The router of one VPC: its links, addresses, routes and rules.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Arc, RwLock};

use base::{NetworkInterfaceId, VpcEndpointId, VpcPeeringConnectionId};
use vpc::{LinkPlan, Plan, RouteAction, Seat};

use super::leaf::{GATEWAY_MAC, GATEWAY_V6, Leaf, UPLINK, UPLINK_NAME, everything, gateway, to_host};
use super::netlink::encode::Message;
use super::netlink::family::Family;
use super::netlink::link::{Link, Mac, VethEnd};
use super::netlink::route::{Hop, MAIN_TABLE, Route};
use super::netlink::{address, link, neighbour, route, rule};
use super::netns::{self, LOOPBACK, Netns, NetnsError};
use super::nft::batch::Remembered;
use super::quick::LinkChange;
use super::rules::router::{Wiring, resolvers, ruleset};
use super::rules::routes::link_local;
use super::sysctl::{self, Role};
use super::{ifname, nflog, seat};

/// The name of the router's link to the internet.
const INTERNET_LINK: &str = "igw";
/// The name of its link to the internet through the egress-only gateway.
const OUTWARD_LINK: &str = "eigw";
/// What the router's end of the internet link answers to.
pub const INTERNET_MAC: Mac = [0x02, 0x00, 0xa9, 0xfe, 0x01, 0x02];

/// How many interfaces that are gone may still be named.
const FORMER_NAMES: usize = 4096;

/// Which interface stands behind a link's number; kept for links that are gone, since a report may come late.
pub type Names = Arc<RwLock<BTreeMap<u32, NetworkInterfaceId>>>;

/// The router of one VPC.
pub struct Router {
    /// The namespace.
    pub netns: Netns,
    /// Which interface stands behind a link's number.
    pub names: Names,
    links: BTreeMap<NetworkInterfaceId, u32>,
    internet: Option<u32>,
    outward: Option<u32>,
    /// Whether IPv6 was switched on and nobody may have switched it off since.
    ipv6: bool,
    peerings: BTreeMap<VpcPeeringConnectionId, u32>,
    gateway_endpoints: BTreeMap<VpcEndpointId, u32>,
    /// Of the plan: links that end in the namespace of another interface.
    seats: BTreeMap<NetworkInterfaceId, Seat>,
    /// Names of links that were made before they had an interface.
    named: BTreeMap<NetworkInterfaceId, String>,
    spares: Vec<Spare>,
    next_index: u32,
    remembered: Remembered,
    known: Option<Known>,
    /// The plan that all of the above was brought to, as long as nothing happened since.
    settled: Option<Plan>,
}

/// A link with a namespace at its far end, for the next interface.
struct Spare {
    leaf: Leaf,
    index: u32,
    name: String,
}

/// The name of the link to a namespace that was made ahead of need.
fn spare_name(kept: &str) -> String {
    ifname::of('s', kept)
}

/// What the kernel held when it was last read or written.
#[derive(Debug, Default, Clone)]
struct Known {
    links: BTreeMap<String, Link>,
    addresses: BTreeSet<IpAddr>,
    routes: BTreeSet<Route>,
    rules: BTreeSet<rule::Rule>,
    neighbours: BTreeSet<(u32, IpAddr, Mac)>,
}

impl Known {
    /// Whether IPv6 is in use: where it is, a route says what becomes of what has no other.
    fn has_ipv6(&self) -> bool {
        self.routes.iter().any(|route| Family::Ipv6.has(route.destination))
    }
}

/// The kinds of IP that a VPC has.
fn families(plan: &Plan) -> Vec<Family> {
    let with_ipv6 = (!plan.ipv6_cidrs.is_empty()).then_some(Family::Ipv6);
    std::iter::once(Family::Ipv4).chain(with_ipv6).collect()
}

/// The ways to the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The internet gateway.
    Internet,
    /// The egress-only gateway, for IPv6 alone.
    Outward,
}

impl Router {
    /// Stands for a router's namespace that is there, whatever is in it.
    pub fn new(netns: Netns) -> Router {
        Router {
            netns,
            names: Names::default(),
            links: BTreeMap::new(),
            internet: None,
            outward: None,
            ipv6: false,
            peerings: BTreeMap::new(),
            gateway_endpoints: BTreeMap::new(),
            seats: BTreeMap::new(),
            named: BTreeMap::new(),
            spares: Vec::new(),
            next_index: UPLINK,
            remembered: Remembered::default(),
            known: None,
            settled: None,
        }
    }

    /// Makes the next steps look at the kernel instead of at what was done last.
    pub fn forget(&mut self) {
        self.known = None;
        self.settled = None;
        self.ipv6 = false;
        self.remembered.forget();
    }

    /// Reads the kernel unless what it holds is known.
    pub fn look(&mut self) -> Result<(), NetnsError> {
        if self.known.is_some() {
            return Ok(());
        }
        let socket = self.netns.route()?;
        let links = link::list(socket)?;
        self.next_index = links.iter().map(|l| l.index + 1).max().unwrap_or(UPLINK).max(self.next_index);
        let on_loopback = address::list(socket, Family::Ipv4)?.into_iter();
        let on_loopback = on_loopback.filter(|(index, _)| *index == LOOPBACK);
        let (mut routes, mut rules) = (route::list(socket, Family::Ipv4)?, rule::list(socket, Family::Ipv4)?);
        if sysctl::has_ipv6() {
            routes.extend(route::list(socket, Family::Ipv6)?);
            rules.extend(rule::list(socket, Family::Ipv6)?);
        }
        self.known = Some(Known {
            addresses: on_loopback.map(|(_, a)| a).filter(|a| !a.is_loopback()).collect(),
            routes: routes.into_iter().collect(),
            rules: rules.into_iter().collect(),
            links: links.into_iter().map(|l| (l.name.clone(), l)).collect(),
            neighbours: BTreeSet::new(),
        });
        Ok(())
    }

    /// Forgets the links of interfaces that are not in the plan, and removes them. Call after [`Router::look`].
    pub fn remove_links(&mut self, plan: &Plan) -> Result<usize, NetnsError> {
        self.seats.clone_from(&plan.seats);
        let mut wanted: BTreeSet<String> = plan.links.keys().map(|id| self.link_name(id)).collect();
        wanted.extend(self.spares.iter().map(|spare| spare.name.clone()));
        wanted.insert("lo".into());
        if plan.internet_gateway.is_some() {
            wanted.insert(INTERNET_LINK.into());
        }
        if plan.egress_only_internet_gateway.is_some() {
            wanted.insert(OUTWARD_LINK.into());
        }
        wanted.extend(plan.peerings.keys().map(peering_name));
        wanted.extend(plan.gateway_endpoints().keys().map(endpoint_name));
        let known = self.known.take().unwrap_or_default();
        let gone: Vec<&Link> = known.links.values().filter(|l| !wanted.contains(&l.name)).collect();
        let messages = gone.iter().map(|l| link::delete(l.index)).collect();
        let removed = gone.len();
        self.delete_links(messages)?;
        if removed == 0 {
            self.known = Some(known);
        } else {
            self.settled = None;
            // The kernel removed the routes of those links too.
            self.look()?;
        }
        self.find_links(plan);
        Ok(removed)
    }

    /// Links go with their far ends, too: one that is gone already is no failure.
    fn delete_links(&mut self, messages: Vec<Message>) -> Result<(), NetnsError> {
        for outcome in self.netns.route()?.requests_each(messages)? {
            if let Err((text, source)) = outcome
                && source.raw_os_error() != Some(nix::errno::Errno::ENODEV as i32)
            {
                let step = "remove a link".to_string();
                return Err(super::netlink::socket::NetlinkError::Refused { step, text, source }.into());
            }
        }
        Ok(())
    }

    fn find_links(&mut self, plan: &Plan) {
        let Some(known) = &self.known else { return };
        let index_of = |name: &str| known.links.get(name).filter(|l| l.up).map(|l| l.index);
        let found = plan.links.keys().filter_map(|id| Some((id.clone(), index_of(&self.link_name(id))?)));
        self.links = found.collect();
        self.internet = index_of(INTERNET_LINK);
        self.outward = index_of(OUTWARD_LINK);
        let peerings = plan.peerings.keys().filter_map(|id| Some((id.clone(), index_of(&peering_name(id))?)));
        self.peerings = peerings.collect();
        let endpoints = plan.gateway_endpoints().into_keys();
        self.gateway_endpoints =
            endpoints.filter_map(|id| Some((id.clone(), index_of(&endpoint_name(&id))?))).collect();
        if let Ok(mut names) = self.names.write() {
            if names.len() > self.links.len() + FORMER_NAMES {
                names.clear();
            }
            names.extend(self.links.iter().map(|(id, index)| (*index, id.clone())));
        }
    }

    /// Forgets the links of these interfaces and gateway endpoints. They are replaced when they are made again.
    pub fn disown_links(&mut self, is_lost: impl Fn(&NetworkInterfaceId) -> bool) {
        self.links.retain(|id, _| !is_lost(id));
        self.gateway_endpoints.retain(|id, _| !is_lost(&NetworkInterfaceId::from(id.as_str())));
    }

    /// Whether the interface's link is there.
    pub fn has_link(&self, id: &NetworkInterfaceId) -> bool {
        self.links.contains_key(id)
    }

    /// Whether a link to the internet is there.
    pub fn has_exit(&self, exit: Exit) -> bool {
        self.exit(exit).is_some()
    }

    fn exit(&self, exit: Exit) -> Option<u32> {
        match exit {
            Exit::Internet => self.internet,
            Exit::Outward => self.outward,
        }
    }

    /// Makes an interface's link, its far end in the interface's own namespace.
    pub fn add_link(&mut self, id: &NetworkInterfaceId, leaf: &Netns) -> Result<(), NetnsError> {
        self.add_link_at(id, leaf, UPLINK_NAME, UPLINK)
    }

    /// Makes the link of an interface that is in the namespace of another.
    pub fn add_seat(
        &mut self,
        id: &NetworkInterfaceId,
        first: &Netns,
        device: u32,
    ) -> Result<(), NetnsError> {
        self.add_link_at(id, first, &seat::name(device), seat::index(device))
    }

    fn add_link_at(
        &mut self,
        id: &NetworkInterfaceId,
        netns: &Netns,
        far_name: &str,
        far_index: u32,
    ) -> Result<(), NetnsError> {
        let name = self.link_name(id);
        let far = VethEnd { name: far_name, index: far_index, mac: ifname::mac(id.as_str()) };
        let index = self.add_veth(&name, GATEWAY_MAC, &far, netns)?;
        self.links.insert(id.clone(), index);
        if let Ok(mut names) = self.names.write() {
            names.insert(index, id.clone());
        }
        Ok(())
    }

    /// Makes sure that an interface's new link sends, once its far end is up.
    pub fn settle(&mut self, id: &NetworkInterfaceId) -> Result<(), NetnsError> {
        let Some(index) = self.links.get(id) else { return Ok(()) };
        Ok(self.netns.route()?.request("settle a link", link::settle(*index))?)
    }

    /// Makes sure that a link to the internet sends, once its far end is up.
    pub fn settle_exit(&mut self, exit: Exit) -> Result<(), NetnsError> {
        let Some(index) = self.exit(exit) else { return Ok(()) };
        Ok(self.netns.route()?.request("settle a link", link::settle(index))?)
    }

    /// Whether the link to a peered VPC is there.
    pub fn has_peering(&self, id: &VpcPeeringConnectionId) -> bool {
        self.peerings.contains_key(id)
    }

    /// Whether the link to a gateway endpoint is there.
    pub fn has_gateway_endpoint(&self, id: &VpcEndpointId) -> bool {
        self.gateway_endpoints.contains_key(id)
    }

    /// Makes the link to a gateway endpoint, its far end in the endpoint's own namespace.
    pub fn add_gateway_endpoint(&mut self, id: &VpcEndpointId, leaf: &Netns) -> Result<(), NetnsError> {
        // Both ends have the gateway's address: each only ever speaks to the other.
        let far = VethEnd { name: UPLINK_NAME, index: UPLINK, mac: GATEWAY_MAC };
        let index = self.add_veth(&endpoint_name(id), GATEWAY_MAC, &far, leaf)?;
        self.gateway_endpoints.insert(id.clone(), index);
        Ok(())
    }

    /// Makes sure that it sends, once its far end is up.
    pub fn settle_gateway_endpoint(&mut self, id: &VpcEndpointId) -> Result<(), NetnsError> {
        let Some(index) = self.gateway_endpoints.get(id) else { return Ok(()) };
        Ok(self.netns.route()?.request("settle a link", link::settle(*index))?)
    }

    /// Links this router with the one at the other end of a peering connection.
    pub fn add_peering(&mut self, id: &VpcPeeringConnectionId, other: &mut Router) -> Result<(), NetnsError> {
        let name = peering_name(id);
        other.remove_link_named(&name)?;
        let far_index = other.next_index;
        // Both ends have the gateway's address: each only ever speaks to the other.
        let far = VethEnd { name: &name, index: far_index, mac: GATEWAY_MAC };
        let near_index = self.add_veth(&name, GATEWAY_MAC, &far, &other.netns)?;
        other.settled = None;
        other.next_index += 1;
        other.netns.route()?.request("bring up a peering link", link::set_up(far_index))?;
        self.netns.route()?.request("settle a link", link::settle(near_index))?;
        other.note_link(&name, far_index);
        self.peerings.insert(id.clone(), near_index);
        other.peerings.insert(id.clone(), far_index);
        Ok(())
    }

    fn remove_link_named(&mut self, name: &str) -> Result<(), NetnsError> {
        let Some(stale) = self.known.as_mut().and_then(|known| known.links.remove(name)) else {
            return Ok(());
        };
        match self.netns.route()?.request("replace a link", link::delete(stale.index)) {
            Err(error) if !error.is_absent() => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn note_link(&mut self, name: &str, index: u32) {
        if let Some(known) = &mut self.known {
            known.links.insert(name.to_string(), Link { index, name: name.to_string(), up: true, group: 0 });
        }
    }

    /// Finds out which of these interfaces have a link here, so that drops are named before the first plan comes.
    pub fn learn(
        &mut self,
        interfaces: &BTreeMap<NetworkInterfaceId, Option<String>>,
    ) -> Result<(), NetnsError> {
        let kept = |(id, kept): (&NetworkInterfaceId, &Option<String>)| {
            Some((id.clone(), spare_name(kept.as_ref()?)))
        };
        self.named.extend(interfaces.iter().filter_map(kept));
        self.look()?;
        let (Some(known), Ok(mut names)) = (&self.known, self.names.write()) else { return Ok(()) };
        let index = |id: &NetworkInterfaceId| Some(known.links.get(&self.link_name(id))?.index);
        names.extend(interfaces.keys().filter_map(|id| Some((index(id)?, id.clone()))));
        Ok(())
    }

    fn link_name(&self, id: &NetworkInterfaceId) -> String {
        if let Some(seat) = self.seats.get(id) {
            return ifname::of_seat(id.as_str(), seat);
        }
        self.named.get(id).cloned().unwrap_or_else(|| ifname::of('e', id.as_str()))
    }

    /// Whether the VPC has no interface.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// How many namespaces wait for an interface.
    pub fn spares(&self) -> usize {
        self.spares.len()
    }

    /// Links a namespace for an interface to come.
    pub fn add_spare(&mut self, mut leaf: Leaf) -> Result<(), NetnsError> {
        let name = spare_name(leaf.netns.name());
        let far = VethEnd { name: UPLINK_NAME, index: UPLINK, mac: ifname::mac(&name) };
        // A link without rules passes nothing, so that what was settled is.
        let settled = self.settled.take();
        let index = self.add_veth(&name, GATEWAY_MAC, &far, &leaf.netns)?;
        leaf.prepare_link()?;
        self.netns.route()?.request("settle a link", link::settle(index))?;
        self.settled = settled;
        self.spares.push(Spare { leaf, index, name });
        Ok(())
    }

    /// Makes a waiting namespace the one of this interface, if one waits.
    pub fn take_spare(
        &mut self,
        directory: &Path,
        id: &NetworkInterfaceId,
        addresses: &[IpAddr],
    ) -> Result<Option<Leaf>, NetnsError> {
        let Some(Spare { leaf, index, name }) = self.spares.pop() else { return Ok(None) };
        let leaf = leaf.become_interface(directory, id.as_str(), addresses)?;
        self.links.insert(id.clone(), index);
        self.named.insert(id.clone(), name);
        if let Ok(mut names) = self.names.write() {
            names.insert(index, id.clone());
        }
        Ok(Some(leaf))
    }

    /// What differs between the plan that this router was brought to and another; `None` when that is not known, or
    /// is more than links.
    pub fn change_to(&mut self, plan: &Plan) -> Option<LinkChange> {
        let settled = self.settled.as_ref().filter(|settled| settled.links.len() == self.links.len())?;
        let change = LinkChange::between(settled, plan)?;
        self.known.as_ref()?;
        let is_current = self.remembered.is_current(self.netns.netfilter().ok()?);
        is_current.unwrap_or(false).then_some(change)
    }

    /// Brings a settled router to a plan that differs by this, the new links being there. False when it must be done
    /// the long way. Rules come first, as in [`Router::bring`].
    pub fn bring_change(
        &mut self,
        change: &LinkChange,
        plan: &Plan,
        settled: Plan,
    ) -> Result<bool, NetnsError> {
        self.group_links(change.come.iter().map(|(id, link)| (id, &**link)))?;
        let of_family = |family| change.adjustment(family, &settled, plan, &self.links);
        let adjustments = families(plan).into_iter().map(of_family).collect();
        if !self.remembered.adjust(self.netns.netfilter()?, adjustments)? {
            return Ok(false);
        }
        let Some(known) = &mut self.known else { return Ok(false) };
        let mut messages = Vec::new();
        for id in &change.gone {
            let Some(index) = self.links.remove(id) else { continue };
            messages.push(link::delete(index));
            let name = self.named.remove(id).unwrap_or_else(|| ifname::of('e', id.as_str()));
            known.links.remove(&name);
            known.neighbours.retain(|(link, ..)| *link != index);
            known.routes.retain(|route| route.hop != Hop::Link(index));
        }
        for (id, link) in &change.come {
            let Some(index) = self.links.get(id).copied() else { continue };
            for address in link.all_addresses().filter(|address| address.is_ipv4() || self.ipv6) {
                let (mac, route) = (ifname::mac(id.as_str()), to_host(address, index));
                messages.push(neighbour::replace(index, address, mac));
                messages.push(route::replace(&route));
                known.neighbours.insert((index, address, mac));
                known.routes.insert(route);
            }
        }
        self.netns.route()?.requests(&["route an interface's address"], messages)?;
        self.settled = Some(change.applied_to(settled, plan));
        Ok(true)
    }

    /// The plan that this router was brought to, until it is brought to another.
    pub fn unsettle(&mut self) -> Option<Plan> {
        self.settled.take()
    }

    /// Makes a link to the internet, its far end with this name and number in the internet's namespace.
    pub fn add_exit(
        &mut self,
        exit: Exit,
        internet: &Netns,
        name: &str,
        index: u32,
    ) -> Result<(), NetnsError> {
        let far = VethEnd { name, index, mac: GATEWAY_MAC };
        match exit {
            Exit::Internet => {
                self.internet = Some(self.add_veth(INTERNET_LINK, INTERNET_MAC, &far, internet)?)
            }
            Exit::Outward => {
                self.outward = Some(self.add_veth(OUTWARD_LINK, INTERNET_MAC, &far, internet)?)
            }
        }
        Ok(())
    }

    fn add_veth(
        &mut self,
        name: &str,
        mac: Mac,
        far: &VethEnd<'_>,
        netns: &Netns,
    ) -> Result<u32, NetnsError> {
        self.settled = None;
        let index = self.next_index;
        let stale = self.known.as_ref().and_then(|k| k.links.get(name)).map(|l| link::delete(l.index));
        if let Some(stale) = stale {
            self.delete_links(vec![stale])?;
        }
        let near = VethEnd { name, index, mac };
        let handle = netns.handle()?;
        self.netns.route()?.request("make a link", link::create_veth(&near, far, handle.as_fd()))?;
        self.next_index += 1;
        self.note_link(name, index);
        Ok(index)
    }

    /// Brings rules, addresses, neighbours and routes to what the plan says for the links that are there.
    /// Rules come first: what is not ruled yet is dropped.
    pub fn bring(&mut self, plan: &Plan) -> Result<(), NetnsError> {
        let unchanged = self.settled.as_ref() == Some(plan);
        if unchanged && self.remembered.is_current(self.netns.netfilter()?)? {
            return Ok(());
        }
        self.settled = None;
        self.group_links(plan.links.iter().map(|(id, link)| (id, &**link)))?;
        let rulesets: Vec<_> =
            families(plan).into_iter().map(|family| ruleset(&self.wiring(plan, family))).collect();
        let neighbours = self.neighbours(plan);
        let routes = self.routes(plan);
        let mut known = self.known.take().unwrap_or_default();
        let with_ipv6 = !plan.ipv6_cidrs.is_empty();
        if !with_ipv6 && known.has_ipv6() {
            self.leave_ipv6(&mut known)?;
        }
        self.remembered.bring(self.netns.netfilter()?, &rulesets)?;
        if with_ipv6 && !self.ipv6 {
            netns::inside(self.netns.path(), || sysctl::enable_ipv6(Role::Router))??;
            self.ipv6 = true;
        }
        self.bring_addresses(plan, &mut known)?;
        self.bring_neighbours(neighbours, &mut known)?;
        self.bring_routing_rules(plan, &mut known)?;
        self.bring_routes(routes, &mut known)?;
        self.known = Some(known);
        self.settled = Some(plan.clone());
        Ok(())
    }

    /// Puts links into the groups of their subnets, which the rules know them by.
    fn group_links<'a>(
        &mut self,
        links: impl Iterator<Item = (&'a NetworkInterfaceId, &'a LinkPlan)>,
    ) -> Result<(), NetnsError> {
        let known = |name: &str| self.known.as_ref().and_then(|known| known.links.get(name)).map(|l| l.group);
        let named = links
            .filter_map(|(id, plan)| Some((self.link_name(id), *self.links.get(id)?, plan.subnet_index)));
        let wanted: Vec<_> = named.filter(|(name, _, group)| known(name) != Some(*group)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let messages = wanted.iter().map(|(_, index, group)| link::set_group(*index, *group)).collect();
        self.netns.route()?.requests(&["group a subnet's links"], messages)?;
        for (name, _, group) in wanted {
            if let Some(link) = self.known.as_mut().and_then(|known| known.links.get_mut(&name)) {
                link.group = group;
            }
        }
        Ok(())
    }

    /// Switches IPv6 off before its rules go, and forgets what the kernel then forgets.
    fn leave_ipv6(&mut self, known: &mut Known) -> Result<(), NetnsError> {
        netns::inside(self.netns.path(), sysctl::disable_ipv6)??;
        self.ipv6 = false;
        known.neighbours.retain(|(_, address, _)| address.is_ipv4());
        known.routes.retain(|route| Family::Ipv4.has(route.destination));
        let left = route::list(self.netns.route()?, Family::Ipv6)?;
        known.routes.extend(left);
        Ok(())
    }

    fn wiring<'a>(&'a self, plan: &'a Plan, family: Family) -> Wiring<'a> {
        Wiring {
            plan,
            family,
            links: &self.links,
            internet: self.internet,
            outward: self.outward.filter(|_| family == Family::Ipv6),
            peerings: &self.peerings,
            gateway_endpoints: &self.gateway_endpoints,
        }
    }

    fn bring_addresses(&mut self, plan: &Plan, known: &mut Known) -> Result<(), NetnsError> {
        let mut wanted: BTreeSet<IpAddr> = resolvers(plan).into_iter().map(IpAddr::V4).collect();
        wanted.extend(plan.router.map(IpAddr::V4));
        let mut messages: Vec<_> =
            known.addresses.difference(&wanted).map(|a| address::remove(LOOPBACK, *a)).collect();
        messages.extend(wanted.difference(&known.addresses).map(|a| address::add(LOOPBACK, *a)));
        self.netns.route()?.requests(&["set the router's addresses"], messages)?;
        known.addresses = wanted;
        Ok(())
    }

    fn neighbours(&self, plan: &Plan) -> BTreeSet<(u32, IpAddr, Mac)> {
        let families = families(plan);
        let wiring = self.wiring(plan, Family::Ipv4);
        let with_ipv6 = families.contains(&Family::Ipv6);
        let of_links = wiring.present().flat_map(|(index, id, link)| {
            let mac = ifname::mac(id.as_str());
            // Routes of IPv6 to a link lead to its gateway address, whatever addresses it has.
            let gateway = with_ipv6.then_some(GATEWAY_V6);
            let addresses = link.all_addresses().filter(move |address| address.is_ipv4() || with_ipv6);
            addresses.chain(gateway).map(move |address| (index, address, mac))
        });
        let gateways = self.internet.iter().chain(self.peerings.values());
        let gateways = gateways.chain(self.gateway_endpoints.values()).chain(self.outward.iter());
        let of_gateways =
            gateways.flat_map(|index| families.iter().map(|family| (*index, gateway(*family), GATEWAY_MAC)));
        of_links.chain(of_gateways).collect()
    }

    fn bring_neighbours(
        &mut self,
        wanted: BTreeSet<(u32, IpAddr, Mac)>,
        known: &mut Known,
    ) -> Result<(), NetnsError> {
        let new = wanted.difference(&known.neighbours);
        let messages = new.map(|(index, address, mac)| neighbour::replace(*index, *address, *mac)).collect();
        self.netns.route()?.requests(&["set a link's neighbour"], messages)?;
        known.neighbours = wanted;
        Ok(())
    }

    fn bring_routing_rules(&mut self, plan: &Plan, known: &mut Known) -> Result<(), NetnsError> {
        let tables = |family| plan.tables.values().map(move |table| (family, table.number, table.number));
        let wanted: BTreeSet<rule::Rule> = families(plan).into_iter().flat_map(tables).collect();
        let mut messages: Vec<_> = known.rules.difference(&wanted).map(|rule| rule::remove(*rule)).collect();
        messages.extend(wanted.difference(&known.rules).map(|rule| rule::add(*rule)));
        self.netns.route()?.requests(&["set a routing rule"], messages)?;
        known.rules = wanted;
        Ok(())
    }

    fn routes(&self, plan: &Plan) -> BTreeSet<Route> {
        families(plan).into_iter().flat_map(|family| self.routes_of(plan, family)).collect()
    }

    fn routes_of(&self, plan: &Plan, family: Family) -> BTreeSet<Route> {
        let wiring = self.wiring(plan, family);
        let is_of = |address: &IpAddr| Family::of(*address) == family;
        let of_links = wiring.present().flat_map(|(index, _, link)| {
            link.all_addresses().filter(is_of).map(move |address| to_host(address, index))
        });
        let mut routes: BTreeSet<Route> = of_links.collect();
        let lost = match family {
            Family::Ipv4 => Hop::Link(LOOPBACK),
            Family::Ipv6 => Hop::Local(LOOPBACK),
        };
        routes.insert(Route { table: MAIN_TABLE, destination: everything(family), hop: lost });
        for table in plan.tables.values() {
            routes.insert(Route { table: table.number, destination: link_local(family), hop: Hop::Throw });
            for planned in table.routes.iter().filter(|route| family.has(route.destination)) {
                let hop = self.hop(plan, family, &planned.action).unwrap_or(lost);
                routes.insert(Route { table: table.number, destination: planned.destination, hop });
            }
        }
        routes
    }

    fn hop(&self, plan: &Plan, family: Family, action: &RouteAction) -> Option<Hop> {
        let gateway = gateway(family);
        match action {
            RouteAction::Local => Some(Hop::Throw),
            RouteAction::Link(id) if family == Family::Ipv6 => Some(Hop::Via(gateway, *self.links.get(id)?)),
            RouteAction::Link(id) => {
                let primary = plan.links.get(id)?.addresses.first()?;
                Some(Hop::Via((*primary).into(), *self.links.get(id)?))
            }
            RouteAction::InternetGateway => Some(Hop::Via(gateway, self.internet?)),
            RouteAction::EgressOnlyInternetGateway => Some(Hop::Via(gateway, self.outward?)),
            RouteAction::GatewayEndpoint(id) => Some(Hop::Via(gateway, *self.gateway_endpoints.get(id)?)),
            RouteAction::Peering(id) => Some(Hop::Via(gateway, *self.peerings.get(id)?)),
            RouteAction::Drop(_) => None,
        }
    }

    fn bring_routes(&mut self, wanted: BTreeSet<Route>, known: &mut Known) -> Result<(), NetnsError> {
        let place = |r: &Route| (r.table, r.destination);
        let kept: BTreeSet<_> = wanted.iter().map(place).collect();
        let gone = known.routes.iter().filter(|r| !kept.contains(&place(r))).map(route::remove);
        let messages: Vec<_> = gone.chain(wanted.difference(&known.routes).map(route::replace)).collect();
        self.netns.route()?.requests(&["set a route"], messages)?;
        known.routes = wanted;
        Ok(())
    }

    /// Removes every link, when the VPC is gone.
    pub fn remove_all_links(&mut self) -> Result<(), NetnsError> {
        let links = link::list(self.netns.route()?)?;
        let messages = links.iter().filter(|l| l.index != LOOPBACK).map(|l| link::delete(l.index)).collect();
        self.netns.route()?.requests_each(messages)?;
        Ok(())
    }

    /// A socket that hears of what this router drops.
    pub fn reports(&self) -> Result<super::netlink::socket::NetlinkSocket, NetnsError> {
        let open = super::netlink::socket::NetlinkSocket::netfilter;
        let mut socket = super::netns::inside(self.netns.path(), open)??;
        nflog::subscribe(&mut socket)?;
        Ok(socket)
    }
}

/// The name of the link to a gateway endpoint.
fn endpoint_name(id: &VpcEndpointId) -> String {
    ifname::of('v', id.as_str())
}

/// The name of both ends of a peering link.
fn peering_name(id: &VpcPeeringConnectionId) -> String {
    ifname::of('p', id.as_str())
}

//! The router of one VPC: its links, addresses, routes and rules.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Arc, RwLock};

use base::{NetworkInterfaceId, VpcPeeringConnectionId};
use ipnet::Ipv4Net;
use vpc::{Plan, RouteAction};

use super::leaf::{GATEWAY, GATEWAY_MAC, Leaf, UPLINK, UPLINK_NAME, to_host};
use super::netlink::link::{Link, Mac, VethEnd};
use super::netlink::route::{Hop, MAIN_TABLE, Route};
use super::netlink::{address, link, neighbour, route, rule};
use super::netns::{LOOPBACK, Netns, NetnsError};
use super::nft::batch::Remembered;
use super::quick::LinkChange;
use super::rules::router::{Wiring, resolvers, ruleset};
use super::{ifname, nflog};

/// The name of the router's link to the internet.
const INTERNET_LINK: &str = "igw";
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
    peerings: BTreeMap<VpcPeeringConnectionId, u32>,
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
    addresses: BTreeSet<Ipv4Addr>,
    routes: BTreeSet<Route>,
    rules: BTreeSet<(u32, u32)>,
    neighbours: BTreeSet<(u32, Ipv4Addr, Mac)>,
}

impl Router {
    /// Stands for a router's namespace that is there, whatever is in it.
    pub fn new(netns: Netns) -> Router {
        Router {
            netns,
            names: Names::default(),
            links: BTreeMap::new(),
            internet: None,
            peerings: BTreeMap::new(),
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
        let on_loopback = address::list(socket)?.into_iter().filter(|(index, _)| *index == LOOPBACK);
        self.known = Some(Known {
            addresses: on_loopback.map(|(_, a)| a).filter(|a| !a.is_loopback()).collect(),
            routes: route::list(socket)?.into_iter().collect(),
            rules: rule::list(socket)?.into_iter().collect(),
            links: links.into_iter().map(|l| (l.name.clone(), l)).collect(),
            neighbours: BTreeSet::new(),
        });
        Ok(())
    }

    /// Forgets the links of interfaces that are not in the plan, and removes them. Call after [`Router::look`].
    pub fn remove_links(&mut self, plan: &Plan) -> Result<usize, NetnsError> {
        let mut wanted: BTreeSet<String> = plan.links.keys().map(|id| self.link_name(id)).collect();
        wanted.extend(self.spares.iter().map(|spare| spare.name.clone()));
        wanted.insert("lo".into());
        if plan.internet_gateway.is_some() {
            wanted.insert(INTERNET_LINK.into());
        }
        wanted.extend(plan.peerings.keys().map(peering_name));
        let known = self.known.take().unwrap_or_default();
        let gone: Vec<&Link> = known.links.values().filter(|l| !wanted.contains(&l.name)).collect();
        let messages = gone.iter().map(|l| link::delete(l.index)).collect();
        let removed = gone.len();
        for outcome in self.netns.route()?.requests_each(messages)? {
            if let Err((text, source)) = outcome
                && source.raw_os_error() != Some(nix::errno::Errno::ENODEV as i32)
            {
                let step = "remove a link".to_string();
                return Err(super::netlink::socket::NetlinkError::Refused { step, text, source }.into());
            }
        }
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

    fn find_links(&mut self, plan: &Plan) {
        let Some(known) = &self.known else { return };
        let index_of = |name: &str| known.links.get(name).filter(|l| l.up).map(|l| l.index);
        let found = plan.links.keys().filter_map(|id| Some((id.clone(), index_of(&self.link_name(id))?)));
        self.links = found.collect();
        self.internet = index_of(INTERNET_LINK);
        let peerings = plan.peerings.keys().filter_map(|id| Some((id.clone(), index_of(&peering_name(id))?)));
        self.peerings = peerings.collect();
        if let Ok(mut names) = self.names.write() {
            if names.len() > self.links.len() + FORMER_NAMES {
                names.clear();
            }
            names.extend(self.links.iter().map(|(id, index)| (*index, id.clone())));
        }
    }

    /// Whether the interface's link is there.
    pub fn has_link(&self, id: &NetworkInterfaceId) -> bool {
        self.links.contains_key(id)
    }

    /// Whether the link to the internet is there.
    pub fn has_internet(&self) -> bool {
        self.internet.is_some()
    }

    /// Makes an interface's link, its far end in the interface's own namespace.
    pub fn add_link(&mut self, id: &NetworkInterfaceId, leaf: &Netns) -> Result<(), NetnsError> {
        let name = self.link_name(id);
        let far = VethEnd { name: UPLINK_NAME, index: UPLINK, mac: ifname::mac(id.as_str()) };
        let index = self.add_veth(&name, GATEWAY_MAC, &far, leaf)?;
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

    /// Makes sure that the link to the internet sends, once its far end is up.
    pub fn settle_internet(&mut self) -> Result<(), NetnsError> {
        let Some(index) = self.internet else { return Ok(()) };
        Ok(self.netns.route()?.request("settle a link", link::settle(index))?)
    }

    /// Whether the link to a peered VPC is there.
    pub fn has_peering(&self, id: &VpcPeeringConnectionId) -> bool {
        self.peerings.contains_key(id)
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
            known.links.insert(name.to_string(), Link { index, name: name.to_string(), up: true });
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
        addresses: &[Ipv4Addr],
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
        let adjustment = change.adjustment(&settled, plan, &self.links);
        if !self.remembered.adjust(self.netns.netfilter()?, adjustment)? {
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
            for address in &link.addresses {
                let (mac, route) = (ifname::mac(id.as_str()), to_host(*address, index));
                messages.push(neighbour::replace(index, *address, mac));
                messages.push(route::replace(&route));
                known.neighbours.insert((index, *address, mac));
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

    /// Makes the link to the internet, its far end with this name and number in the internet's namespace.
    pub fn add_internet(&mut self, internet: &Netns, name: &str, index: u32) -> Result<(), NetnsError> {
        let far = VethEnd { name, index, mac: GATEWAY_MAC };
        self.internet = Some(self.add_veth(INTERNET_LINK, INTERNET_MAC, &far, internet)?);
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
            self.netns.route()?.request("replace a link that is down", stale)?;
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
        let wiring = self.wiring(plan);
        let ruleset = ruleset(&wiring);
        let neighbours = self.neighbours(plan);
        let routes = self.routes(plan);
        let mut known = self.known.take().unwrap_or_default();
        self.remembered.bring(self.netns.netfilter()?, &ruleset)?;
        self.bring_addresses(plan, &mut known)?;
        self.bring_neighbours(neighbours, &mut known)?;
        self.bring_routing_rules(plan, &mut known)?;
        self.bring_routes(routes, &mut known)?;
        self.known = Some(known);
        self.settled = Some(plan.clone());
        Ok(())
    }

    fn wiring<'a>(&'a self, plan: &'a Plan) -> Wiring<'a> {
        Wiring { plan, links: &self.links, internet: self.internet, peerings: &self.peerings }
    }

    fn bring_addresses(&mut self, plan: &Plan, known: &mut Known) -> Result<(), NetnsError> {
        let mut wanted: BTreeSet<Ipv4Addr> = resolvers(plan).into_iter().collect();
        wanted.extend(plan.router);
        let mut messages: Vec<_> =
            known.addresses.difference(&wanted).map(|a| address::remove(LOOPBACK, *a)).collect();
        messages.extend(wanted.difference(&known.addresses).map(|a| address::add(LOOPBACK, *a)));
        self.netns.route()?.requests(&["set the router's addresses"], messages)?;
        known.addresses = wanted;
        Ok(())
    }

    fn neighbours(&self, plan: &Plan) -> BTreeSet<(u32, Ipv4Addr, Mac)> {
        let wiring = self.wiring(plan);
        let of_links = wiring.present().flat_map(|(index, id, link)| {
            let mac = ifname::mac(id.as_str());
            link.addresses.iter().map(move |address| (index, *address, mac))
        });
        let gateways = self.internet.iter().chain(self.peerings.values());
        of_links.chain(gateways.map(|index| (*index, GATEWAY, GATEWAY_MAC))).collect()
    }

    fn bring_neighbours(
        &mut self,
        wanted: BTreeSet<(u32, Ipv4Addr, Mac)>,
        known: &mut Known,
    ) -> Result<(), NetnsError> {
        let new = wanted.difference(&known.neighbours);
        let messages = new.map(|(index, address, mac)| neighbour::replace(*index, *address, *mac)).collect();
        self.netns.route()?.requests(&["set a link's neighbour"], messages)?;
        known.neighbours = wanted;
        Ok(())
    }

    fn bring_routing_rules(&mut self, plan: &Plan, known: &mut Known) -> Result<(), NetnsError> {
        let wanted: BTreeSet<(u32, u32)> = plan.tables.values().map(|t| (t.number, t.number)).collect();
        let mut messages: Vec<_> =
            known.rules.difference(&wanted).map(|(m, t)| rule::remove(*m, *t)).collect();
        messages.extend(wanted.difference(&known.rules).map(|(m, t)| rule::add(*m, *t)));
        self.netns.route()?.requests(&["set a routing rule"], messages)?;
        known.rules = wanted;
        Ok(())
    }

    fn routes(&self, plan: &Plan) -> BTreeSet<Route> {
        let wiring = self.wiring(plan);
        let mut routes: BTreeSet<Route> = wiring
            .present()
            .flat_map(|(index, _, link)| link.addresses.iter().map(move |address| to_host(*address, index)))
            .collect();
        let lost = Hop::Link(LOOPBACK);
        routes.insert(Route { table: MAIN_TABLE, destination: Ipv4Net::default(), hop: lost });
        for table in plan.tables.values() {
            routes.insert(Route { table: table.number, destination: link_local(), hop: Hop::Throw });
            for planned in &table.routes {
                let hop = self.hop(plan, &planned.action).unwrap_or(lost);
                routes.insert(Route { table: table.number, destination: planned.destination, hop });
            }
        }
        routes
    }

    fn hop(&self, plan: &Plan, action: &RouteAction) -> Option<Hop> {
        match action {
            RouteAction::Local => Some(Hop::Throw),
            RouteAction::Link(id) => {
                let primary = plan.links.get(id)?.addresses.first()?;
                Some(Hop::Via(*primary, *self.links.get(id)?))
            }
            RouteAction::InternetGateway => Some(Hop::Via(GATEWAY, self.internet?)),
            RouteAction::Peering(id) => Some(Hop::Via(GATEWAY, *self.peerings.get(id)?)),
            RouteAction::GatewayEndpoint(_) | RouteAction::Drop(_) => None,
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

/// The name of both ends of a peering link.
fn peering_name(id: &VpcPeeringConnectionId) -> String {
    ifname::of('p', id.as_str())
}

fn link_local() -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16)
}

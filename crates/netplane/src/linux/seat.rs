//! Further interfaces of a machine, in the namespace of its first one. Each has a routing table of its own, so
//! that what has an interface's address leaves by that interface, as images of AWS have it.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/use-multiple-network-interfaces.html>

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use base::NetworkInterfaceId;
use ipnet::IpNet;
use vpc::Plan;

use super::leaf::{GATEWAY_MAC, Leaf, UPLINK, everything, gateway};
use super::netlink::family::Family;
use super::netlink::route::{Hop, MAIN_TABLE, Route};
use super::netlink::{address, link, neighbour, route, rule};
use super::netns::NetnsError;

/// The table of the first interface; those of the others follow by their places.
const FIRST_TABLE: u32 = 10_000;

/// One further interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seated {
    addresses: Vec<IpAddr>,
    neighbourhood: Vec<IpNet>,
}

/// By their places.
pub type Seats = BTreeMap<u32, Seated>;

/// The interface's number in the machine.
pub fn index(device: u32) -> u32 {
    UPLINK + device
}

/// Its name there.
pub fn name(device: u32) -> String {
    format!("eth{device}")
}

/// The further interfaces of each machine of a plan.
pub fn by_first(plan: &Plan) -> BTreeMap<NetworkInterfaceId, Seats> {
    let mut all = BTreeMap::<NetworkInterfaceId, Seats>::new();
    for (id, seat) in &plan.seats {
        let Some(link) = plan.links.get(id) else { continue };
        let (addresses, neighbourhood) = (link.all_addresses().collect(), seat.neighbourhood.clone());
        let seated = Seated { addresses, neighbourhood };
        all.entry(seat.first.clone()).or_default().insert(seat.device_index, seated);
    }
    all
}

/// The kinds of IP that these addresses are of.
fn families<'a>(addresses: impl Iterator<Item = &'a IpAddr>) -> BTreeSet<Family> {
    addresses.map(|address| Family::of(*address)).collect()
}

/// Which interfaces of IPv6 have by themselves.
fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// The addresses of all of them.
pub fn addresses(seats: &Seats) -> impl Iterator<Item = &IpAddr> {
    seats.values().flat_map(|seated| &seated.addresses)
}

/// The routes that a machine's further interfaces need besides those of its first, which has these addresses. Where that
/// has none of IPv6, the next that has is the way out.
pub fn routes(first: &[IpAddr], seats: &Seats) -> BTreeSet<Route> {
    let mut routes = BTreeSet::new();
    let with_ipv6 = |seated: &Seated| seated.addresses.iter().any(IpAddr::is_ipv6);
    if !first.iter().any(IpAddr::is_ipv6)
        && let Some((device, _)) = seats.iter().find(|(_, seated)| with_ipv6(seated))
    {
        let hop = Hop::Via(gateway(Family::Ipv6), index(*device));
        routes.insert(Route { table: MAIN_TABLE, destination: everything(Family::Ipv6), hop });
    }
    for (device, seated) in seats {
        for family in families(seated.addresses.iter()) {
            let (destination, gateway) = (everything(family), gateway(family));
            let default = |table, index| Route { table, destination, hop: Hop::Via(gateway, index) };
            routes.insert(default(FIRST_TABLE, UPLINK));
            routes.insert(default(FIRST_TABLE + device, index(*device)));
        }
        for block in &seated.neighbourhood {
            let hop = Hop::Via(gateway(Family::of(block.addr())), index(*device));
            routes.insert(Route { table: MAIN_TABLE, destination: *block, hop });
        }
    }
    routes
}

fn rules(first: &[IpAddr], seats: &Seats) -> BTreeSet<(IpAddr, u32)> {
    let of_others: BTreeSet<(IpAddr, u32)> = seats
        .iter()
        .flat_map(|(device, seated)| {
            seated.addresses.iter().map(move |address| (*address, FIRST_TABLE + device))
        })
        .collect();
    // The first interface's table has routes of those kinds that some other interface has.
    let kinds = families(of_others.iter().map(|(address, _)| address));
    let of_first = first.iter().filter(|address| kinds.contains(&Family::of(**address)));
    of_first.map(|address| (*address, FIRST_TABLE)).chain(of_others.iter().copied()).collect()
}

impl Leaf {
    /// Says which further interfaces the machine has.
    pub fn seat(&mut self, seats: Seats) {
        if self.seats != seats {
            self.seats = seats;
            self.reroute();
        }
    }

    /// Brings the further interfaces, whose links are there, to what the plan says.
    pub fn bring_seats(&mut self, first: &[IpAddr]) -> Result<(), NetnsError> {
        let addresses = if self.seats.is_empty() { Vec::new() } else { first.to_vec() };
        let wanted = (addresses, self.seats.clone());
        if self.seated.as_ref() == Some(&wanted) {
            return Ok(());
        }
        if !self.seats.is_empty() {
            self.switch_ipv6(first)?;
        }
        for family in self.families() {
            self.bring_seats_of(family, first)?;
        }
        self.seated = Some(wanted);
        self.netns.rest();
        Ok(())
    }

    fn bring_seats_of(&mut self, family: Family, first: &[IpAddr]) -> Result<(), NetnsError> {
        if !self.seats.is_empty() {
            self.bring_seat_addresses(family)?;
            let there: BTreeSet<Route> = route::list(self.netns.route()?, family)?.into_iter().collect();
            let wanted = routes(first, &self.seats);
            let wanted = wanted.iter().filter(|r| family.has(r.destination));
            let messages = wanted.filter(|r| !there.contains(r)).map(route::replace).collect();
            self.netns.route()?.requests(&["route by a further interface"], messages)?;
        }
        let wanted = rules(first, &self.seats);
        let wanted: BTreeSet<_> = wanted.into_iter().filter(|(a, _)| Family::of(*a) == family).collect();
        let there: BTreeSet<_> = rule::sources(self.netns.route()?, family)?.into_iter().collect();
        let gone = there.difference(&wanted).map(|(source, table)| rule::remove_source(*source, *table));
        let come = wanted.difference(&there).map(|(source, table)| rule::add_source(*source, *table));
        let messages = gone.chain(come).collect();
        Ok(self.netns.route()?.requests(&["route by an interface's address"], messages)?)
    }

    fn bring_seat_addresses(&mut self, family: Family) -> Result<(), NetnsError> {
        let there = address::list(self.netns.route()?, family)?;
        let (mut messages, mut new) = (Vec::new(), Vec::new());
        for (device, seated) in &self.seats {
            let index = index(*device);
            let is_ours = |address: &IpAddr| Family::of(*address) == family;
            let wanted: BTreeSet<IpAddr> = seated.addresses.iter().copied().filter(is_ours).collect();
            let own = there.iter().filter(|(i, a)| *i == index && !is_link_local(*a));
            let own: BTreeSet<IpAddr> = own.map(|(_, address)| *address).collect();
            messages.push(link::set_up(index));
            if !wanted.is_empty() {
                messages.push(neighbour::replace(index, gateway(family), GATEWAY_MAC));
            }
            messages.extend(own.difference(&wanted).map(|a| address::remove(index, *a)));
            messages.extend(wanted.difference(&own).map(|a| address::add(index, *a)));
            new.extend(wanted.difference(&own).copied());
        }
        self.netns.route()?.requests(&["set a further interface's address"], messages)?;
        Ok(address::settle(self.netns.route()?, new)?)
    }
}

//! The namespace of one interface: its address, the way to the router, and for hubs the environments behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use vpc::{InterfaceKind, LinkPlan};

use super::ifname;
use super::netlink::family::Family;
use super::netlink::link::{Mac, VethEnd};
use super::netlink::route::{Hop, MAIN_TABLE, Route};
use super::netlink::{address, link, neighbour, route};
use super::netns::{self, Netns, NetnsError};
use super::nft::batch::{self, Remembered};
use super::rules;
use super::seat::{self, Seats};
use super::sysctl::{self, Role};

/// The link to the router (in an environment: to the hub).
pub const UPLINK: u32 = 2;
/// Its name.
pub const UPLINK_NAME: &str = "eth0";
/// What the names of links to environments begin with.
const ENVIRONMENT: char = 'n';
/// The kernel takes no group above this in a range of those that may ping.
const LAST_GROUP: u64 = 2_147_483_647;
/// Where every link leads, whatever the addresses at its ends.
pub const GATEWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 1, 1));
/// The same of IPv6.
pub const GATEWAY_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1));
/// The hardware address of the gateway's end of every link: links never meet, so it need not differ.
pub const GATEWAY_MAC: Mac = [0x02, 0x00, 0xa9, 0xfe, 0x01, 0x01];

/// The namespace of one interface.
pub struct Leaf {
    /// The namespace.
    pub netns: Netns,
    remembered: Remembered,
    role: Role,
    applied: Option<(Vec<IpAddr>, Role)>,
    /// Whether IPv6 is switched on, as far as that is known.
    ipv6: Option<bool>,
    environments: BTreeMap<String, (u32, IpAddr)>,
    next_index: u32,
    /// The machine's further interfaces, and what was last done for them beside which addresses of the first.
    pub(super) seats: Seats,
    pub(super) seated: Option<(Vec<IpAddr>, Seats)>,
}

/// What the kind of an interface asks of its namespace.
pub fn role(plan: &LinkPlan) -> Role {
    match plan.kind {
        InterfaceKind::Hub => Role::Hub,
        InterfaceKind::NatGateway(_) => Role::Router,
        InterfaceKind::Endpoint { .. } | InterfaceKind::Host | InterfaceKind::Open => Role::Leaf,
    }
}

impl Leaf {
    /// Stands for a namespace that is there and was prepared for this role.
    pub fn new(netns: Netns, role: Role) -> Leaf {
        let (remembered, environments) = (Remembered::default(), BTreeMap::new());
        let seats = Seats::new();
        let seated = (role != Role::Unknown).then(|| (Vec::new(), Seats::new()));
        let ipv6 = (role != Role::Unknown).then_some(false);
        Leaf {
            netns,
            remembered,
            role,
            applied: None,
            ipv6,
            environments,
            next_index: UPLINK + 1,
            seats,
            seated,
        }
    }

    /// Makes a linked namespace ready for whoever will have an address in it.
    pub fn prepare_link(&mut self) -> Result<(), NetnsError> {
        let messages = vec![
            link::set_up(UPLINK),
            neighbour::replace(UPLINK, GATEWAY, GATEWAY_MAC),
            route::replace(&default_route(Family::Ipv4)),
        ];
        Ok(self.netns.route()?.requests(&["prepare an interface"], messages)?)
    }

    /// Makes a namespace that was prepared with its link the one of an interface.
    pub fn become_interface(
        mut self,
        directory: &std::path::Path,
        id: &str,
        addresses: &[IpAddr],
    ) -> Result<Leaf, NetnsError> {
        let kept = self.netns.name().to_string();
        // With its hardware address an interface loses its neighbours, permanent ones too.
        let mut messages =
            vec![link::set_mac(UPLINK, ifname::mac(id)), neighbour::replace(UPLINK, GATEWAY, GATEWAY_MAC)];
        messages.extend(addresses.iter().filter(|a| a.is_ipv4()).map(|a| address::add(UPLINK, *a)));
        self.netns.route()?.requests(&["give an interface its address"], messages)?;
        netns::give_name(directory, &kept, id)?;
        self.netns.rename(directory, id);
        self.netns.rest();
        if addresses.iter().any(IpAddr::is_ipv6) {
            self.bring(addresses, self.role)?;
        }
        self.applied = Some((addresses.to_vec(), self.role));
        Ok(self)
    }

    /// Makes the next [`Leaf::bring`] look at the kernel instead of at what was done last.
    pub fn forget(&mut self) {
        self.applied = None;
        // Where it never was switched on, nobody here did so.
        self.ipv6 = self.ipv6.filter(|on| !on);
        self.seated = None;
        self.remembered.forget();
    }

    /// Makes the next [`Leaf::bring`] look at addresses and routes.
    pub(super) fn reroute(&mut self) {
        self.applied = None;
    }

    /// Gives the namespace its addresses, its way out and its rules.
    pub fn bring(&mut self, addresses: &[IpAddr], role: Role) -> Result<(), NetnsError> {
        let wanted = (addresses.to_vec(), role);
        if self.applied.as_ref() == Some(&wanted) {
            return Ok(());
        }
        if self.role != role {
            netns::inside(self.netns.path(), || sysctl::prepare(role))??;
            self.ipv6 = Some(false);
            // The rules that an earlier daemon left stay in force until they are compared.
            if self.role != Role::Unknown {
                batch::discard(self.netns.netfilter()?)?;
                self.remembered.forget();
            }
            self.role = role;
        }
        self.switch_ipv6(addresses)?;
        self.bring_addresses(addresses)?;
        self.bring_routes(addresses)?;
        match role {
            Role::Hub => self.remembered.bring(self.netns.netfilter()?, &[rules::hub::ruleset(UPLINK)])?,
            Role::Router => {
                self.remembered.bring(self.netns.netfilter()?, &[rules::nat_gateway::ruleset(UPLINK)])?
            }
            Role::Leaf | Role::Unknown => false,
        };
        self.applied = Some(wanted);
        if role != Role::Hub {
            self.netns.rest();
        }
        Ok(())
    }

    /// Lets a machine live here: see [`crate::DataPlane::furnish_machine`].
    pub fn furnish(&mut self) -> Result<(), NetnsError> {
        netns::inside(self.netns.path(), || {
            sysctl::set("ipv4/ip_unprivileged_port_start", "0")?;
            // Whose group is nobody's still may ping.
            sysctl::set("ipv4/ping_group_range", &groups())
        })??;
        self.remembered.bring(self.netns.netfilter()?, &[rules::machine::ruleset()])?;
        self.netns.rest();
        Ok(())
    }

    /// What this namespace, or one of its further interfaces, has an address of.
    pub(super) fn families(&self) -> Vec<Family> {
        let with_ipv6 = (self.ipv6 == Some(true)).then_some(Family::Ipv6);
        std::iter::once(Family::Ipv4).chain(with_ipv6).collect()
    }

    /// Switches IPv6 on where an address of it is wanted, and off where one was.
    pub(super) fn switch_ipv6(&mut self, addresses: &[IpAddr]) -> Result<(), NetnsError> {
        let wanted = addresses.iter().chain(seat::addresses(&self.seats)).any(IpAddr::is_ipv6);
        if self.ipv6 == Some(wanted) {
            return Ok(());
        }
        let role = self.role;
        let switch = || if wanted { sysctl::enable_ipv6(role) } else { sysctl::disable_ipv6() };
        netns::inside(self.netns.path(), switch)??;
        self.ipv6 = Some(wanted);
        Ok(())
    }

    fn bring_addresses(&mut self, wanted: &[IpAddr]) -> Result<(), NetnsError> {
        let mut there = BTreeSet::new();
        for family in self.families() {
            let found = address::list(self.netns.route()?, family)?;
            there.extend(found.into_iter().filter(|(index, _)| *index == UPLINK).map(|(_, address)| address));
        }
        let gone = there.iter().filter(|a| !wanted.contains(a)).map(|a| address::remove(UPLINK, *a));
        let come = wanted.iter().filter(|a| !there.contains(a)).map(|a| address::add(UPLINK, *a));
        let messages = std::iter::once(link::set_up(UPLINK)).chain(gone).chain(come).collect();
        self.netns.route()?.requests(&["set an interface's address"], messages)?;
        let new = wanted.iter().copied().filter(|address| !there.contains(address));
        Ok(address::settle(self.netns.route()?, new)?)
    }

    fn bring_routes(&mut self, addresses: &[IpAddr]) -> Result<(), NetnsError> {
        let mut wanted: BTreeSet<Route> =
            self.environments.values().map(|(index, address)| to_host(*address, *index)).collect();
        let (mut there, mut messages) = (BTreeSet::new(), Vec::new());
        for family in self.families() {
            there.extend(route::list(self.netns.route()?, family)?);
            messages.push(neighbour::replace(UPLINK, gateway(family), GATEWAY_MAC));
            // What it has no address of may leave by another interface of the machine.
            let is_own = family == Family::Ipv4 || addresses.iter().any(IpAddr::is_ipv6);
            wanted.extend(is_own.then(|| default_route(family)));
        }
        let of_seats = seat::routes(addresses, &self.seats);
        messages.extend(there.difference(&wanted).filter(|r| !of_seats.contains(r)).map(route::remove));
        messages.extend(wanted.difference(&there).map(route::replace));
        Ok(self.netns.route()?.requests(&["set an interface's routes"], messages)?)
    }

    /// Removes the links of environments that an earlier daemon wired.
    pub fn drop_environments(&mut self) -> Result<(), NetnsError> {
        let links = link::list(self.netns.route()?)?;
        self.next_index = links.iter().map(|l| l.index).max().unwrap_or(UPLINK) + 1;
        let is_environment = |l: &&link::Link| l.index > UPLINK && l.name.starts_with(ENVIRONMENT);
        let stale = links.iter().filter(is_environment).map(|l| link::delete(l.index)).collect();
        self.environments.clear();
        self.netns.route()?.requests(&["remove an environment's link"], stale)?;
        self.netns.rest();
        Ok(())
    }

    /// Wires an environment's namespace to this hub: no namespace is made, only a link.
    pub fn wire(&mut self, environment: &mut Netns, address: IpAddr) -> Result<(), NetnsError> {
        let name = environment.name().to_string();
        let index = self.next_index;
        self.next_index += 1;
        let mac = ifname::mac(&name);
        let near_name = ifname::of(ENVIRONMENT, &name);
        let near = VethEnd { name: &near_name, index, mac: GATEWAY_MAC };
        let far = VethEnd { name: UPLINK_NAME, index: UPLINK, mac };
        let handle = environment.handle()?;
        let messages = vec![
            link::create_veth(&near, &far, handle.as_fd()),
            neighbour::replace(index, address, mac),
            route::replace(&to_host(address, index)),
        ];
        self.netns.route()?.requests(&["link an environment to its hub"], messages)?;
        self.environments.insert(name, (index, address));
        let messages = vec![
            link::set_up(UPLINK),
            address::add(UPLINK, address),
            neighbour::replace(UPLINK, GATEWAY, GATEWAY_MAC),
            route::replace(&default_route(Family::Ipv4)),
        ];
        environment.route()?.requests(&["give an environment its address"], messages)?;
        Ok(self.netns.route()?.request("settle an environment's link", link::settle(index))?)
    }

    /// Undoes [`Leaf::wire`].
    pub fn unwire(&mut self, environment: &str) -> Result<(), NetnsError> {
        let Some((index, _)) = self.environments.remove(environment) else { return Ok(()) };
        match self.netns.route()?.request("remove an environment's link", link::delete(index)) {
            Err(e) if !e.is_absent() => Err(e.into()),
            _ => Ok(()),
        }
    }
}

/// The route to one address on a link.
pub fn to_host(address: IpAddr, index: u32) -> Route {
    Route { table: MAIN_TABLE, destination: IpNet::from(address), hop: Hop::Link(index) }
}

/// Where every link leads, for this kind of IP.
pub fn gateway(family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => GATEWAY,
        Family::Ipv6 => GATEWAY_V6,
    }
}

/// All addresses of this kind.
pub fn everything(family: Family) -> IpNet {
    match family {
        Family::Ipv4 => Ipv4Net::default().into(),
        Family::Ipv6 => Ipv6Net::default().into(),
    }
}

fn default_route(family: Family) -> Route {
    Route { table: MAIN_TABLE, destination: everything(family), hop: Hop::Via(gateway(family), UPLINK) }
}

/// All groups that there are here, from the first to the last: the kernel takes no range with another at its ends.
/// An ordinary user's world has one group.
/// <https://man7.org/linux/man-pages/man7/user_namespaces.7.html>
fn groups() -> String {
    groups_of(&std::fs::read_to_string("/proc/self/gid_map").unwrap_or_default())
}

fn groups_of(map: &str) -> String {
    let extents = map.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().map_while(|word| word.parse::<u64>().ok());
        let (first, _, count) = (numbers.next()?, numbers.next()?, numbers.next()?);
        Some((first, first.saturating_add(count).saturating_sub(1).min(LAST_GROUP)))
    });
    let (first, last) =
        extents.fold((LAST_GROUP, 0), |(first, last), (from, to)| (first.min(from), last.max(to)));
    format!("{} {last}", first.min(last))
}

#[cfg(test)]
mod tests {
    #[test]
    fn groups_are_those_that_the_namespace_has() {
        for (map, range) in [
            ("         0          0 4294967295\n", "0 2147483647"),
            ("         0       1000          1\n", "0 0"),
            ("0 1000 1\n1 100000 65536\n", "0 65536"),
            ("", "0 0"),
        ] {
            assert_eq!(super::groups_of(map), range, "{map}");
        }
    }
}

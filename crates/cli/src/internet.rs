//! What `moat up` is told of the outside.

use clap::{Args, ValueEnum};
use server::{Internet, Named};
use std::net::{IpAddr, SocketAddr, SocketAddrV4};
use std::str::FromStr;

/// Where a host writes down its resolver.
const RESOLVERS: &str = "/etc/resolv.conf";
const DNS_PORT: u16 = 53;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Nothing leaves moat
    #[default]
    Off,
    /// What leaves by an internet gateway is carried to the real internet
    Proxy,
}

/// How what is inside reaches the real internet
#[derive(Debug, Args)]
pub struct InternetOptions {
    /// Whether connections that leave by an internet gateway are carried to the real internet
    #[arg(long, value_enum, default_value_t)]
    internet: Mode,
    /// With `--internet proxy`: the resolver that is asked for names outside, in place of the host's
    #[arg(long, value_name = "ADDRESS:PORT")]
    internet_dns: Option<SocketAddr>,
    /// With `--internet proxy`: leads an address to another one, also of this machine
    #[arg(long, value_name = "ADDRESS:PORT=ADDRESS:PORT")]
    internet_to: Vec<Detour>,
}

/// `203.0.113.10:443=127.0.0.1:8443`
#[derive(Debug, Clone, PartialEq, Eq)]
struct Detour {
    asked: SocketAddrV4,
    leads: SocketAddr,
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not of the form ADDRESS:PORT=ADDRESS:PORT")]
struct NoDetour(String);

impl FromStr for Detour {
    type Err = NoDetour;

    fn from_str(text: &str) -> Result<Self, NoDetour> {
        let parts = text
            .split_once('=')
            .and_then(|(asked, leads)| Some(Self { asked: asked.parse().ok()?, leads: leads.parse().ok()? }));
        parts.ok_or_else(|| NoDetour(text.to_owned()))
    }
}

impl InternetOptions {
    pub fn wanted(&self) -> Option<Internet> {
        let named: Named = self.internet_to.iter().map(|detour| (detour.asked, detour.leads)).collect();
        let resolver = self.internet_dns.or_else(|| {
            let text = std::fs::read_to_string(RESOLVERS).unwrap_or_default();
            first_resolver(&text).map(|address| SocketAddr::new(address, DNS_PORT))
        });
        (self.internet == Mode::Proxy).then_some(Internet { resolver, named })
    }

    /// The same as words of a command line.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.internet == Mode::Proxy {
            words.push("--internet=proxy".to_owned());
        }
        words.extend(self.internet_dns.map(|address| format!("--internet-dns={address}")));
        let detour = |detour: &Detour| format!("--internet-to={}={}", detour.asked, detour.leads);
        words.extend(self.internet_to.iter().map(detour));
        words
    }
}

/// The first name server of a `resolv.conf`.
fn first_resolver(text: &str) -> Option<IpAddr> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == "nameserver").then(|| words.next())??.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detour_is_two_addresses() {
        let detour: Detour = "203.0.113.10:443=127.0.0.1:8443".parse().unwrap();
        assert_eq!(
            (detour.asked.to_string(), detour.leads.to_string()),
            ("203.0.113.10:443".into(), "127.0.0.1:8443".into())
        );
        for wrong in ["", "203.0.113.10=127.0.0.1:1", "a:1=b:2", "203.0.113.10:443"] {
            assert!(wrong.parse::<Detour>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_first_name_server_counts() {
        let text = "# a comment\noptions edns0\nnameserver 127.0.0.53\nnameserver 1.1.1.1\n";
        assert_eq!(first_resolver(text), Some("127.0.0.53".parse().unwrap()));
        assert_eq!(first_resolver("search example.com\n"), None);
    }
}

//! The one-line forms of rules, entries, flows and drops.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use std::fmt::Display;
use std::str::FromStr;
use vpc::testing::{cases, network, network_text};
use vpc::{DropRef, Flow, NetworkAclEntry, SecurityGroupRule};

fn check<T: FromStr<Err = vpc::TextError> + Display>(text: &str, canonical: &str) {
    let parsed = T::from_str(text).unwrap_or_else(|error| panic!("`{text}`: {error}"));
    assert_eq!(parsed.to_string(), canonical);
}

fn refuse<T: FromStr<Err = vpc::TextError>>(text: &str, why: &str) {
    assert_eq!(T::from_str(text).err().map(|error| error.to_string()).as_deref(), Some(why), "`{text}`");
}

#[test]
fn security_group_rules() {
    check::<SecurityGroupRule>("in tcp 5432 from sg-1", "in tcp 5432 from sg-1");
    check::<SecurityGroupRule>("sgr-1  out all to 0.0.0.0/0", "sgr-1 out all to 0.0.0.0/0");
    check::<SecurityGroupRule>("out udp 1024-65535 to pl-1", "out udp 1024-65535 to pl-1");
    check::<SecurityGroupRule>("in tcp from 10.0.0.0/8", "in tcp * from 10.0.0.0/8");
    check::<SecurityGroupRule>("in icmp 8 from 10.0.0.0/8", "in icmp 8/* from 10.0.0.0/8");
    check::<SecurityGroupRule>("in icmp from 10.0.0.0/8", "in icmp from 10.0.0.0/8");
    check::<SecurityGroupRule>("in icmpv6 128 from ::/0", "in icmpv6 128/* from ::/0");
    check::<SecurityGroupRule>("in icmpv6 from 2001:db8::/32", "in icmpv6 from 2001:db8::/32");
    check::<SecurityGroupRule>("in 47 from 10.0.0.0/8", "in 47 from 10.0.0.0/8");
    refuse::<SecurityGroupRule>("in tcp 5432 to sg-1", "`to` is not from");
    refuse::<SecurityGroupRule>("in tcp 9-5 from sg-1", "`9-5` is not a port or a range of ports");
    refuse::<SecurityGroupRule>("in tcp 65536 from sg-1", "`65536` is not a port or a range of ports");
    refuse::<SecurityGroupRule>("in tcp 1 from", "the text ends where a CIDR, sg-… or pl-… should stand");
    refuse::<SecurityGroupRule>("in tcp 1 from sg-1 too", "`too` is not the end of the text");
    refuse::<SecurityGroupRule>(
        "in 256 from sg-1",
        "`256` is not a protocol (all, tcp, udp, icmp, icmpv6 or a number)",
    );
}

#[test]
fn network_acl_entries() {
    let text = "100 allow in tcp 1024-65535 from 10.0.0.0/16";
    check::<NetworkAclEntry>(text, text);
    check::<NetworkAclEntry>("32767 deny out all to 0.0.0.0/0", "* deny out all to 0.0.0.0/0");
    check::<NetworkAclEntry>("* deny in all from 0.0.0.0/0", "* deny in all from 0.0.0.0/0");
    refuse::<NetworkAclEntry>("0 allow in all from 0.0.0.0/0", "`0` is not an entry number");
    refuse::<NetworkAclEntry>("1 permit in all from 0.0.0.0/0", "`permit` is not `allow` or `deny`");
}

#[test]
fn flows() {
    check::<Flow>("eni-1 -> tcp 5432 10.0.2.5", "eni-1 -> tcp 5432 10.0.2.5");
    check::<Flow>("eni-1 as 10.0.0.9 -> udp 53 10.0.0.2", "eni-1 as 10.0.0.9 -> udp 53 10.0.0.2");
    check::<Flow>("8.8.8.8 -> icmp 1.2.3.4", "8.8.8.8 -> icmp 8/0 1.2.3.4");
    refuse::<Flow>("eni-1 tcp 5432 10.0.2.5", "`tcp` is not ->");
}

#[test]
fn drops_fit_the_kernels_log_prefix() {
    let id = "0123456789abcdef0";
    for text in [
        format!("spoof eni-{id}"),
        format!("no-route rtb-{id}"),
        format!("blackhole rtb-{id} 255.255.255.255/32"),
        "no-interface".to_owned(),
        format!("loop eni-{id}"),
        format!("nacl-in acl-{id} 32766"),
        format!("nacl-out acl-{id} *"),
        format!("sg-in eni-{id}"),
        format!("sg-out eni-{id}"),
        format!("dest-check eni-{id}"),
        format!("hub eni-{id}"),
        format!("nat eni-{id}"),
        format!("no-public eni-{id}"),
    ] {
        check::<DropRef>(&text, &text);
        assert!(text.len() <= 127, "{text}");
    }
    refuse::<DropRef>("sg-both eni-1", "`sg-both` is not a place");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_network_and_flow_survives_its_text(case in cases(3)) {
        let (original, flows) = case;
        let read = network(&network_text(&original)).unwrap();
        prop_assert_eq!(network_text(&read), network_text(&original));
        prop_assert_eq!(read.interfaces, original.interfaces);
        prop_assert_eq!(read.network_acls, original.network_acls);
        for flow in flows {
            prop_assert_eq!(&flow.to_string().parse::<Flow>().unwrap(), &flow);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        let _ = text.parse::<SecurityGroupRule>();
        let _ = text.parse::<NetworkAclEntry>();
        let _ = text.parse::<Flow>();
        let _ = text.parse::<DropRef>();
    }
}

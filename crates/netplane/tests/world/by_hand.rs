//! What a person with `nft` and `ip` could break, as raw messages, so that the tests need neither program.

use netlink_sys::{Socket, SocketAddr, protocols};

/// Removes the plane's table from the calling thread's namespace, with all its rules.
pub fn delete_table() {
    let edge = |kind: u16| message(kind, 1, &[0, 0, 0, 10], &[]);
    let mut name = vec![9, 0, 1, 0];
    name.extend_from_slice(b"moat\0\0\0\0");
    let table = message((10 << 8) | 2, 5, &[2, 0, 0, 0], &name);
    exchange(protocols::NETLINK_NETFILTER, &[edge(16), table, edge(17)].concat());
}

/// Removes a link from the calling thread's namespace.
pub fn delete_link(index: u32) {
    let mut fixed = [0; 16];
    fixed[4..8].copy_from_slice(&index.to_ne_bytes());
    exchange(protocols::NETLINK_ROUTE, &message(17, 5, &fixed, &[]));
}

/// Takes a link of the calling thread's namespace out of its group.
pub fn ungroup_link(name: &str) {
    let length = u16::try_from(4 + name.len() + 1).expect("a short name");
    let mut attributes = [length.to_ne_bytes(), 3_u16.to_ne_bytes()].concat();
    attributes.extend_from_slice(name.as_bytes());
    attributes.resize(usize::from(length).next_multiple_of(4), 0);
    attributes.extend([8_u16.to_ne_bytes(), 27_u16.to_ne_bytes(), [0; 2], [0; 2]].concat());
    exchange(protocols::NETLINK_ROUTE, &message(16, 5, &[0; 16], &attributes));
}

/// The rule generation of the calling thread's namespace.
pub fn generation() -> u32 {
    let answer = ask(protocols::NETLINK_NETFILTER, &message((10 << 8) | 16, 1, &[2, 0, 0, 0], &[]));
    u32::from_be_bytes(answer[24..28].try_into().expect("a generation"))
}

fn message(kind: u16, flags: u16, fixed: &[u8], attributes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(16 + fixed.len() + attributes.len()).expect("a short message");
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&len.to_ne_bytes());
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(&flags.to_ne_bytes());
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(fixed);
    bytes.extend_from_slice(attributes);
    bytes
}

fn exchange(protocol: isize, bytes: &[u8]) {
    let answer = ask(protocol, bytes);
    let code = i32::from_ne_bytes(answer[16..20].try_into().expect("an error number"));
    assert_eq!(code, 0, "the kernel refused: {}", std::io::Error::from_raw_os_error(-code));
}

fn ask(protocol: isize, bytes: &[u8]) -> Vec<u8> {
    let mut socket = Socket::new(protocol).expect("a netlink socket");
    socket.bind_auto().expect("an address");
    socket.send_to(bytes, &SocketAddr::new(0, 0), 0).expect("sent");
    socket.recv_from_full().expect("an answer").0
}

/// Adds an address to an interface of the calling thread's namespace.
pub fn add_address(index: u32, address: std::net::Ipv4Addr) {
    let mut fixed = vec![2, 32, 0, 0];
    fixed.extend(index.to_ne_bytes());
    let attribute = |kind: u8| [&[8, 0, kind, 0], address.octets().as_slice()].concat();
    let attributes = [attribute(1), attribute(2)].concat();
    // NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE.
    exchange(protocols::NETLINK_ROUTE, &message(20, 5 | 0x400, &fixed, &attributes));
}

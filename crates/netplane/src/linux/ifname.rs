//! Interface names and hardware addresses that follow from the id, so that a person reading `ip link` knows what
//! a link is, and a restarted daemon finds it again.

use vpc::Seat;

use super::netlink::link::Mac;

const NAME_MAX: usize = 15;

/// The interface name for an id: a letter for what it is, then as much of the id as the kernel lets stand.
pub fn of(letter: char, id: &str) -> String {
    let tail = id.rsplit_once('-').map_or(id, |(_, tail)| tail);
    let room = NAME_MAX - letter.len_utf8();
    let kept: String = tail.chars().filter(char::is_ascii_alphanumeric).take(room).collect();
    format!("{letter}{kept}")
}

/// The name of the link to an interface in the namespace of another: another one for each place.
pub fn of_seat(id: &str, seat: &Seat) -> String {
    let place = format!("{id} {} {}", seat.first, seat.device_index);
    format!("a{:014x}", fnv64(place.as_bytes()) >> 8)
}

/// The hardware address for an id.
pub fn mac(id: &str) -> Mac {
    vpc::hardware_address(id)
}

/// FNV-1a: short, stable across versions, and nobody gains by a collision.
pub fn fnv64(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_fits_the_kernel_and_keeps_the_id_readable() {
        assert_eq!(super::of('e', "eni-0a1b2c3d4e5f60718"), "e0a1b2c3d4e5f60");
        assert_eq!(super::of('e', "eni-1"), "e1");
        assert!(super::of('e', "eni-0a1b2c3d4e5f60718").len() <= 15);
    }
}

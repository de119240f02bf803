//! For tests here and of the data plane: a text form of whole networks, and random small networks,
//! alone and peered, with flows through them.

mod random;
mod text;
mod world;

pub use random::{INTERNET_HOSTS, INTERNET_HOSTS_V6, case, cases, sample};
pub use text::{NetworkTextError, network, network_text, networks, networks_text};
pub use world::{World, sample_world, worlds};

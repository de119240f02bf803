//! For tests here and of the data plane: a text form of whole networks, and random small networks with
//! flows through them.

mod random;
mod text;

pub use random::{INTERNET_HOSTS, case, cases, sample};
pub use text::{NetworkTextError, network, network_text};

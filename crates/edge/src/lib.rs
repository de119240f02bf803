//! The way in: listeners, TLS, which service a request is for, and whose it is. Everything
//! behind it sees plain data of [`wire::http`] and an authenticated [`service::Call`].
//!
//! The listening socket is the identity: a request is "through endpoint vpce-1" because it
//! came in on that endpoint's socket, never because of something it says.

mod answer;
mod api_address;
mod apis;
mod authenticate;
mod aws_services;
mod believed;
mod body;
mod ca;
mod carrier;
mod connection;
mod destination;
mod domains;
mod dress;
mod exchange;
mod fetch;
mod health;
mod host;
mod kept_servers;
mod lasting;
mod leaf;
mod limits;
mod listen;
mod message;
mod outside_address;
mod services;
mod sockets;
mod unserved;

pub use api_address::{ApiAddress, ApiKind};
pub use apis::{ApiCall, Apis, DomainCertificate};
pub use ca::{Ca, CaError};
pub use carrier::{Carrier, Named, NotCarried};
pub use exchange::{ExchangeError, exchange};
pub use fetch::{FetchError, Fetcher, Outside};
pub use kept_servers::KeptServers;
pub use limits::Limits;
pub use listen::{Edge, Origin, Parts, Serving};
pub use outside_address::{NOT_OUTSIDE, is_outside};
pub use services::{Internal, Reply, Services};
pub use sockets::{Accepted, Client, Connecting, Conversation, ToClient, Told};

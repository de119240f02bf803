//! Deployment packages: what is accepted, and the directory that environments see.

mod discarded;
mod overlay;
mod package;
mod unpacked;

pub use discarded::Discarded;
pub use package::{Package, PackageError};
pub use unpacked::{Unpacked, layers_name};

//! Deployment packages: what is accepted, and the directory that environments see.

mod directory;
mod discarded;
mod overlay;
mod package;
mod unpacked;

pub use directory::{BUCKET, Directories, DirectoryError, EMPTY_PACKAGE, edition, real};
pub use discarded::Discarded;
pub use package::{Package, PackageError};
pub use unpacked::{Unpacked, layers_name};

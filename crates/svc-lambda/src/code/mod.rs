//! Deployment packages: what is accepted, and the directory that environments see.

mod package;
mod unpacked;

pub use package::{Package, PackageError};
pub use unpacked::{UnpackError, Unpacked};

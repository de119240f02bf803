//! The one image there is: the programs of the host, read-only, with a disk of the instance's own.

/// Its id, the same in every region and account.
pub const ID: &str = "ami-00000000000000a7a";
pub const NAME: &str = "moat-host-userland";
pub const DESCRIPTION: &str =
    "The programs of the machine that moat runs on, read-only; runs user data at the first boot";
/// Amazon's account for images of its own.
pub const OWNER: &str = "137112412989";
pub const CREATED: &str = "2024-01-01T00:00:00.000Z";
pub const ROOT_DEVICE: &str = "/dev/xvda";

/// As AWS calls the processors of this machine.
pub fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

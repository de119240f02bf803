//! A machine's own disk: the directories that it may write. What is below them, the host's programs,
//! it may read.

use crate::Guest;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Directories that it may write, with their modes.
pub(crate) const WRITABLE: [(&str, u32); 9] = [
    ("etc", 0o755),
    ("home", 0o755),
    ("mnt", 0o755),
    ("opt", 0o755),
    ("root", 0o700),
    ("run", 0o755),
    ("srv", 0o755),
    ("tmp", 0o1777),
    ("var", 0o755),
];
/// What programs expect in there.
const EXPECTED: [&str; 6] = ["home/ec2-user", "var/lib", "var/log", "var/cache", "var/tmp", "var/lib/cloud"];
/// What of the host's `/etc` says nothing of the host but how its programs work.
const COPIED: [&str; 12] = [
    "alternatives",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "os-release",
    "protocols",
    "services",
    "shells",
    "ssl/openssl.cnf",
    "terminfo",
];
const USERS: &str = "root:x:0:0:root:/root:/bin/sh\n";
const GROUPS: &str = "root:x:0:\n";
const NAME_SERVICES: &str =
    "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n";
/// Where the certificates to trust are.
pub(crate) const CA_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Makes what is missing, and writes what may have changed since the last boot.
pub(crate) fn prepare(disk: &Path, guest: &Guest, ca_bundle: &Path) -> io::Result<()> {
    for (name, mode) in WRITABLE {
        let dir = disk.join(name);
        fs::DirBuilder::new().recursive(true).mode(0o755).create(&dir)?;
        fs::set_permissions(&dir, fs::Permissions::from_mode(mode))?;
    }
    for name in EXPECTED {
        fs::create_dir_all(disk.join(name))?;
    }
    let etc = disk.join("etc");
    fs::create_dir_all(etc.join("ssl/certs"))?;
    for name in COPIED {
        copy(&Path::new("/etc").join(name), &etc.join(name))?;
    }
    write_once(&etc.join("passwd"), USERS)?;
    write_once(&etc.join("group"), GROUPS)?;
    write_once(&etc.join("nsswitch.conf"), NAME_SERVICES)?;
    let hosts = format!("127.0.0.1\tlocalhost\n{}\t{}\n", guest.address, guest.host_name);
    fs::write(etc.join("hosts"), hosts)?;
    fs::write(etc.join("hostname"), format!("{}\n", guest.host_name))?;
    let servers = guest.nameservers.iter().map(|server| format!("nameserver {server}\n"));
    let search = guest.search_domain.iter().map(|domain| format!("search {domain}\n"));
    fs::write(etc.join("resolv.conf"), servers.chain(search).collect::<String>())?;
    fs::copy(ca_bundle, etc.join("ssl/certs/ca-certificates.crt"))?;
    for (link, target) in [("ssl/cert.pem", CA_BUNDLE), ("pki/tls/certs/ca-bundle.crt", CA_BUNDLE)] {
        let link = etc.join(link);
        if let Some(parent) = link.parent() {
            fs::create_dir_all(parent)?;
        }
        ignore_existing(std::os::unix::fs::symlink(target, link))?;
    }
    Ok(())
}

fn write_once(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() { Ok(()) } else { fs::write(path, text) }
}

fn ignore_existing(made: io::Result<()>) -> io::Result<()> {
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Files, links and directories of them, unless they are there already.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let Ok(found) = fs::symlink_metadata(from) else { return Ok(()) };
    if fs::symlink_metadata(to).is_ok() && !found.is_dir() {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    if found.is_symlink() {
        return ignore_existing(std::os::unix::fs::symlink(fs::read_link(from)?, to));
    }
    if !found.is_dir() {
        // What the host does not show to everybody is not for a machine either.
        return match fs::copy(from, to) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            other => other.map(drop),
        };
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Where user data is given to the first process, on the disk.
pub(crate) fn user_data(disk: &Path) -> PathBuf {
    disk.join("var/lib/cloud/user-data.txt")
}

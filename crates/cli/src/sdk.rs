//! Where the packages are that every function finds without bringing them, as it does on AWS: boto3 for Python,
//! `@aws-sdk` for Node.js.

use std::path::PathBuf;

/// Where a user's own are, for a shell.
pub const PYTHON_OF_USER: &str = r#""${XDG_DATA_HOME:-$HOME/.local/share}/moat/sdk/python""#;
pub const NODE_OF_USER: &str = r#""${XDG_DATA_HOME:-$HOME/.local/share}/moat/sdk/node""#;

/// The script that installs both, where this program was built in a checkout.
pub fn in_checkout() -> Option<&'static str> {
    const SCRIPT: &str = "script/bootstrap";
    checkout().filter(|root| root.join(SCRIPT).is_file()).map(|_| SCRIPT)
}

/// The checkout that this program was built in, if it was.
fn checkout() -> Option<PathBuf> {
    let exe = std::env::current_exe().ok()?;
    Some(exe.parent()?.parent()?.parent()?.to_owned())
}

/// `MOAT_PYTHON_SDK`, else what `script/bootstrap` installed in the checkout that this program was
/// built in, else `moat/sdk/python` among the user's data.
pub fn python() -> Option<PathBuf> {
    find("MOAT_PYTHON_SDK", "sdk/python", "boto3")
}

/// The same for Node.js: `MOAT_NODE_SDK`, or `sdk/node/node_modules`.
pub fn node() -> Option<PathBuf> {
    find("MOAT_NODE_SDK", "sdk/node/node_modules", "@aws-sdk")
}

fn find(variable: &str, directory: &str, package: &str) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variable).filter(|v| !v.is_empty()) {
        return Some(PathBuf::from(named));
    }
    let checkout = checkout().map(|root| root.join("build").join(directory));
    let share = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .map(|share| share.join("moat").join(directory));
    [checkout, share].into_iter().flatten().find(|dir| dir.join(package).is_dir())
}

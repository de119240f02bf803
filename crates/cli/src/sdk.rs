//! Where the packages are that every function finds without bringing them, as it does on AWS: boto3 for Python,
//! `@aws-sdk` for Node.js.

use std::path::PathBuf;

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
    let checkout = std::env::current_exe().ok().and_then(|exe| {
        let root = exe.parent()?.parent()?.parent()?;
        Some(root.join("build").join(directory))
    });
    let share = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .map(|share| share.join("moat").join(directory));
    [checkout, share].into_iter().flatten().find(|dir| dir.join(package).is_dir())
}

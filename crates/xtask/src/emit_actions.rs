//! `crates/actions/src/reference/`: the service authorization reference as static tables, a file
//! for each service.

use crate::codegen::CodegenError;
use crate::iam_data::IamData;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Keys that say what a request carries: the action lists them, whatever its resources say.
const OF_THE_REQUEST: [&str; 2] = ["aws:RequestTag/${TagKey}", "aws:TagKeys"];
/// Listed as global, yet only there where the action or its resource has them.
const OF_TAGS: [&str; 3] = ["aws:ResourceTag/", "aws:RequestTag/", "aws:TagKeys"];

/// The operations of one service whose actions have other names.
pub type Renamed = Vec<(String, Vec<String>)>;

/// Numbers texts and lists in the order in which they come.
struct Numbered<T>(Vec<T>);

impl<T: PartialEq> Numbered<T> {
    fn of(&mut self, item: T) -> usize {
        self.0.iter().position(|known| *known == item).unwrap_or_else(|| {
            self.0.push(item);
            self.0.len() - 1
        })
    }
}

struct Tables {
    keys: Numbered<String>,
    sets: Numbered<Vec<usize>>,
    actions: String,
    uses: String,
}

/// The table of one service.
pub fn emit(data: &IamData, prefix: &str, renamed: &Renamed) -> Result<String, CodegenError> {
    let types = data.of("resourceTypes", prefix)?;
    let mut tables = Tables {
        keys: Numbered(Vec::new()),
        sets: Numbered(vec![Vec::new()]),
        actions: String::new(),
        uses: String::new(),
    };
    let names: Vec<&String> = types.keys().collect();
    let mut used = 0;
    for action in data.of("actions", prefix)?.values() {
        let uses = list(action, "resourceTypes");
        let set = tables.set(&texts(action, "conditionKeys"));
        let (name, level) = (text(action, "name"), level(&text(action, "accessLevel")));
        let _ = writeln!(tables.actions, "A({name:?}, {level}, {set}, {used}, {}),", uses.len());
        used += uses.len();
        for usage in uses {
            tables.usage(&names, &types, usage, prefix)?;
        }
    }
    let formats = types.values().map(|t| {
        let formats: Vec<String> = text(t, "arn").split(", ").map(str::to_owned).collect();
        format!("R({:?}, &{formats:?}),\n", text(t, "key"))
    });
    let renamed = renamed.iter().map(|(operation, actions)| format!("({operation:?}, &{actions:?}),\n"));
    Ok(format!(
        "use crate::table::Level::*;\nuse crate::table::{{Action as A, ResourceType as R, Service, Use as U}};\n\n\
         pub(super) static SERVICE: Service = Service {{ prefix: {prefix:?}, keys: &{:?}, sets: &{},\n\
         resources: &[{}], actions: &[{}], uses: &[{}], renamed: &[{}] }};\n",
        tables.keys.0,
        format!("{:?}", tables.sets.0).replace("[[", "[&[").replace(", [", ", &["),
        formats.collect::<String>(),
        tables.actions,
        tables.uses,
        renamed.collect::<String>(),
    ))
}

impl Tables {
    fn set(&mut self, keys: &[String]) -> usize {
        let mut set: Vec<usize> = keys.iter().map(|key| self.keys.of(spelled(key))).collect();
        set.sort_unstable();
        set.dedup();
        self.sets.of(set)
    }

    /// The keys of a resource in one action are the action's own list where there is one (EC2), and
    /// otherwise those of the resource's type.
    fn usage(
        &mut self,
        names: &[&String],
        types: &BTreeMap<String, Json>,
        usage: &Json,
        prefix: &str,
    ) -> Result<(), CodegenError> {
        let name = text(usage, "name").to_lowercase();
        let place = names.iter().position(|known| **known == name);
        let (Some(place), Some(kind)) = (place, types.get(&name)) else {
            return Err(CodegenError::NoModel(format!("resource type {name} of {prefix}")));
        };
        let mut keys = texts(usage, "conditionKeys");
        if prefix != "ec2" {
            keys.extend(texts(kind, "conditionKeys").into_iter().filter(|k| !is_of_the_request(k)));
        }
        let set = self.set(&keys);
        let _ = writeln!(self.uses, "U({place}, {}, {set}),", usage["required"] == Json::Bool(true));
        Ok(())
    }
}

/// The list of services and of the keys that all have.
pub fn emit_index(data: &IamData, prefixes: &[String]) -> Result<String, CodegenError> {
    let modules: String = prefixes.iter().map(|p| format!("mod {};\n", module(p))).collect();
    let services: String = prefixes.iter().map(|p| format!("&{}::SERVICE,", module(p))).collect();
    let keys = data.global_keys().into_iter().map(spelled);
    let keys: Vec<String> = keys.filter(|key| !OF_TAGS.iter().any(|tag| key.starts_with(tag))).collect();
    let all = data.prefixes()?;
    Ok(format!(
        "{modules}\nuse crate::table::Service;\n\n\
         /// By prefix, in the order of the alphabet.\n\
         pub(crate) static SERVICES: [&Service; {}] = [{services}];\n\n\
         /// What the context of any request may have.\n\
         pub(crate) static GLOBAL_KEYS: [&str; {}] = {keys:?};\n\n\
         /// The prefixes of all services of AWS, of most of which there is no table.\n\
         pub(crate) static PREFIXES: [&str; {}] = {all:?};\n",
        prefixes.len(),
        keys.len(),
        all.len()
    ))
}

pub fn module(prefix: &str) -> String {
    prefix.replace('-', "_")
}

fn is_of_the_request(key: &str) -> bool {
    OF_THE_REQUEST.contains(&key)
}

/// The reference writes the name of a tag in three ways.
fn spelled(key: &str) -> String {
    match key.strip_suffix("/tag-key").or_else(|| key.strip_suffix('/')) {
        Some(family) => format!("{family}/${{TagKey}}"),
        None => key.to_owned(),
    }
}

/// `Permissions management, Write` says two things; the first is the one to know.
fn level(text: &str) -> &'static str {
    match text.split(',').next().unwrap_or_default() {
        "List" => "List",
        "Read" => "Read",
        "Tagging" => "Tagging",
        "Permissions management" => "PermissionsManagement",
        _ => "Write",
    }
}

fn text(of: &Json, member: &str) -> String {
    of[member].as_str().unwrap_or_default().to_owned()
}

fn list<'a>(of: &'a Json, member: &str) -> &'a [Json] {
    of[member].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn texts(of: &Json, member: &str) -> Vec<String> {
    list(of, member).iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

//! An API out of an OpenAPI document: read, then built beside what is there by the checks of the single
//! operations, and stored as one.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html>

mod draft;
mod found;
mod methods;
mod parts;

pub use draft::Draft;
pub use found::Found;

use super::{may_pass, may_set_policy};
use crate::error;
use base::Scope;
use openapi::{Definition, Document, Flavour, Malformed};
use service::{Access, Call, ServiceError};
use std::collections::BTreeMap;

/// What an import asks for, beside the document.
pub struct Import {
    pub definition: Definition,
    pub warnings: Vec<String>,
    /// What stands before each path.
    pub base_path: String,
}

impl Import {
    pub fn read(
        body: Option<&[u8]>,
        parameters: Option<&BTreeMap<String, String>>,
        scope: &Scope,
    ) -> Result<Self, ServiceError> {
        let said = |name: &str| parameters.and_then(|all| all.get(name)).map(String::as_str);
        let read = parsed(body.unwrap_or_default(), scope).map_err(|refused| invalid(&refused))?;
        let (definition, warnings) = (read.definition, read.warnings);
        let ignores_documentation = said("ignore").is_some_and(|what| what.contains("documentation"));
        if definition.has_documentation && !ignores_documentation {
            return Err(ServiceError::not_implemented(
                "x-amazon-apigateway-documentation (ignore=documentation leaves it out)",
            ));
        }
        if definition.minimum_compression_size.is_some() {
            return Err(ServiceError::not_implemented("minimumCompressionSize"));
        }
        let base_path = base_path(definition.base_path.as_deref().unwrap_or_default(), said("basepath"))?;
        Ok(Self { definition, warnings, base_path })
    }

    /// Puts the definition's parts and methods into an API.
    pub fn put_into(
        self,
        draft: &mut Draft<'_>,
        fails_on_warnings: bool,
    ) -> Result<Vec<String>, ServiceError> {
        let mut found = Found::default();
        parts::put(draft, &self.definition, &mut found)?;
        methods::put(draft, &self.definition, &self.base_path, &mut found)?;
        found.checked()?;
        if fails_on_warnings && !self.warnings.is_empty() {
            let told = self.warnings.join("\n\t");
            return Err(error::bad_request(format!("Warnings found during import:\n\t{told}")));
        }
        Ok(self.warnings)
    }
}

fn parsed(body: &[u8], scope: &Scope) -> Result<openapi::Read, Malformed> {
    let mut document = Document::parse(body)?;
    let variables = [
        ("AWS::AccountId", scope.account.as_str()),
        ("AWS::Partition", "aws"),
        ("AWS::Region", scope.region.as_str()),
    ];
    document.put_variables(&variables);
    document.read(Flavour::Rest)
}

fn invalid(refused: &Malformed) -> ServiceError {
    error::bad_request(match refused {
        Malformed::Integration(path) => {
            format!("Unable to parse API definition because of a malformed integration at path {path}.")
        }
        _ => "Invalid OpenAPI input.".to_owned(),
    })
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html>
fn base_path(said: &str, how: Option<&str>) -> Result<String, ServiceError> {
    match how {
        None | Some("ignore") => Ok(String::new()),
        Some("prepend") => Ok(said.to_owned()),
        Some("split") => {
            let rest = said.trim_start_matches('/').split_once('/');
            Ok(rest.map(|(_, rest)| format!("/{rest}")).unwrap_or_default())
        }
        Some(_) => {
            Err(error::bad_request("Invalid basepath specified. Must be one of: [ignore, prepend, split]"))
        }
    }
}

/// What is asked besides the operation itself: for the roles that a document hands to API Gateway, and for its resource
/// policy at this path. A document that cannot be read has neither.
pub fn asked_besides(body: Option<&[u8]>, call: &Call, path: &str) -> Vec<Access> {
    let Ok(read) = parsed(body.unwrap_or_default(), &call.scope) else { return Vec::new() };
    let definition = &read.definition;
    let methods = definition.paths.values().flat_map(|methods| methods.values());
    let integrations = methods.filter_map(|method| method.integration.as_ref());
    let of_integrations = integrations.filter_map(|integration| integration.credentials.as_deref());
    let of_authorizers = definition.authorizers.values().filter_map(|one| one.credentials.as_deref());
    let roles: std::collections::BTreeSet<&str> =
        of_integrations.chain(of_authorizers).filter(|role| !role.is_empty()).collect();
    let roles = roles.into_iter().flat_map(|role| may_pass(Some(role)));
    let policy = definition.policy.iter().flat_map(|_| may_set_policy(call, path));
    roles.chain(policy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AWS's own table.
    #[test]
    fn base_paths_are_read_in_three_ways() {
        let found = |how| base_path("/a/b/c", how).map_err(|refused| refused.message);
        assert_eq!(found(None), Ok(String::new()));
        assert_eq!(found(Some("ignore")), Ok(String::new()));
        assert_eq!(found(Some("prepend")), Ok("/a/b/c".to_owned()));
        assert_eq!(found(Some("split")), Ok("/b/c".to_owned()));
        assert!(found(Some("x")).is_err());
        assert_eq!(base_path("/a", Some("split")).ok(), Some(String::new()));
    }
}

//! From a name and a qualifier to the version that is meant, and the policy that guards it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html#versioning-versions-using>

use crate::error;
use crate::lambda::Lambda;
use crate::model::{Alias, Function, Permission};
use crate::name::{Named, Target};
use service::ServiceError;
use std::sync::Arc;
use store::{Fault, Snapshot, Tx};

/// What a qualified name leads to.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The version itself; an alias's first one.
    pub function: Arc<Function>,
    pub alias: Option<Arc<Alias>>,
}

impl Resolved {
    /// The resource policy of what was named. Each qualifier has its own.
    pub fn policy(&self) -> Option<String> {
        let permissions = self.permissions();
        (!permissions.is_empty()).then(|| Permission::document(permissions))
    }

    pub fn permissions(&self) -> &[Permission] {
        self.alias.as_ref().map_or(&self.function.permissions, |a| &a.permissions)
    }

    pub fn policy_revision_id(&self) -> &str {
        let alias = self.alias.as_ref();
        alias.map_or(&self.function.policy_revision_id, |a| &a.policy_revision_id)
    }
}

/// A resource policy on its way to be changed.
pub struct PolicyChange<'a> {
    pub permissions: &'a mut Vec<Permission>,
    pub revision_id: &'a mut String,
}

impl Lambda {
    pub(crate) fn resolve(&self, named: &Named) -> Result<Option<Resolved>, Fault> {
        resolve(&self.store.read(), named)
    }

    pub(crate) fn resolved(&self, named: &Named) -> Result<Resolved, ServiceError> {
        self.resolve(named)?.ok_or_else(|| error::function_not_found(&named.qualified_arn()))
    }

    /// The version that one invocation goes to: an alias may have two.
    pub(crate) fn route(&self, named: &Named) -> Result<Arc<Function>, ServiceError> {
        let Resolved { function, alias } = self.resolved(named)?;
        let Some(alias) = alias.filter(|alias| !alias.weights.is_empty()) else { return Ok(function) };
        let version = alias.route(self.draw());
        let routed = self.resolve(&named.qualified(version))?;
        Ok(routed.map_or(function, |routed| routed.function))
    }

    /// From 0 to 1, 1 excluded.
    fn draw(&self) -> f64 {
        let mut bytes = [0u8; 4];
        self.needs.ids.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }

    pub(crate) async fn change_policy<R>(
        &self,
        named: &Named,
        change: impl FnOnce(PolicyChange<'_>) -> Result<R, ServiceError>,
    ) -> Result<R, ServiceError> {
        self.store.write(|tx: &mut Tx| change_policy(tx, named, change)).await
    }
}

fn change_policy<R>(
    tx: &mut Tx,
    named: &Named,
    change: impl FnOnce(PolicyChange<'_>) -> Result<R, ServiceError>,
) -> Result<R, ServiceError> {
    let absent = || error::function_not_found(&named.qualified_arn());
    if let Target::Alias(name) = named.target() {
        let mut alias = Alias::clone(&*tx.get::<Alias>(&alias_key(named, name))?.ok_or_else(absent)?);
        let Alias { permissions, policy_revision_id, .. } = &mut alias;
        let result = change(PolicyChange { permissions, revision_id: policy_revision_id })?;
        tx.put(&alias)?;
        return Ok(result);
    }
    let mut function = Function::clone(&*tx.get::<Function>(&version_key(named))?.ok_or_else(absent)?);
    let Function { permissions, policy_revision_id, .. } = &mut function;
    let result = change(PolicyChange { permissions, revision_id: policy_revision_id })?;
    tx.put(&function)?;
    Ok(result)
}

pub fn alias_key(named: &Named, alias: &str) -> String {
    named.scope.key(&format!("{}:{alias}", named.name))
}

/// The row of a version that is not named by an alias.
fn version_key(named: &Named) -> String {
    match named.target() {
        Target::Version(number) => named.scope.key(&format!("{}:{number}", named.name)),
        Target::Latest | Target::Alias(_) => named.key(),
    }
}

fn resolve(snapshot: &Snapshot, named: &Named) -> Result<Option<Resolved>, Fault> {
    let alias = match named.target() {
        Target::Alias(name) => match snapshot.get::<Alias>(&alias_key(named, name))? {
            Some(alias) => Some(alias),
            None => return Ok(None),
        },
        Target::Latest | Target::Version(_) => None,
    };
    let key = match &alias {
        Some(alias) => version_key(&named.qualified(&alias.version)),
        None => version_key(named),
    };
    let function = snapshot.get::<Function>(&key)?;
    Ok(function.map(|function| Resolved { function, alias }))
}

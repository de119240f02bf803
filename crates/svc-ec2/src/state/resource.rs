//! What all resources have in common.

use crate::keys::Key;
use crate::tags::Tags;
use service::ServiceError;
use store::Table;

/// A row with an id and tags.
pub trait Resource: Table + Clone {
    /// The resource type, as in ARNs and tag specifications.
    const KIND: &'static str;
    fn id(&self) -> &str;
    fn tags(&self) -> &Tags;
    fn tags_mut(&mut self) -> &mut Tags;
    /// AWS's error for an id that names none.
    fn missing(id: &str) -> ServiceError;
    /// The condition keys that tell what it is.
    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }
    /// Those that it lends to what is made in it.
    fn lent_keys(&self) -> Vec<Key> {
        Vec::new()
    }
}

/// Implements [`Table`] and [`Resource`] for a struct with the fields `scope`, `id` and `tags`.
/// `malformed` names the error and the prefix where AWS tells a wrong form from an unknown id;
/// `keys` and `lends` name the functions that give its condition keys.
macro_rules! resource {
    ($type:ident, table $table:literal, kind $kind:literal, missing $code:literal $text:literal
     $(, malformed $malformed:literal $prefix:literal)? $(, keys $keys:path)? $(, lends $lends:path)?) => {
        impl store::Table for $type {
            const NAME: &'static str = $table;
            fn key(&self) -> String {
                self.scope.key(self.id.as_str())
            }
        }

        impl $crate::state::Resource for $type {
            const KIND: &'static str = $kind;
            fn id(&self) -> &str {
                self.id.as_str()
            }
            fn tags(&self) -> &$crate::tags::Tags {
                &self.tags
            }
            fn tags_mut(&mut self) -> &mut $crate::tags::Tags {
                &mut self.tags
            }
            fn missing(id: &str) -> service::ServiceError {
                $(if !id.starts_with(concat!($prefix, "-")) {
                    let text = format!("Invalid id: \"{id}\" (expecting \"{}-...\")", $prefix);
                    return service::ServiceError::client($malformed, text);
                })?
                service::ServiceError::client($code, format!($text, id))
            }
            $(fn keys(&self) -> Vec<$crate::keys::Key> {
                $keys(self)
            })?
            $(fn lent_keys(&self) -> Vec<$crate::keys::Key> {
                $lends(self)
            })?
        }
    };
}
pub(crate) use resource;

//! The form of the generated tables. What they name they number, so that the program carries
//! few texts.

/// One service of AWS, as IAM knows it.
pub struct Service {
    /// `lambda`, as in `lambda:InvokeFunction`.
    pub prefix: &'static str,
    /// Condition keys, as AWS writes them: `aws:RequestTag/${TagKey}`.
    pub(crate) keys: &'static [&'static str],
    /// Lists of places in `keys`.
    pub(crate) sets: &'static [&'static [u8]],
    pub(crate) resources: &'static [ResourceType],
    /// In the order of their lower-case names.
    pub(crate) actions: &'static [Action],
    /// The resources of all actions, one action's behind another's.
    pub(crate) uses: &'static [Use],
    /// Operations whose actions have other names.
    pub(crate) renamed: &'static [(&'static str, &'static [&'static str])],
}

/// Name, level, place of its keys in `sets`, then where its resources begin in `uses` and how
/// many they are.
pub struct Action(pub(crate) &'static str, pub(crate) Level, pub(crate) u16, pub(crate) u16, pub(crate) u8);

/// Name and the forms of its ARNs.
pub struct ResourceType(pub(crate) &'static str, pub(crate) &'static [&'static str]);

/// A resource of an action: place of its type, whether the action needs one, place of the keys
/// that it brings.
pub struct Use(pub(crate) u8, pub(crate) bool, pub(crate) u16);

/// What an action does, in the words of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    List,
    Read,
    Write,
    Tagging,
    PermissionsManagement,
}

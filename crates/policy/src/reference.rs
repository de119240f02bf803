//! What there is to know of AWS's actions, given by whoever has the data: this crate has none.

/// AWS's service authorization reference. Names are compared ignoring case.
pub trait Reference: Sync {
    /// The prefixes of the services that it knows.
    fn services(&self) -> Vec<&'static str>;

    /// The names of a service's actions; none where it does not know the service.
    fn actions(&self, service: &str) -> Option<Vec<&'static str>>;

    /// The actions that an operation needs: `InvokeFunction` for Lambda's `Invoke`.
    fn actions_of(&self, service: &str, operation: &str) -> Vec<&'static str>;

    /// Whether a condition key can come with an action; none where it does not know the action.
    fn uses_key(&self, action: &str, key: &str) -> Option<bool>;

    /// Whether an action can be on a resource with such an ARN, wildcards included.
    fn is_on(&self, action: &str, resource: &str) -> Option<bool>;

    /// The forms of the ARNs that an action is on; none for those that are asked about `*`.
    fn forms(&self, action: &str) -> Vec<&'static str>;
}

//! The proof that a call was allowed.

use std::ops::Deref;

/// An input that the policies let through. Only this crate's gate makes one, so an operation
/// cannot be reached around it.
#[derive(Debug)]
pub struct Authorized<T>(T);

impl<T> Authorized<T> {
    pub(crate) fn new(input: T) -> Self {
        Self(input)
    }

    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Authorized<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

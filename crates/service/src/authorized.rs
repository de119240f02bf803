//! The proof that a call was allowed.

use crate::Access;
use std::ops::Deref;

/// An input that the policies let through. Only this crate's gate makes one, so an operation
/// cannot be reached around it.
#[derive(Debug)]
pub struct Authorized<T> {
    input: T,
    asked: Vec<Access>,
}

impl<T> Authorized<T> {
    pub(crate) fn new(input: T, asked: Vec<Access>) -> Self {
        Self { input, asked }
    }

    pub fn into_inner(self) -> T {
        self.input
    }

    /// Whether these are the questions that the policies answered with yes. An operation whose input only names
    /// what is done, as RunInstances does with a launch template, asks when it knows what it will do: the name may
    /// have come to mean something else.
    pub fn allows(&self, questions: &[Access]) -> bool {
        fn said(access: &Access) -> (&str, &str, &[(String, Vec<String>)]) {
            (&access.action, &access.resource, &access.context)
        }
        questions.iter().map(said).eq(self.asked.iter().map(said))
    }
}

impl<T> Deref for Authorized<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.input
    }
}

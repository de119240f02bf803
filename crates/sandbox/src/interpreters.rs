//! All interpreters of this machine, those of Node.js found when they are first needed.

use std::sync::OnceLock;

use crate::node;
use crate::python::{Interpreter, Language};
use crate::runtime::{Resolved, Runtime};

#[derive(Debug)]
pub(crate) struct Interpreters {
    pythons: Vec<Interpreter>,
    nodes: OnceLock<Vec<Interpreter>>,
}

impl Interpreters {
    pub fn find() -> Interpreters {
        Interpreters { pythons: Interpreter::find(), nodes: OnceLock::new() }
    }

    pub fn resolve(&self, runtime: Runtime) -> Option<Resolved> {
        match runtime.language() {
            Some((Language::Node, _)) => runtime.resolve(self.nodes.get_or_init(node::find)),
            Some((Language::Python, _)) | None => runtime.resolve(&self.pythons),
        }
    }
}

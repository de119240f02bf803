//! Mapping templates of API Gateway: the Velocity template language with `$input`, `$util`,
//! `$context` and `$stageVariables`. No I/O; steps, output and depth are bounded, so that a template
//! that loops or grows ends with an error.
//! <https://velocity.apache.org/engine/1.7/vtl-reference.html>
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>

mod ast;
mod budget;
mod directive;
mod error;
mod escape;
mod expression;
mod heap;
mod json;
mod json_path;
mod list_methods;
mod map_methods;
mod operate;
mod parse;
mod reference;
mod render;
mod text_methods;
mod tools;

pub use error::TemplateError;
pub use json::Json;
pub use json_path::{JsonPath, JsonPathError};

use std::collections::BTreeMap;

/// Iterations of one `#foreach`, AWS's quota.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
pub const ITERATIONS: usize = 1000;
/// Bytes of a template, AWS's quota.
pub const TEMPLATE_BYTES: usize = 300 * 1024;
/// Bytes that a template may write: AWS's quota of a payload.
pub const OUTPUT_BYTES: usize = 10 * 1024 * 1024;

/// A template that was read. It can be rendered any number of times, from several threads.
#[derive(Debug, Clone)]
pub struct Template {
    nodes: Vec<ast::Node>,
}

/// What a template sees.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    pub body: &'a str,
    pub params: &'a Params,
    pub context: &'a Json,
    pub stage_variables: &'a BTreeMap<String, String>,
}

/// `$input.params()`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params {
    pub path: BTreeMap<String, String>,
    pub querystring: BTreeMap<String, String>,
    pub header: BTreeMap<String, String>,
}

/// What a template wrote, and `$context` as it left it: a template may set overrides there.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    pub text: String,
    pub context: Json,
}

impl Template {
    /// # Errors
    /// When the template is malformed, too long or too deep, or uses a directive that moat lacks.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.len() > TEMPLATE_BYTES {
            return Err(TemplateError::TooLong);
        }
        // AWS takes the white space around a template away.
        Ok(Self { nodes: parse::template(text.trim())? })
    }

    /// # Errors
    /// When the template takes too many steps, writes too much, or reads a body that is no JSON.
    pub fn render(&self, data: &Data<'_>) -> Result<Rendered, TemplateError> {
        render::Render::new(data).run(&self.nodes)
    }
}

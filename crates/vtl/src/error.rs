//! Why a template could not be read or rendered.

/// None of these reaches a client: API Gateway answers `Internal server error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("the template is longer than {} bytes", crate::TEMPLATE_BYTES)]
    TooLong,
    #[error("malformed template at byte {at}: {why}")]
    Malformed { at: usize, why: &'static str },
    #[error("the template nests deeper than {} levels", crate::budget::DEPTH)]
    TooDeep,
    #[error("the directive `#{0}` is not implemented by moat")]
    Directive(String),
    #[error("the template takes too many steps")]
    TooManySteps,
    #[error("a `#foreach` runs through more than {} items", crate::ITERATIONS)]
    TooManyIterations,
    #[error("the template writes more than {} bytes", crate::OUTPUT_BYTES)]
    TooMuchOutput,
    #[error("the body is not JSON: {0}")]
    Body(String),
    #[error("`$util.parseJson` was given what is not JSON: {0}")]
    ParseJson(String),
    #[error(transparent)]
    JsonPath(#[from] crate::JsonPathError),
    #[error("malformed regular expression `{0}`")]
    Pattern(String),
    #[error("`$util.base64Decode` was given what is not base64")]
    Base64,
}

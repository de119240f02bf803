//! What one rendering may cost.

use crate::TemplateError;

/// Levels of blocks, brackets and calls in a template.
pub const DEPTH: usize = 32;
/// Levels of lists and maps that are shown; what came as JSON has at most 128.
pub const VALUE_DEPTH: usize = 160;
/// Steps: each part of a template that is looked at is one, and each stretch of text that is made.
const STEPS: u64 = 1_000_000;
/// Bytes of text that cost one step more.
const BYTES_A_STEP: usize = 64;

#[derive(Debug)]
pub struct Budget {
    left: u64,
}

impl Budget {
    pub fn new() -> Self {
        Self { left: STEPS }
    }

    /// Takes one step, and one for each stretch of `bytes`.
    pub fn spend(&mut self, bytes: usize) -> Result<(), TemplateError> {
        let cost = 1 + u64::try_from(bytes / BYTES_A_STEP).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(cost).ok_or(TemplateError::TooManySteps)?;
        Ok(())
    }
}

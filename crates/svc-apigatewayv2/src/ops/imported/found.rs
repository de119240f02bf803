//! What is wrong with a document, told together.

use crate::error;
use service::ServiceError;

/// Most errors that are told.
const TOLD: usize = 50;

#[derive(Default)]
pub struct Found {
    errors: Vec<String>,
}

impl Found {
    /// Notes what a client did wrong, and goes on; what moat lacks or a quota refuses ends the import.
    pub fn note<T>(
        &mut self,
        what: impl FnOnce() -> String,
        done: Result<T, ServiceError>,
    ) -> Result<Option<T>, ServiceError> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(refused) if is_client_error(&refused) => {
                if self.errors.len() < TOLD {
                    self.errors.push(format!("{}: {}", what(), refused.message));
                }
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    pub fn checked(self) -> Result<(), ServiceError> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let told = self.errors.join("\n\t");
        Err(error::bad_request(format!("Errors found during import:\n\t{told}")))
    }
}

fn is_client_error(refused: &ServiceError) -> bool {
    ["BadRequestException", "ConflictException", "NotFoundException"].contains(&refused.code.as_ref())
}

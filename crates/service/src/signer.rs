//! Who signed a request that need not be signed: one to an API or a function's own address.

use crate::Call;

#[derive(Debug, Clone)]
pub enum Signer {
    Nobody,
    /// The signature holds.
    Caller(Box<Call>),
    /// It does not: AWS's code and text, for one that asks for a signature.
    Invalid {
        code: String,
        message: String,
    },
}

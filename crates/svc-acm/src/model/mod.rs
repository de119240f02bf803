//! Rules without I/O.

pub mod domain;
pub mod import;
pub mod pem;
pub mod rsa;
pub mod validation_record;
pub mod x509;

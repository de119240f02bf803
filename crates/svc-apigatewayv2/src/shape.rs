//! Between the shapes of operations that differ in name only.

use service::ServiceError;
use wire::Record;

/// The same members as another shape, which leaves out what it does not have.
pub fn as_shape<A: Record, B: Record>(shape: A) -> Result<B, ServiceError> {
    B::from_value(shape.into_value()).map_err(ServiceError::internal)
}

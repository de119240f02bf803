//! Instance classes: their memory decides how many connections a database takes.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html>

use service::ServiceError;

/// GiB of memory of the smallest size of each family, and that size. Every size doubles it.
const FAMILIES: &[(&str, &str, u64)] = &[
    ("db.t3", "micro", 1),
    ("db.t4g", "micro", 1),
    ("db.m5", "large", 8),
    ("db.m6g", "large", 8),
    ("db.m6i", "large", 8),
    ("db.m7g", "large", 8),
    ("db.m7i", "large", 8),
    ("db.r5", "large", 16),
    ("db.r6g", "large", 16),
    ("db.r6i", "large", 16),
    ("db.r7g", "large", 16),
    ("db.r7i", "large", 16),
];
const SIZES: &[&str] =
    &["micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"];
/// RDS for PostgreSQL: `LEAST(DBInstanceClassMemory/9531392, 5000)`.
const BYTES_PER_CONNECTION: u64 = 9_531_392;
const CONNECTIONS_MAX: u64 = 5_000;

/// The default `max_connections` of a class.
pub fn max_connections(class: &str) -> Result<u32, ServiceError> {
    let invalid =
        || ServiceError::client("InvalidParameterValue", format!("Invalid DB Instance class: {class}"));
    let (family, size) = class.rsplit_once('.').ok_or_else(invalid)?;
    let (_, smallest, gib) = FAMILIES.iter().find(|(name, ..)| *name == family).ok_or_else(invalid)?;
    let rank = |size: &str| SIZES.iter().position(|s| *s == size);
    let (Some(from), Some(to)) = (rank(smallest), rank(size)) else { return Err(invalid()) };
    let doublings = to.checked_sub(from).ok_or_else(invalid)?;
    // AWS reports a little less than the nominal memory; the nominal one is close enough to its table.
    let bytes = (gib << doublings) << 30;
    Ok(u32::try_from((bytes / BYTES_PER_CONNECTION).min(CONNECTIONS_MAX)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_gives_connections_as_in_awss_formula() {
        for (class, expected) in
            [("db.t3.micro", 112), ("db.t3.medium", 450), ("db.m5.large", 901), ("db.r6g.8xlarge", 5000)]
        {
            assert_eq!(max_connections(class).unwrap(), expected, "{class}");
        }
        for bad in ["", "t3.micro", "db.t3", "db.m5.micro", "db.zz.large"] {
            assert!(max_connections(bad).is_err(), "{bad}");
        }
    }
}

//! Instance types that this machine stands in for. What bounds an instance is memory and processors.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html>

/// What a type has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceType {
    pub name: &'static str,
    pub vcpus: i32,
    pub memory_mib: i64,
    pub burstable: bool,
    pub free_tier: bool,
    /// Interfaces, and addresses on each.
    pub interfaces: i32,
    pub addresses: i32,
}

const fn burstable(
    name: &'static str,
    vcpus: i32,
    memory_mib: i64,
    interfaces: i32,
    addresses: i32,
) -> InstanceType {
    InstanceType { name, vcpus, memory_mib, burstable: true, free_tier: false, interfaces, addresses }
}

const fn fixed(
    name: &'static str,
    vcpus: i32,
    memory_mib: i64,
    interfaces: i32,
    addresses: i32,
) -> InstanceType {
    InstanceType { name, vcpus, memory_mib, burstable: false, free_tier: false, interfaces, addresses }
}

/// What `RunInstances` takes when none is named.
pub const DEFAULT: &str = "m1.small";

pub const TYPES: [InstanceType; 13] = [
    fixed("c5.large", 2, 4096, 3, 10),
    fixed("c5.xlarge", 4, 8192, 4, 15),
    fixed("m1.small", 1, 1740, 2, 4),
    fixed("m5.large", 2, 8192, 3, 10),
    fixed("m5.xlarge", 4, 16384, 4, 15),
    InstanceType { free_tier: true, ..burstable("t2.micro", 1, 1024, 2, 2) },
    burstable("t2.small", 1, 2048, 3, 4),
    burstable("t3.large", 2, 8192, 3, 12),
    burstable("t3.medium", 2, 4096, 3, 6),
    InstanceType { free_tier: true, ..burstable("t3.micro", 2, 1024, 2, 2) },
    burstable("t3.nano", 2, 512, 2, 2),
    burstable("t3.small", 2, 2048, 3, 4),
    burstable("t3.xlarge", 4, 16384, 4, 15),
];

/// The type of this name.
pub fn find(name: &str) -> Option<InstanceType> {
    TYPES.into_iter().find(|known| known.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted_and_the_default_is_one_of_them() {
        assert!(TYPES.is_sorted_by_key(|known| known.name));
        assert!(find(DEFAULT).is_some());
        assert_eq!(find("x9.huge"), None);
    }
}

//! Regions and their availability zones.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html>

use base::Region;

/// The regions that need no opting in, and how many zones each has.
const REGIONS: [(&str, u8); 17] = [
    ("ap-northeast-1", 3),
    ("ap-northeast-2", 4),
    ("ap-northeast-3", 3),
    ("ap-south-1", 3),
    ("ap-southeast-1", 3),
    ("ap-southeast-2", 3),
    ("ca-central-1", 3),
    ("eu-central-1", 3),
    ("eu-north-1", 3),
    ("eu-west-1", 3),
    ("eu-west-2", 3),
    ("eu-west-3", 3),
    ("sa-east-1", 3),
    ("us-east-1", 6),
    ("us-east-2", 3),
    ("us-west-1", 2),
    ("us-west-2", 4),
];

/// For regions that are not in the table.
const USUAL_ZONES: u8 = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// `us-east-1a`
    pub name: String,
    /// `use1-az1`; on AWS the letter behind an id differs by account, here it does not.
    pub id: String,
}

/// The names of all regions.
pub fn regions() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|(name, _)| *name)
}

/// The zones of a region, in order.
#[must_use]
pub fn zones(region: &Region) -> Vec<Zone> {
    let known = REGIONS.iter().find(|(name, _)| *name == region.as_str());
    let count = known.map_or(USUAL_ZONES, |(_, count)| *count);
    let short = short_name(region.as_str());
    (0..count)
        .map(|n| Zone {
            name: format!("{region}{}", char::from(b'a' + n)),
            id: format!("{short}-az{}", n + 1),
        })
        .collect()
}

/// `use1` for `us-east-1`.
fn short_name(region: &str) -> String {
    region
        .split('-')
        .map(|part| match part {
            "north" => "n",
            "south" => "s",
            "east" => "e",
            "west" => "w",
            "central" => "c",
            "northeast" => "ne",
            "northwest" => "nw",
            "southeast" => "se",
            "southwest" => "sw",
            other => other,
        })
        .collect()
}

/// The id of a zone by its name.
#[must_use]
pub fn zone_id(region: &Region, name: &str) -> Option<String> {
    zones(region).into_iter().find(|zone| zone.name == name).map(|zone| zone.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_named_as_aws_names_them() {
        let region: Region = "us-east-1".parse().unwrap();
        assert_eq!(zones(&region).len(), 6);
        assert_eq!(zone_id(&region, "us-east-1a").unwrap(), "use1-az1");
        assert_eq!(short_name("ap-southeast-2"), "apse2");
        assert_eq!(zone_id(&region, "us-east-1z"), None);
    }
}

//! What a scaling policy makes of a capacity.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html#as-scaling-adjustment>

use crate::state::{AdjustmentType, Policy};

/// The capacity that follows, between the least and the most that the group may have.
pub fn adjusted(policy: &Policy, now: i32, min: i32, max: i32) -> i32 {
    let (now, by) = (i64::from(now), i64::from(policy.adjustment));
    let wanted = match policy.adjustment_type {
        AdjustmentType::ExactCapacity => by,
        AdjustmentType::ChangeInCapacity => now + by,
        AdjustmentType::PercentChangeInCapacity => now + percent(now, by, policy.min_magnitude),
    };
    i32::try_from(wanted.clamp(i64::from(min), i64::from(max))).unwrap_or(max)
}

/// A change of more than one loses its fraction, a smaller one is one.
fn percent(now: i64, by: i64, least: Option<i32>) -> i64 {
    let hundredths = now * by;
    let change = match hundredths {
        0 => 0,
        1..=100 => 1,
        -100..=-1 => -1,
        many => many / 100,
    };
    match least {
        Some(least) if change != 0 && change.abs() < i64::from(least) => i64::from(least) * change.signum(),
        _ => change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Scope;

    #[test]
    fn capacities_follow_as_documented() {
        use AdjustmentType::{ChangeInCapacity, ExactCapacity, PercentChangeInCapacity};
        for (adjustment_type, adjustment, min_magnitude, now, expected) in [
            (ChangeInCapacity, 2, None, 3, 5),
            (ChangeInCapacity, -5, None, 3, 1),
            (ChangeInCapacity, 50, None, 3, 10),
            (ExactCapacity, 4, None, 3, 4),
            (PercentChangeInCapacity, 25, Some(2), 4, 6),
            (PercentChangeInCapacity, 10, None, 4, 5),
            (PercentChangeInCapacity, -10, None, 4, 3),
            (PercentChangeInCapacity, 170, None, 1, 2),
            (PercentChangeInCapacity, -67, None, 10, 4),
            (PercentChangeInCapacity, 50, None, 0, 1),
        ] {
            let policy = Policy {
                scope: Scope::default(),
                group: "g".into(),
                name: "p".into(),
                id: "1".into(),
                adjustment_type,
                adjustment,
                min_magnitude,
                cooldown_s: None,
            };
            assert_eq!(adjusted(&policy, now, 1, 10), expected, "{adjustment_type:?} {adjustment} of {now}");
        }
    }
}

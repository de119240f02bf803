//! Staging labels: which version is current, which was before.
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version>

use super::secret::{Secret, Version};
use crate::{error, quota};
use base::Timestamp;
use service::ServiceError;

pub(crate) const CURRENT: &str = "AWSCURRENT";
pub(crate) const PREVIOUS: &str = "AWSPREVIOUS";

impl Secret {
    /// Adds a version and moves the labels to it; with none named, it becomes the current one.
    /// Answers the ids of versions that were dropped to stay within the quota.
    ///
    /// # Errors
    /// When the secret would have too many labels.
    pub(crate) fn add_version(
        &mut self,
        id: &str,
        stages: &[String],
        now: Timestamp,
    ) -> Result<Vec<String>, ServiceError> {
        self.versions.push(Version { id: id.to_owned(), stages: Vec::new(), created: now, accessed: None });
        let mut wanted: Vec<&str> = stages.iter().map(String::as_str).collect();
        // A secret always has a current version once it has any.
        if wanted.is_empty() || self.version_at(CURRENT).is_none() {
            wanted.push(CURRENT);
        }
        for stage in wanted {
            self.move_stage(stage, id);
        }
        if self.versions.iter().map(|version| version.stages.len()).sum::<usize>() > quota::STAGES {
            return Err(error::limit_exceeded(&format!(
                "You can attach at most {} staging labels to a secret.",
                quota::STAGES
            )));
        }
        self.changed = now;
        Ok(self.drop_deprecated())
    }

    /// Attaches `stage` to the version `to` alone. The version that loses AWSCURRENT gets
    /// AWSPREVIOUS.
    pub(crate) fn move_stage(&mut self, stage: &str, to: &str) {
        if stage == CURRENT
            && let Some(losing) = self.version_at(CURRENT).map(|version| version.id.clone())
            && losing != to
        {
            self.move_stage(PREVIOUS, &losing);
        }
        self.remove_stage(stage);
        if let Some(version) = self.versions.iter_mut().find(|version| version.id == to) {
            // What becomes current is not also what was before it.
            if stage == CURRENT {
                version.stages.retain(|s| s != PREVIOUS);
            }
            version.stages.push(stage.to_owned());
        }
    }

    pub(crate) fn remove_stage(&mut self, stage: &str) {
        for version in &mut self.versions {
            version.stages.retain(|s| s != stage);
        }
    }

    fn drop_deprecated(&mut self) -> Vec<String> {
        let mut excess = self.versions.len().saturating_sub(quota::VERSIONS);
        let mut dropped = Vec::new();
        self.versions.retain(|version| {
            let goes = excess > 0 && version.stages.is_empty();
            if goes {
                excess -= 1;
                dropped.push(version.id.clone());
            }
            !goes
        });
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Scope;
    use expect_test::{Expect, expect};

    /// Adds versions named `ID` or `ID=LABEL+LABEL` in turn and shows what results.
    fn check(versions: &str, expected: Expect) {
        let mut secret = Secret::new(Scope::default(), "s".into(), "abcdef".into(), Timestamp(0));
        for version in versions.split(' ') {
            let (id, stages) = version.split_once('=').unwrap_or((version, ""));
            let stages: Vec<String> =
                stages.split('+').filter(|s| !s.is_empty()).map(str::to_owned).collect();
            secret.add_version(id, &stages, Timestamp(0)).unwrap();
        }
        let shown: Vec<String> =
            secret.versions.iter().map(|v| format!("{}[{}]", v.id, v.stages.join(" "))).collect();
        expected.assert_eq(&shown.join(" "));
    }

    #[test]
    fn the_newest_is_current_and_the_one_before_is_previous() {
        check("a", expect!["a[AWSCURRENT]"]);
        check("a b", expect!["a[AWSPREVIOUS] b[AWSCURRENT]"]);
        check("a b c", expect!["a[] b[AWSPREVIOUS] c[AWSCURRENT]"]);
    }

    #[test]
    fn a_version_with_another_label_does_not_become_current() {
        check("a b=AWSPENDING", expect!["a[AWSCURRENT] b[AWSPENDING]"]);
        check("a b=AWSPENDING c=AWSPENDING", expect!["a[AWSCURRENT] b[] c[AWSPENDING]"]);
        check("a=AWSPENDING", expect!["a[AWSPENDING AWSCURRENT]"]);
        check("a b=X+AWSCURRENT", expect!["a[AWSPREVIOUS] b[X AWSCURRENT]"]);
    }

    #[test]
    fn going_back_swaps_current_and_previous() {
        let mut secret = Secret::new(Scope::default(), "s".into(), "abcdef".into(), Timestamp(0));
        for id in ["a", "b"] {
            secret.add_version(id, &[], Timestamp(0)).unwrap();
        }
        secret.move_stage(CURRENT, "a");
        assert_eq!(
            (&secret.versions[0].stages, &secret.versions[1].stages),
            (&vec![CURRENT.to_owned()], &vec![PREVIOUS.to_owned()])
        );
    }

    #[test]
    fn old_versions_without_a_label_go_and_labels_are_limited() {
        let mut secret = Secret::new(Scope::default(), "s".into(), "abcdef".into(), Timestamp(0));
        let mut dropped = Vec::new();
        for n in 0..quota::VERSIONS + 2 {
            dropped.extend(secret.add_version(&n.to_string(), &[], Timestamp(0)).unwrap());
        }
        assert_eq!((dropped, secret.versions.len()), (vec!["0".to_owned(), "1".to_owned()], quota::VERSIONS));
        let many: Vec<String> = (0..=quota::STAGES).map(|n| format!("L{n}")).collect();
        assert_eq!(secret.add_version("x", &many, Timestamp(0)).unwrap_err().code, "LimitExceededException");
    }
}

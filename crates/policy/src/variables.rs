//! Which condition keys a document speaks of: in conditions and in policy variables.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html>

use crate::condition::Condition;
use crate::document::{Document, Version};
use std::collections::BTreeMap;

impl Document {
    /// The keys as written, each once in whatever spelling, in the order of the alphabet.
    pub fn condition_keys(&self) -> Vec<String> {
        let mut keys = BTreeMap::new();
        let mut add = |key: &str| {
            keys.entry(key.to_ascii_lowercase()).or_insert_with(|| key.to_owned());
        };
        for statement in self.statements() {
            statement.conditions().iter().map(Condition::key).for_each(&mut add);
            if self.version() == Version::V2012 {
                let resources = statement.resources.iter().flat_map(|r| r.texts());
                let values = statement.conditions().iter().flat_map(Condition::values).map(String::as_str);
                resources.chain(values).flat_map(variables).for_each(&mut add);
            }
        }
        keys.into_values().collect()
    }
}

/// The keys of `${key}` and `${key, 'default'}`.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    let inner = text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(inner, _)| inner));
    let keys = inner.map(|inner| inner.split_once(',').map_or(inner, |(key, _)| key).trim());
    keys.filter(|key| key.contains(':'))
}

#[cfg(test)]
mod tests {
    use crate::Document;

    #[test]
    fn keys_are_those_of_conditions_and_variables() {
        let text = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}/${*}/${aws:PrincipalTag/team, 'x'}"},
            {"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"AWS:UserName":"${ec2:SourceInstanceARN}"}}}]}"#;
        let keys = Document::parse(text).unwrap().condition_keys();
        assert_eq!(keys, ["aws:PrincipalTag/team", "aws:username", "ec2:SourceInstanceARN"]);
        let old = Document::parse(&text.replace("2012-10-17", "2008-10-17")).unwrap();
        assert_eq!(old.condition_keys(), ["AWS:UserName"]);
    }
}

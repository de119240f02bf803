//! One call of the past, told to a person.

use crate::state::{Entry, Reasons};
use serde_json::Value;
use std::fmt::Write;

impl Entry {
    /// Who called what, how it ended, and which policies said no.
    pub fn explanation(&self) -> String {
        let event: Value = serde_json::from_str(&self.event).unwrap_or_default();
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let identity = event.get("userIdentity");
        let who = ["arn", "invokedBy", "type"].iter().find_map(|name| identity?.get(name)?.as_str());
        let mut out = format!("{} of {} by {}", self.name, self.source, who.unwrap_or("nobody"));
        // Writing to a string does not fail.
        let _ = write!(out, "\n  at      {}", self.at.iso8601());
        let _ = write!(out, "\n  from    {}", text("sourceIPAddress").unwrap_or_default());
        if let Some(endpoint) = text("vpcEndpointId") {
            let _ = write!(out, " through {endpoint}");
        }
        match text("errorCode") {
            None => out.push_str("\n  ended   well"),
            Some(code) => {
                let _ = write!(out, "\n  ended   {code}: {}", text("errorMessage").unwrap_or_default());
            }
        }
        if let Some(reasons) = &self.reasons {
            reasons.tell(&mut out);
        }
        out.push('\n');
        out
    }
}

impl Entry {
    /// Whether the call was made by this identity.
    pub(crate) fn caller_is(&self, arn: &str) -> bool {
        let event: Value = serde_json::from_str(&self.event).unwrap_or_default();
        event.pointer("/userIdentity/arn").and_then(Value::as_str) == Some(arn)
    }
}

impl Reasons {
    fn tell(&self, out: &mut String) {
        let _ = write!(out, "\n  denied  {} on {}", self.action, self.resource);
        for statement in &self.deciding {
            let _ = write!(out, "\n  by      {statement}");
        }
        for kind in &self.missing {
            let _ = write!(out, "\n  because no {kind} allows it");
        }
        for remark in &self.remarks {
            let _ = write!(out, "\n  note    {remark}");
        }
    }
}

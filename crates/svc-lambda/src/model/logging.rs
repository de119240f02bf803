//! How a function's log is written: as text, or in JSON of which the less important is left out.
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html>

use crate::{api, error};
use serde::{Deserialize, Serialize};
use service::ServiceError;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogFormat {
    #[default]
    Text,
    Json {
        /// The least level of what the function logs.
        application: LogLevel,
        /// The least level of what Lambda logs.
        system: LogLevel,
    },
}

/// From the least important.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

const LEVELS: [(&str, LogLevel); 6] = [
    ("TRACE", LogLevel::Trace),
    ("DEBUG", LogLevel::Debug),
    ("INFO", LogLevel::Info),
    ("WARN", LogLevel::Warn),
    ("ERROR", LogLevel::Error),
    ("FATAL", LogLevel::Fatal),
];

impl LogLevel {
    /// In whatever case, with the names that languages have for the same.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_uppercase();
        let name = match text.as_str() {
            "WARNING" => "WARN",
            "CRITICAL" => "FATAL",
            other => other,
        };
        LEVELS.iter().find(|(known, _)| *known == name).map(|(_, level)| *level)
    }

    pub fn as_str(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self).map_or("INFO", |(name, _)| name)
    }
}

impl LogFormat {
    pub fn parse(given: &api::LoggingConfig) -> Result<Self, ServiceError> {
        let levels = [&given.application_log_level, &given.system_log_level];
        if given.log_format.as_deref() != Some("JSON") {
            if levels.iter().any(|level| level.is_some()) {
                return Err(error::invalid_parameter(
                    r#"LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again."#,
                ));
            }
            return Ok(Self::Text);
        }
        let [application, system] =
            levels.map(|level| level.as_deref().and_then(LogLevel::parse).unwrap_or(LogLevel::Info));
        Ok(Self::Json { application, system })
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Json { .. } => "JSON",
        }
    }

    pub fn render(self, group: String) -> api::LoggingConfig {
        let (application, system) = match self {
            Self::Text => (None, None),
            Self::Json { application, system } => (Some(application), Some(system)),
        };
        let shown = |level: Option<LogLevel>| level.map(|level| level.as_str().to_owned());
        api::LoggingConfig {
            log_format: Some(self.as_str().to_owned()),
            application_log_level: shown(application),
            system_log_level: shown(system),
            log_group: Some(group),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_as_they_are_written() {
        for (name, level) in LEVELS {
            assert_eq!((LogLevel::parse(name), level.as_str()), (Some(level), name));
        }
        assert_eq!(LogLevel::parse("warning"), Some(LogLevel::Warn));
        assert_eq!(LogLevel::parse("loud"), None);
        assert!(LogLevel::Debug < LogLevel::Info && LogLevel::Error < LogLevel::Fatal);
    }
}

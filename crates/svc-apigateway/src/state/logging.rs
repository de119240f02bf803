//! What a stage writes down of how its methods ran.
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html>

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogLevel {
    #[default]
    Off,
    Error,
    Info,
}

impl LogLevel {
    pub fn text(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Error => "ERROR",
            Self::Info => "INFO",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Off, Self::Error, Self::Info].into_iter().find(|level| level.text() == text)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    pub level: LogLevel,
    /// Whether headers and bodies are written down too.
    pub traces_data: bool,
}

//! What a function is, without I/O: its settings, its life cycle, who may invoke it.

mod alias;
mod event_invoke_config;
mod function;
mod function_url;
mod layer;
mod logging;
mod permission;
mod provisioned_concurrency;
mod runtime;
mod settings;
mod variables;

pub use alias::Alias;
pub use event_invoke_config::EventInvokeConfig;
pub use function::{Function, Serving, State, Trouble, Update};
pub use function_url::{Cors, FunctionUrl, RESPONSE_STREAM, UrlAuth};
pub use layer::{LayerCount, LayerUse, LayerVersion};
pub use logging::{LogFormat, LogLevel};
pub use permission::{Grant, Permission};
pub use provisioned_concurrency::ProvisionedConcurrency;
pub use runtime::Runtime;
pub use settings::{Code, Found, Settings, VpcSettings, Wish, asks_arm, elsewhere, refuse};
pub use variables::Variables;

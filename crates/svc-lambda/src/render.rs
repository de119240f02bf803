//! A function as the API shows it.

use crate::api;
use crate::model::{Function, LayerUse, Settings, State, Trouble, Update};
use base::{Region, Timestamp};
use sha2::{Digest, Sha256};

impl Function {
    /// The configuration as create, update and get answer it.
    pub fn render(&self) -> api::FunctionConfiguration {
        let (state, state_trouble) = match &self.state {
            State::Pending => ("Pending", Some(creating())),
            State::Active => ("Active", None),
            State::Failed(trouble) => ("Failed", Some(trouble.clone())),
        };
        let (update, update_trouble) = match &self.update {
            Update::None => (None, None),
            Update::InProgress => (Some("InProgress"), Some(creating())),
            Update::Successful => (Some("Successful"), None),
            Update::Failed(trouble) => (Some("Failed"), Some(trouble.clone())),
        };
        let (state_reason_code, state_reason) = split(state_trouble);
        let (update_reason_code, update_reason) = split(update_trouble);
        api::FunctionConfiguration {
            state: Some(state.to_owned()),
            state_reason,
            state_reason_code,
            last_update_status: update.map(str::to_owned),
            last_update_status_reason: update_reason,
            last_update_status_reason_code: update_reason_code,
            runtime_version_config: Some(api::RuntimeVersionConfig {
                runtime_version_arn: Some(runtime_version_arn(&self.scope.region, &self.settings.runtime)),
                error: None,
            }),
            ..self.render_listed()
        }
    }

    /// The configuration as lists answer it: without the states.
    pub fn render_listed(&self) -> api::FunctionConfiguration {
        let s = &self.settings;
        api::FunctionConfiguration {
            architectures: Some(vec!["x86_64".to_owned()]),
            code_sha256: Some(s.code.sha256.clone()),
            code_size: i64::try_from(s.code.size).ok(),
            description: Some(self.own_description.as_ref().unwrap_or(&s.description).clone()),
            environment: environment(s),
            ephemeral_storage: Some(api::EphemeralStorage {
                size: i32::try_from(s.ephemeral_storage_mb).ok(),
            }),
            function_arn: Some(self.arn().to_string()),
            function_name: Some(self.name.clone()),
            handler: Some(s.handler.clone()),
            last_modified: Some(last_modified(self.last_modified)),
            logging_config: Some(s.log_format.render(self.log_group(s))),
            layers: (!s.layers.is_empty()).then(|| s.layers.iter().map(layer).collect()),
            memory_size: i32::try_from(s.memory_mb).ok(),
            package_type: Some("Zip".to_owned()),
            revision_id: Some(self.revision_id.clone()),
            role: Some(s.role.to_string()),
            runtime: Some(s.runtime.clone()),
            snap_start: Some(api::SnapStartResponse {
                apply_on: Some("None".to_owned()),
                optimization_status: Some("Off".to_owned()),
            }),
            timeout: i32::try_from(s.timeout_s).ok(),
            tracing_config: Some(api::TracingConfigResponse { mode: Some("PassThrough".to_owned()) }),
            version: Some(self.version_name()),
            vpc_config: vpc_config(s),
            ..Default::default()
        }
    }
}

/// Both a function in the making and an update in progress say this.
fn creating() -> Trouble {
    Trouble { code: "Creating".to_owned(), reason: "The function is being created.".to_owned() }
}

fn split(trouble: Option<Trouble>) -> (Option<String>, Option<String>) {
    trouble.map(|t| (t.code, t.reason)).unzip()
}

fn environment(settings: &Settings) -> Option<api::EnvironmentResponse> {
    (!settings.environment.is_empty())
        .then(|| api::EnvironmentResponse { variables: Some(settings.environment.to_map()), error: None })
}

fn layer(used: &LayerUse) -> api::Layer {
    api::Layer {
        arn: Some(used.arn.clone()),
        code_size: i64::try_from(used.code.size).ok(),
        ..Default::default()
    }
}

fn vpc_config(settings: &Settings) -> Option<api::VpcConfigResponse> {
    let vpc = settings.vpc.as_ref()?;
    Some(api::VpcConfigResponse {
        ipv6_allowed_for_dual_stack: Some(false),
        security_group_ids: Some(vpc.wish.security_group_ids.iter().map(ToString::to_string).collect()),
        subnet_ids: Some(vpc.wish.subnet_ids.iter().map(ToString::to_string).collect()),
        vpc_id: Some(vpc.vpc.to_string()),
    })
}

/// `2026-01-02T03:04:05.678+0000`.
fn last_modified(at: Timestamp) -> String {
    at.iso8601_ms().replace('Z', "+0000")
}

/// AWS names runtime versions by a hash; moat has one version of each, so its name's hash.
pub fn runtime_version_arn(region: &Region, runtime: &str) -> String {
    let hash: String = Sha256::digest(runtime).iter().map(|b| format!("{b:02x}")).collect();
    format!("arn:aws:lambda:{region}::runtime:{hash}")
}

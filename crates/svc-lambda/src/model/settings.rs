//! What a function is configured to be: checked once, on the way in.

use super::{LayerUse, LogFormat, Runtime, Variables};
use crate::hot_reload::is_directory;
use crate::needs::VpcWish;
use crate::{api, error, quota};
use base::{Arn, Scope, VpcId};
use serde::{Deserialize, Serialize};
use service::ServiceError;
use std::path::PathBuf;
use store::Digest;

/// Everything that an environment is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub role: Arn,
    pub runtime: String,
    pub handler: String,
    pub description: String,
    pub timeout_s: u32,
    pub memory_mb: u32,
    pub ephemeral_storage_mb: u32,
    pub environment: Variables,
    pub vpc: Option<VpcSettings>,
    /// A log group other than `/aws/lambda/NAME`.
    pub log_group: Option<String>,
    #[serde(default)]
    pub log_format: LogFormat,
    /// In the order in which they are laid over one another.
    #[serde(default)]
    pub layers: Vec<LayerUse>,
    pub code: Code,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpcSettings {
    pub wish: VpcWish,
    pub vpc: VpcId,
}

/// A stored package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    pub digest: Digest,
    /// SHA-256 of the package in base64, as the API shows it.
    pub sha256: String,
    pub size: u64,
    /// Bytes when unpacked.
    #[serde(default)]
    pub unzipped: u64,
    /// The directory of the host that is run in the place of the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
}

/// What a create or an update asks for, checked, before anything is looked up. `None` keeps
/// what was, or takes AWS's default.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub role: Option<Arn>,
    pub runtime: Option<Runtime>,
    pub handler: Option<String>,
    pub description: Option<String>,
    pub timeout_s: Option<u32>,
    pub memory_mb: Option<u32>,
    pub ephemeral_storage_mb: Option<u32>,
    pub environment: Option<Variables>,
    /// `Some(None)` takes the function out of its VPC.
    pub vpc: Option<Option<VpcWish>>,
    pub logging: Option<LoggingWish>,
    /// The ARNs of layer versions, which are still to be found.
    pub layers: Option<Vec<String>>,
}

/// How the log is to be written, and to which group if not to the default one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggingWish {
    pub format: LogFormat,
    pub group: Option<String>,
}

/// What the names in a wish stand for.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The VPC that the subnets are in.
    pub vpc: Option<VpcId>,
    pub layers: Option<Vec<LayerUse>>,
}

impl Wish {
    pub fn of_create(scope: &Scope, r: &api::CreateFunctionRequest) -> Result<Self, ServiceError> {
        refuse_unserved_creation(r)?;
        refuse_unserved(&Unserved {
            dead_letter: r.dead_letter_config.as_ref(),
            file_systems: r.file_system_configs.as_deref(),
            image: r.image_config.as_ref(),
            kms_key: r.kms_key_arn.as_deref(),
            snap_start: r.snap_start.as_ref(),
            tracing: r.tracing_config.as_ref(),
            durable: r.durable_config.is_some(),
            capacity: r.capacity_provider_config.is_some(),
        })?;
        let wish = Self::of_members(
            scope,
            &Members {
                role: r.role.as_deref(),
                runtime: r.runtime.as_deref(),
                handler: r.handler.as_deref(),
                description: r.description.as_deref(),
                timeout: r.timeout,
                memory: r.memory_size,
                storage: r.ephemeral_storage.as_ref(),
                environment: r.environment.as_ref(),
                vpc: r.vpc_config.as_ref(),
                logging: r.logging_config.as_ref(),
                layers: r.layers.as_deref(),
            },
        )?;
        if wish.runtime.is_none() || wish.handler.is_none() {
            return Err(error::invalid_parameter(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            ));
        }
        Ok(wish)
    }

    pub fn of_update(
        scope: &Scope,
        r: &api::UpdateFunctionConfigurationRequest,
    ) -> Result<Self, ServiceError> {
        refuse_unserved(&Unserved {
            dead_letter: r.dead_letter_config.as_ref(),
            file_systems: r.file_system_configs.as_deref(),
            image: r.image_config.as_ref(),
            kms_key: r.kms_key_arn.as_deref(),
            snap_start: r.snap_start.as_ref(),
            tracing: r.tracing_config.as_ref(),
            durable: r.durable_config.is_some(),
            capacity: r.capacity_provider_config.is_some(),
        })?;
        Self::of_members(
            scope,
            &Members {
                role: r.role.as_deref(),
                runtime: r.runtime.as_deref(),
                handler: r.handler.as_deref(),
                description: r.description.as_deref(),
                timeout: r.timeout,
                memory: r.memory_size,
                storage: r.ephemeral_storage.as_ref(),
                environment: r.environment.as_ref(),
                vpc: r.vpc_config.as_ref(),
                logging: r.logging_config.as_ref(),
                layers: r.layers.as_deref(),
            },
        )
    }

    fn of_members(scope: &Scope, m: &Members<'_>) -> Result<Self, ServiceError> {
        let variables = m.environment.map(|e| Variables::parse(e.variables.clone().unwrap_or_default()));
        Ok(Self {
            role: m.role.map(|role| own_role(scope, role)).transpose()?,
            runtime: m.runtime.map(Runtime::parse).transpose()?,
            handler: m.handler.map(str::to_owned),
            description: m.description.map(str::to_owned),
            timeout_s: m.timeout.map(|v| within(v, 1, quota::TIMEOUT_SECONDS, "timeout")).transpose()?,
            memory_mb: m.memory.map(|v| within(v, 128, quota::MEMORY_MB, "memorySize")).transpose()?,
            ephemeral_storage_mb: m
                .storage
                .and_then(|s| s.size)
                .map(|v| within(v, 512, quota::EPHEMERAL_STORAGE_MB, "ephemeralStorage.size"))
                .transpose()?,
            environment: variables.transpose()?,
            vpc: m.vpc.map(vpc_wish).transpose()?,
            logging: m.logging.map(logging).transpose()?,
            layers: m.layers.map(<[String]>::to_vec),
        })
    }

    /// The settings that result from `before`, with what was found for the wish.
    pub fn applied_to(self, before: Settings, found: Found) -> Settings {
        let before_it = LoggingWish { format: before.log_format, group: before.log_group };
        let logging = self.logging.unwrap_or(before_it);
        Settings {
            role: self.role.unwrap_or(before.role),
            runtime: self.runtime.map_or(before.runtime, |r| r.as_str().to_owned()),
            handler: self.handler.unwrap_or(before.handler),
            description: self.description.unwrap_or(before.description),
            timeout_s: self.timeout_s.unwrap_or(before.timeout_s),
            memory_mb: self.memory_mb.unwrap_or(before.memory_mb),
            ephemeral_storage_mb: self.ephemeral_storage_mb.unwrap_or(before.ephemeral_storage_mb),
            environment: self.environment.unwrap_or(before.environment),
            vpc: match self.vpc {
                Some(wish) => wish.zip(found.vpc).map(|(wish, vpc)| VpcSettings { wish, vpc }),
                None => before.vpc,
            },
            log_group: logging.group,
            log_format: logging.format,
            layers: found.layers.unwrap_or(before.layers),
            code: before.code,
        }
    }
}

impl Settings {
    /// AWS's defaults, for a function that has a role and code and nothing else yet.
    pub fn defaults(role: Arn, code: Code) -> Self {
        Self {
            role,
            runtime: String::new(),
            handler: String::new(),
            description: String::new(),
            timeout_s: 3,
            memory_mb: 128,
            ephemeral_storage_mb: 512,
            environment: Variables::default(),
            vpc: None,
            log_group: None,
            log_format: LogFormat::Text,
            layers: Vec::new(),
            code,
        }
    }
}

/// The members that a create and an update have in common.
struct Members<'a> {
    role: Option<&'a str>,
    runtime: Option<&'a str>,
    handler: Option<&'a str>,
    description: Option<&'a str>,
    timeout: Option<i32>,
    memory: Option<i32>,
    storage: Option<&'a api::EphemeralStorage>,
    environment: Option<&'a api::Environment>,
    vpc: Option<&'a api::VpcConfig>,
    logging: Option<&'a api::LoggingConfig>,
    layers: Option<&'a [String]>,
}

/// The members that moat refuses when they ask for something.
struct Unserved<'a> {
    dead_letter: Option<&'a api::DeadLetterConfig>,
    file_systems: Option<&'a [api::FileSystemConfig]>,
    image: Option<&'a api::ImageConfig>,
    kms_key: Option<&'a str>,
    snap_start: Option<&'a api::SnapStart>,
    tracing: Option<&'a api::TracingConfig>,
    durable: bool,
    capacity: bool,
}

fn refuse_unserved(u: &Unserved<'_>) -> Result<(), ServiceError> {
    let asked = [
        (
            u.dead_letter.and_then(|d| d.target_arn.as_deref()).is_some_and(|t| !t.is_empty()),
            "DeadLetterConfig",
        ),
        (u.file_systems.is_some_and(|f| !f.is_empty()), "FileSystemConfigs"),
        (u.image.is_some(), "ImageConfig"),
        (u.kms_key.is_some_and(|k| !k.is_empty()), "KMSKeyArn"),
        (u.snap_start.and_then(|s| s.apply_on.as_deref()).is_some_and(|a| a != "None"), "SnapStart"),
        (
            u.tracing.and_then(|t| t.mode.as_deref()).is_some_and(|m| m != "PassThrough"),
            "TracingConfig Active",
        ),
        (u.durable, "DurableConfig"),
        (u.capacity, "CapacityProviderConfig"),
    ];
    refuse(&asked)
}

fn refuse_unserved_creation(r: &api::CreateFunctionRequest) -> Result<(), ServiceError> {
    let code = r.code.as_ref();
    refuse(&[
        (r.package_type.as_deref().is_some_and(|p| p != "Zip"), "PackageType Image"),
        (code.is_some_and(|c| c.image_uri.is_some()), "Code.ImageUri"),
        (code.is_some_and(|c| elsewhere(c.s3_bucket.as_deref(), c.s3_key.as_deref())), "Code.S3Bucket"),
        (code.is_some_and(|c| c.source_kms_key_arn.is_some()), "Code.SourceKMSKeyArn"),
        (r.code_signing_config_arn.is_some(), "CodeSigningConfigArn"),
        (r.publish_to.is_some(), "PublishTo"),
        (r.tenancy_config.is_some(), "TenancyConfig"),
        (asks_arm(r.architectures.as_deref()), "the architecture arm64"),
    ])
}

/// Whether the code is to be fetched from S3.
pub fn elsewhere(bucket: Option<&str>, key: Option<&str>) -> bool {
    (bucket.is_some() || key.is_some()) && !is_directory(bucket)
}

pub fn asks_arm(architectures: Option<&[String]>) -> bool {
    architectures.is_some_and(|list| list.iter().any(|a| a != "x86_64"))
}

/// Refuses the first of the asked-for things that moat does not have.
pub fn refuse(asked: &[(bool, &str)]) -> Result<(), ServiceError> {
    match asked.iter().find(|(is_asked, _)| *is_asked) {
        Some((_, what)) => Err(ServiceError::not_implemented(what)),
        None => Ok(()),
    }
}

fn within(value: i32, least: i32, most: i32, member: &str) -> Result<u32, ServiceError> {
    if value < least {
        let demand = format!("Member must have value greater than or equal to {least}");
        return Err(error::constraint(value, member, &demand));
    }
    if value > most {
        let demand = format!("Member must have value less than or equal to {most}");
        return Err(error::constraint(value, member, &demand));
    }
    u32::try_from(value).map_err(ServiceError::internal)
}

fn own_role(scope: &Scope, role: &str) -> Result<Arn, ServiceError> {
    let arn: Arn = role.parse().map_err(|_| error::role_not_assumable())?;
    if arn.account == scope.account.as_str() { Ok(arn) } else { Err(error::cross_account_role()) }
}

fn vpc_wish(given: &api::VpcConfig) -> Result<Option<VpcWish>, ServiceError> {
    if given.ipv6_allowed_for_dual_stack == Some(true) {
        return Err(ServiceError::not_implemented("Ipv6AllowedForDualStack"));
    }
    let sorted = |list: &Option<Vec<String>>| {
        let mut list = list.clone().unwrap_or_default();
        list.sort();
        list.dedup();
        list
    };
    let (subnets, groups) = (sorted(&given.subnet_ids), sorted(&given.security_group_ids));
    at_most(subnets.len(), quota::SUBNETS, "vpcConfig.subnetIds", &subnets)?;
    at_most(groups.len(), quota::SECURITY_GROUPS, "vpcConfig.securityGroupIds", &groups)?;
    match (subnets.is_empty(), groups.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some(VpcWish {
            subnet_ids: subnets.into_iter().map(Into::into).collect(),
            security_group_ids: groups.into_iter().map(Into::into).collect(),
        })),
        _ => Err(error::invalid_parameter("SubnetIds and SecurityIds must coexist or be both empty list.")),
    }
}

fn at_most(count: usize, most: usize, member: &str, values: &[String]) -> Result<(), ServiceError> {
    if count <= most {
        return Ok(());
    }
    let demand = format!("Member must have length less than or equal to {most}");
    Err(error::constraint(format!("[{}]", values.join(", ")), member, &demand))
}

fn logging(given: &api::LoggingConfig) -> Result<LoggingWish, ServiceError> {
    Ok(LoggingWish { format: LogFormat::parse(given)?, group: given.log_group.clone() })
}

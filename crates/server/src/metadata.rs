//! What an instance is told about itself, from EC2's rows, and its role's credentials.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html>

use crate::instances::Parts;
use base::{InstanceId, Scope, Timestamp};
use imds::{Credentials, Facts, Pending, Source, Tree};
use policy::Context;
use std::sync::{Arc, Mutex, PoisonError};
use svc_ec2::model::image;
use svc_ec2::state::{Instance, NetworkInterface, SecurityGroup, Subnet, Vpc};

/// Who assumes the role.
const SERVICE: &str = "ec2.amazonaws.com";
/// How long an instance's credentials last, and for how long they must still be good to be given again.
const CREDENTIALS_S: i32 = 6 * 60 * 60;
const RENEW_MS: i64 = 60 * 60 * 1000;

/// One instance's metadata.
pub struct InstanceMetadata {
    parts: Arc<Parts>,
    scope: Scope,
    id: InstanceId,
    minted: Mutex<Option<(String, Credentials)>>,
}

impl InstanceMetadata {
    pub fn new(parts: Arc<Parts>, scope: &Scope, id: &InstanceId) -> Self {
        Self { parts, scope: scope.clone(), id: id.clone(), minted: Mutex::default() }
    }

    fn instance(&self) -> Result<Option<Arc<Instance>>, store::Fault> {
        self.parts.store.read().get::<Instance>(&self.scope.key(self.id.as_str()))
    }

    /// The ARN of the role in the instance's profile.
    fn role(&self, instance: &Instance) -> Result<Option<String>, store::Fault> {
        let Some(profile) = &instance.profile else { return Ok(None) };
        Ok(self.parts.iam.instance_profile(&self.scope.account, &profile.arn)?.and_then(|(_, _, role)| role))
    }

    fn read(&self) -> Result<Option<Facts>, store::Fault> {
        let Some(instance) = self.instance()? else { return Ok(None) };
        let role = self.role(&instance)?;
        let options = instance.metadata;
        Ok(Some(Facts {
            enabled: options.enabled,
            tokens_required: options.tokens_required,
            hop_limit: options.hop_limit,
            tree: self.tree(&instance)?,
            role: role.and_then(|arn| arn.rsplit('/').next().map(str::to_owned)),
        }))
    }

    fn tree(&self, instance: &Instance) -> Result<Tree, store::Fault> {
        let mut tree = Tree::default();
        let region = &self.scope.region;
        let domain = if region.as_str() == "us-east-1" {
            "ec2.internal".to_owned()
        } else {
            format!("{region}.compute.internal")
        };
        let host = format!("ip-{}.{domain}", instance.private_ip.to_string().replace('.', "-"));
        let mut say = |path: &str, value: &dyn std::fmt::Display| {
            tree.set(format!("meta-data/{path}"), value);
        };
        say("ami-id", &instance.image);
        say("ami-launch-index", &instance.launch_index);
        say("ami-manifest-path", &"(unknown)");
        say("hostname", &host);
        say("local-hostname", &host);
        say("instance-action", &"none");
        say("instance-id", &instance.id);
        say("instance-life-cycle", &"on-demand");
        say("instance-type", &instance.instance_type);
        say("local-ipv4", &instance.private_ip);
        say("placement/availability-zone", &instance.zone);
        say("placement/region", region);
        say("profile", &"default-hvm");
        say("reservation-id", &instance.reservation);
        say("services/domain", &"amazonaws.com");
        say("services/partition", &"aws");
        if let Some(profile) = &instance.profile {
            let info = serde_json::json!({
                "Code": "Success",
                "LastUpdated": instance.launched.iso8601(),
                "InstanceProfileArn": profile.arn,
                "InstanceProfileId": profile.id,
            });
            say("iam/info", &format!("{info:#}"));
            say("iam/security-credentials", &"");
        }
        if instance.metadata.tags {
            for (key, value) in &instance.tags {
                say(&format!("tags/instance/{key}"), value);
            }
        }
        for interface in self.interfaces(instance)? {
            self.interface(&mut tree, &interface)?;
            if interface.id == instance.interface {
                self.first_interface(&mut tree, &interface)?;
            }
        }
        if let Some(data) = instance.user_data.as_deref().and_then(decoded) {
            tree.set("user-data", String::from_utf8_lossy(&data));
        }
        tree.set("dynamic/instance-identity/document", self.identity(instance));
        Ok(tree)
    }

    fn row<T: store::Table>(&self, id: &str) -> Result<Option<Arc<T>>, store::Fault> {
        self.parts.store.read().get::<T>(&self.scope.key(id))
    }

    /// Those that the instance has now, which may come and go while it runs.
    fn interfaces(&self, instance: &Instance) -> Result<Vec<Arc<NetworkInterface>>, store::Fault> {
        let rows = self.parts.store.read().scan::<NetworkInterface>(&self.scope.prefix())?;
        let has = |row: &Arc<NetworkInterface>| {
            row.attachment.as_ref().is_some_and(|a| a.instance.as_ref() == Some(&instance.id))
        };
        Ok(rows.into_iter().filter(has).collect())
    }

    fn group_names(&self, interface: &NetworkInterface) -> Result<String, store::Fault> {
        let mut names = Vec::new();
        for id in &interface.groups {
            names.extend(self.row::<SecurityGroup>(id.as_str())?.map(|group| group.name.clone()));
        }
        Ok(names.join("\n"))
    }

    /// The public address that leads to the interface's first private one.
    fn public(&self, interface: &NetworkInterface) -> Result<Option<std::net::Ipv4Addr>, store::Fault> {
        let network = self.parts.network.network(&interface.vpc)?;
        Ok(network.and_then(|network| network.interfaces.get(&interface.id)?.addresses.first()?.public))
    }

    /// What is said of the first interface as of the instance itself.
    fn first_interface(&self, tree: &mut Tree, interface: &NetworkInterface) -> Result<(), store::Fault> {
        tree.set("meta-data/mac", interface.mac());
        tree.set("meta-data/security-groups", self.group_names(interface)?);
        if let Some(public) = self.public(interface)? {
            tree.set("meta-data/public-ipv4", public);
        }
        Ok(())
    }

    fn interface(&self, tree: &mut Tree, interface: &NetworkInterface) -> Result<(), store::Fault> {
        let ids: Vec<String> = interface.groups.iter().map(ToString::to_string).collect();
        let addresses: Vec<String> = interface.addresses().map(|address| address.to_string()).collect();
        let place = interface.attachment.as_ref().map_or(0, |attachment| attachment.device_index);
        let base = format!("meta-data/network/interfaces/macs/{}", interface.mac());
        let mut say = |name: &str, value: &dyn std::fmt::Display| {
            tree.set(format!("{base}/{name}"), value);
        };
        say("device-number", &place);
        say("interface-id", &interface.id);
        say("local-ipv4s", &addresses.join("\n"));
        say("mac", &interface.mac());
        say("owner-id", &interface.scope.account);
        say("security-group-ids", &ids.join("\n"));
        say("security-groups", &self.group_names(interface)?);
        say("subnet-id", &interface.subnet);
        say("vpc-id", &interface.vpc);
        if let Some(subnet) = self.row::<Subnet>(interface.subnet.as_str())? {
            say("subnet-ipv4-cidr-block", &subnet.cidr);
        }
        if let Some(vpc) = self.row::<Vpc>(interface.vpc.as_str())? {
            say("vpc-ipv4-cidr-block", &vpc.cidr);
        }
        if let Some(public) = self.public(interface)? {
            say("public-ipv4s", &public);
        }
        Ok(())
    }

    /// Without a signature, which only AWS could make.
    fn identity(&self, instance: &Instance) -> String {
        let document = serde_json::json!({
            "accountId": self.scope.account.as_str(),
            "architecture": image::architecture(),
            "availabilityZone": instance.zone,
            "imageId": instance.image,
            "instanceId": instance.id.as_str(),
            "instanceType": instance.instance_type,
            "pendingTime": instance.launched.iso8601(),
            "privateIp": instance.private_ip,
            "region": self.scope.region.as_str(),
            "version": "2017-09-30",
        });
        format!("{document:#}")
    }

    async fn mint(&self) -> Option<Credentials> {
        let instance = self.instance().ok().flatten()?;
        let role = self.role(&instance).ok().flatten()?;
        let now = self.parts.clock.now();
        let held = self.minted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((of, held)) = held
            && of == role
            && held.expires.0 - now.0 > RENEW_MS
        {
            return Some(held);
        }
        let (name, region) = (self.id.as_str(), self.scope.region.as_str());
        let sts = &self.parts.sts;
        let minted = sts
            .assume_for_service(SERVICE, &role, name, CREDENTIALS_S, Context::default(), region, now)
            .await;
        let minted = match minted {
            Ok(minted) => minted,
            Err(error) => {
                tracing::warn!(%error, instance = name, "credentials of an instance's role");
                return None;
            }
        };
        let fresh = Credentials {
            access_key_id: minted.access_key_id,
            secret_access_key: minted.secret_access_key.expose().to_owned(),
            session_token: minted.session_token,
            updated: now,
            expires: minted.expires,
        };
        *self.minted.lock().unwrap_or_else(PoisonError::into_inner) = Some((role, fresh.clone()));
        Some(fresh)
    }
}

impl Source for InstanceMetadata {
    fn facts(&self) -> Option<Facts> {
        self.read().unwrap_or_else(|fault| {
            tracing::error!(%fault, "read an instance's metadata");
            None
        })
    }

    fn credentials(&self) -> Pending<'_, Option<Credentials>> {
        Box::pin(self.mint())
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    fn random(&self) -> String {
        self.parts.ids.pick(56, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    }
}

/// What base64 stands for.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()
}

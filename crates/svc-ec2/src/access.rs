//! What an operation asks of the policies: its action on each resource that AWS's service
//! authorization reference lists for it, with the tags as condition keys.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>

use crate::Ec2;
use crate::api;
use crate::keys::Key;
use crate::launch_templates;
use crate::read::Read;
use crate::state::{LaunchTemplate, Resource};
use crate::tags::{self, Tags};
use base::Arn;
use service::{Access, Call, ServiceError};

pub(crate) struct Asks<'a> {
    ec2: &'a Ec2,
    call: &'a Call,
    operation: &'static str,
    asked: Vec<Access>,
    /// Places in `asked` of what is made.
    made: Vec<usize>,
}

impl<'a> Asks<'a> {
    pub(crate) fn new(ec2: &'a Ec2, call: &'a Call, operation: &'static str) -> Self {
        Self { ec2, call, operation, asked: Vec::new(), made: Vec::new() }
    }

    /// An action without resource-level permissions, as the Describe operations are.
    pub(crate) fn anywhere(ec2: &'a Ec2, call: &'a Call, operation: &'static str) -> Vec<Access> {
        Self::new(ec2, call, operation).push("*".to_owned(), Vec::new()).asked
    }

    /// Everything that must be allowed. A request that names nothing still needs the action.
    pub(crate) fn done(self) -> Vec<Access> {
        let asked =
            if self.asked.is_empty() { self.push("*".to_owned(), Vec::new()).asked } else { self.asked };
        asked.into_iter().map(Access::with_known_context_only).collect()
    }

    /// An existing resource, with its tags as `aws:ResourceTag`.
    pub(crate) fn on<R: Resource>(self, id: impl AsRef<str>) -> Result<Self, ServiceError> {
        let id = id.as_ref();
        let found = self.ec2.view(&self.call.scope).lookup::<R>(id)?;
        let mut context = found.as_ref().map(|r| resource_tags(r.tags())).unwrap_or_default();
        let (keys, lent) = found.map(|r| (r.keys(), r.lent_keys())).unwrap_or_default();
        context.extend(keys.into_iter().map(|(key, value)| (key.to_owned(), vec![value])));
        let resource = self.arn(R::KIND, id);
        Ok(self.push(resource, context).lend(&lent))
    }

    /// Something that is made beside, without tags of its own.
    pub(crate) fn making(mut self, kind: &str) -> Self {
        self.made.push(self.asked.len());
        let resource = self.arn(kind, "*");
        self.push(resource, Vec::new())
    }

    /// The launch template that an id or a name says; one that there is not is the operation's to tell.
    pub(crate) fn template(self, id: Option<&String>, name: Option<&String>) -> Result<Self, ServiceError> {
        let view = self.ec2.view(&self.call.scope);
        match (id, name) {
            (Some(id), _) => self.on::<LaunchTemplate>(id),
            (None, Some(name)) => match launch_templates::by_name(&view, name)? {
                Some(found) => self.on::<LaunchTemplate>(&found.id),
                None => self.on::<LaunchTemplate>("*"),
            },
            (None, None) => self.on::<LaunchTemplate>("*"),
        }
    }

    /// An image, which is of no account.
    pub(crate) fn image(self, id: &str) -> Self {
        let resource = format!("arn:aws:ec2:{}::image/{id}", self.call.scope.region);
        self.push(resource, Vec::new())
    }

    /// Tells a key of what is made.
    pub(crate) fn telling(self, key: &'static str, value: Option<&String>) -> Self {
        let told: Vec<Key> = value.map(|value| (key, value.clone())).into_iter().collect();
        self.lend(&told)
    }

    /// What is made has these keys too, unless it was told others.
    fn lend(mut self, keys: &[Key]) -> Self {
        for place in &self.made {
            let Some(access) = self.asked.get_mut(*place) else { continue };
            for (key, value) in keys {
                if !access.context.iter().any(|(known, _)| known == key) {
                    access.context.push(((*key).to_owned(), vec![value.clone()]));
                }
            }
        }
        self
    }

    /// [`Self::on`] for each of several.
    pub(crate) fn each<R: Resource>(mut self, ids: Option<&Vec<String>>) -> Result<Self, ServiceError> {
        for id in ids.into_iter().flatten() {
            self = self.on::<R>(id)?;
        }
        Ok(self)
    }

    /// A resource in the making, with its tags as `aws:RequestTag`; tagging it needs
    /// `ec2:CreateTags` too.
    pub(crate) fn create<R: Resource>(
        mut self,
        specifications: Option<&Vec<api::TagSpecification>>,
    ) -> Result<Self, ServiceError> {
        let tags = tags::specified(R::KIND, specifications)?;
        let resource = self.arn(R::KIND, "*");
        self.made.push(self.asked.len());
        Ok(self.push(resource.clone(), request_tags(&tags)).create_tags(resource, &tags))
    }

    /// Tags for what an operation on something else makes, such as the rules of a group.
    pub(crate) fn tagged<R: Resource>(
        self,
        specifications: Option<&Vec<api::TagSpecification>>,
    ) -> Result<Self, ServiceError> {
        let tags = tags::specified(R::KIND, specifications)?;
        let resource = self.arn(R::KIND, "*");
        Ok(self.create_tags(resource, &tags))
    }

    fn create_tags(mut self, resource: String, tags: &Tags) -> Self {
        if !tags.is_empty() {
            let mut access = Access::to("ec2:CreateTags", resource);
            access.context = request_tags(tags);
            access.context.push(("ec2:CreateAction".to_owned(), vec![self.operation.to_owned()]));
            self.asked.push(access);
        }
        self
    }

    /// An existing resource of any kind whose tags are being changed.
    pub(crate) fn tagging(mut self, kind: &str, id: &str, existing: &Tags, given: &Tags) -> Self {
        let mut context = resource_tags(existing);
        context.extend(request_tags(given));
        let resource = self.arn(kind, id);
        self = self.push(resource, context);
        self
    }

    fn arn(&self, kind: &str, id: &str) -> String {
        Arn::regional("ec2", &self.call.scope, format!("{kind}/{id}")).to_string()
    }

    fn push(mut self, resource: String, context: Vec<(String, Vec<String>)>) -> Self {
        let mut access = Access::to(format!("ec2:{}", self.operation), resource);
        access.context = context;
        access.context.push(("ec2:Region".to_owned(), vec![self.call.scope.region.to_string()]));
        self.asked.push(access);
        self
    }
}

fn resource_tags(tags: &Tags) -> Vec<(String, Vec<String>)> {
    tags.iter()
        .flat_map(|(key, value)| {
            ["aws:ResourceTag", "ec2:ResourceTag"].map(|name| (format!("{name}/{key}"), vec![value.clone()]))
        })
        .collect()
}

fn request_tags(tags: &Tags) -> Vec<(String, Vec<String>)> {
    if tags.is_empty() {
        return Vec::new();
    }
    let each = tags.iter().map(|(key, value)| (format!("aws:RequestTag/{key}"), vec![value.clone()]));
    each.chain([("aws:TagKeys".to_owned(), tags.keys().cloned().collect())]).collect()
}

//! An API that is being built beside the one that is stored.

use crate::model::path_part;
use crate::ops::resource_place;
use crate::state::{Authorizer, GatewayResponse, Model, Parts, RequestValidator, Resource, RestApi};
use crate::{ApiGateway, read};
use service::ServiceError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{Snapshot, Table, Tx};

pub struct Draft<'g> {
    pub gateway: &'g ApiGateway,
    pub rows: Snapshot,
    pub api: RestApi,
    pub parts: Parts,
    pub resources: Vec<Arc<Resource>>,
    /// Where a path's resource is in the list.
    places: BTreeMap<String, usize>,
    before: Before,
}

/// What is stored. A part that stays keeps its id, also when all of it is written anew.
struct Before {
    parts: Parts,
    resources: Vec<Arc<Resource>>,
    /// By path.
    ids: BTreeMap<String, String>,
}

impl<'g> Draft<'g> {
    /// Of an API as it is, or with no more than its root.
    pub fn of(
        gateway: &'g ApiGateway,
        rows: Snapshot,
        api: RestApi,
        is_blank: bool,
    ) -> Result<Self, ServiceError> {
        let (parts, resources) =
            (read::parts(&rows, &api.scope, &api.id)?, read::resources(&rows, &api.scope, &api.id)?);
        let paths = path_part::paths(
            resources.iter().map(|r| (r.id.as_str(), r.parent.as_deref(), r.path_part.as_str())),
        );
        let ids = paths.iter().map(|(id, path)| (path.clone(), (*id).to_owned())).collect();
        let before = Before { parts, resources: resources.clone(), ids };
        let (parts, resources) = if is_blank {
            let roots = before.resources.iter().filter(|resource| resource.parent.is_none());
            let emptied = |root: &Arc<Resource>| {
                Arc::new(Resource { methods: BTreeMap::new(), ..Resource::clone(root) })
            };
            (Parts::default(), roots.map(emptied).collect())
        } else {
            (before.parts.clone(), before.resources.clone())
        };
        let places = resources
            .iter()
            .enumerate()
            .filter_map(|(at, resource)| Some((paths.get(resource.id.as_str())?.clone(), at)))
            .collect();
        Ok(Self { gateway, rows, api, parts, resources, places, before })
    }

    /// The resource of a path, made if it is not there, with all above it.
    pub fn resource(&mut self, path: &str) -> Result<&mut Resource, ServiceError> {
        let (mut at, mut reached) = (self.place("/")?, String::new());
        let inner = path.trim_matches('/');
        for part in inner.split('/').filter(|_| !inner.is_empty()) {
            reached = format!("{reached}/{part}");
            at = match self.places.get(&reached) {
                Some(known) => *known,
                None => self.grow(at, part, &reached)?,
            };
        }
        self.resources.get_mut(at).map(Arc::make_mut).ok_or_else(crate::error::no_resource)
    }

    fn place(&self, path: &str) -> Result<usize, ServiceError> {
        self.places.get(path).copied().ok_or_else(crate::error::no_resource)
    }

    fn grow(&mut self, parent: usize, part: &str, path: &str) -> Result<usize, ServiceError> {
        let id = self.before.ids.get(path).cloned().unwrap_or_else(|| self.gateway.id(6));
        let made = Resource {
            scope: self.api.scope.clone(),
            api: self.api.id.clone(),
            id,
            parent: self.resources.get(parent).map(|parent| parent.id.clone()),
            path_part: part.to_owned(),
            methods: BTreeMap::new(),
        };
        resource_place::admitted(&self.resources, &made)?;
        self.resources.push(Arc::new(made));
        let at = self.resources.len() - 1;
        self.places.insert(path.to_owned(), at);
        Ok(at)
    }

    /// The id of the part of this kind that has the name, or a new one.
    pub fn authorizer_id(&self, name: &str) -> String {
        let known = self.before.parts.authorizers.values().find(|one| one.name == name);
        known.map_or_else(|| self.gateway.id(6), |one| one.id.clone())
    }

    pub fn validator_id(&self, name: &str) -> String {
        let known = self.before.parts.validators.values().find(|one| one.name.as_deref() == Some(name));
        known.map_or_else(|| self.gateway.id(6), |one| one.id.clone())
    }

    pub fn model_id(&self, name: &str) -> String {
        self.before.parts.models.get(name).map_or_else(|| self.gateway.id(6), |one| one.id.clone())
    }

    /// Stores what changed, and forgets what is not there any more.
    pub fn save(self, tx: &mut Tx) -> Result<RestApi, ServiceError> {
        let Self { api, parts, resources, before, .. } = self;
        tx.put(&api)?;
        let resource = |all: &[Arc<Resource>]| all.iter().map(|r| Resource::clone(r)).collect::<Vec<_>>();
        replace(tx, resource(&before.resources), resource(&resources))?;
        replace::<Model>(tx, before.parts.models.into_values(), parts.models.into_values())?;
        replace::<RequestValidator>(
            tx,
            before.parts.validators.into_values(),
            parts.validators.into_values(),
        )?;
        replace::<Authorizer>(tx, before.parts.authorizers.into_values(), parts.authorizers.into_values())?;
        replace::<GatewayResponse>(
            tx,
            before.parts.gateway_responses.into_values(),
            parts.gateway_responses.into_values(),
        )?;
        Ok(api)
    }
}

fn replace<T: Table + PartialEq>(
    tx: &mut Tx,
    before: impl IntoIterator<Item = T>,
    after: impl IntoIterator<Item = T>,
) -> Result<(), ServiceError> {
    let before: BTreeMap<String, T> = before.into_iter().map(|row| (row.key(), row)).collect();
    let mut kept = BTreeSet::new();
    for row in after {
        let key = row.key();
        if before.get(&key) != Some(&row) {
            tx.put(&row)?;
        }
        kept.insert(key);
    }
    for key in before.keys().filter(|key| !kept.contains(*key)) {
        tx.delete::<T>(key)?;
    }
    Ok(())
}

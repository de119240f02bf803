//! Domain names and their mappings over a store, and where requests go.
#![allow(clippy::unwrap_used)]

use base::{Scope, SequentialIds, Timestamp};
use domains::needs::{StageFound, Surroundings};
use domains::{DomainError, DomainName, Domains, Endpoint, Tags, Wanted};
use std::sync::Arc;
use store::{Durability, Fault, Snapshot, Store};

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const CERTIFICATE: &str = "arn:aws:acm:us-east-1:000000000000:certificate/1";

/// One certificate, and the API `a1` with the stage `prod`.
struct Around;

impl Surroundings for Around {
    fn certificate(&self, _: &Snapshot, _: &Scope, arn: &str) -> Result<Option<Vec<String>>, Fault> {
        Ok((arn == CERTIFICATE).then(|| vec!["api.example.com".to_owned(), "*.shop.example.com".to_owned()]))
    }

    fn stage(&self, _: &Snapshot, _: &Scope, api: &str, stage: &str) -> Result<StageFound, Fault> {
        Ok(match (api, stage) {
            ("a1", "prod") => StageFound::Found,
            ("a1", _) => StageFound::NoStage,
            _ => StageFound::NoApi,
        })
    }
}

struct World {
    domains: Arc<Domains>,
    store: Store,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
    let domains = Domains::new(store.clone(), Arc::new(Around), Arc::new(SequentialIds::seeded(1)));
    World { domains, store, runtime, _dir: dir }
}

impl World {
    fn create(&self, name: &str) -> Result<DomainName, DomainError> {
        self.create_with(name, CERTIFICATE, &Scope::default())
    }

    fn create_with(&self, name: &str, certificate: &str, scope: &Scope) -> Result<DomainName, DomainError> {
        let wanted = Wanted {
            name: name.to_owned(),
            endpoint: Endpoint::Regional,
            certificate: certificate.to_owned(),
            certificate_name: None,
            tags: Tags::new(),
        };
        self.runtime.block_on(self.domains.create(scope, wanted, NOW))
    }

    fn map(&self, domain: &str, base_path: &str, stage: Option<&str>) -> Result<String, DomainError> {
        let scope = Scope::default();
        let made = self.domains.map(&scope, domain, base_path, "a1", stage);
        self.runtime.block_on(made).map(|mapping| mapping.id)
    }

    /// `API STAGE PREFIX PATH`.
    fn goes(&self, host: &str, path: &str) -> Option<String> {
        let routed = domains::route(&self.store.read(), host, path).unwrap()?;
        let Some(route) = routed.route else { return Some("nowhere".to_owned()) };
        Some(format!("{} {} `{}` {}", route.api, route.stage, route.prefix, route.path))
    }
}

#[test]
fn the_longest_base_path_decides() {
    let w = world();
    w.create("api.example.com").unwrap();
    assert_eq!(w.goes("api.example.com", "/x").unwrap(), "nowhere");
    w.map("api.example.com", "orders", Some("prod")).unwrap();
    w.map("api.example.com", "orders/v2", Some("prod")).unwrap();
    assert_eq!(w.goes("api.example.com", "/orders/7").unwrap(), "a1 prod `/orders` /7");
    assert_eq!(w.goes("API.Example.com", "/orders/v2/7").unwrap(), "a1 prod `/orders/v2` /7");
    assert_eq!(w.goes("api.example.com", "/orders/v2x").unwrap(), "a1 prod `/orders` /v2x");
    assert_eq!(w.goes("api.example.com", "/").unwrap(), "nowhere");
    w.map("api.example.com", "", None).unwrap();
    assert_eq!(w.goes("api.example.com", "/prod/x").unwrap(), "a1 prod `/prod` /x");
    assert_eq!(w.goes("api.example.com", "/prod").unwrap(), "a1 prod `/prod` /");
    assert_eq!(w.goes("other.example.com", "/prod"), None);
}

#[test]
fn a_star_stands_for_the_hosts_that_have_no_name_of_their_own() {
    let w = world();
    w.create("*.shop.example.com").unwrap();
    w.create("eu.shop.example.com").unwrap();
    w.map("*.shop.example.com", "", Some("prod")).unwrap();
    assert_eq!(w.goes("us.shop.example.com", "/x").unwrap(), "a1 prod `` /x");
    assert_eq!(w.goes("eu.shop.example.com", "/x").unwrap(), "nowhere");
    assert_eq!(w.goes("a.b.shop.example.com", "/x"), None);
    assert_eq!(w.goes("shop.example.com", "/x"), None);
}

#[test]
fn what_cannot_be_made_is_refused() {
    let w = world();
    w.create("api.example.com").unwrap();
    assert!(matches!(w.create("API.example.com"), Err(DomainError::DomainExists)));
    let other = Scope { region: "eu-west-1".parse().unwrap(), ..Scope::default() };
    assert!(matches!(w.create_with("api.example.com", CERTIFICATE, &other), Err(DomainError::DomainExists)));
    assert!(matches!(w.create("www.example.com"), Err(DomainError::NotCovered)));
    assert!(matches!(w.create("nonsense"), Err(DomainError::BadName(_))));
    let none = "arn:aws:acm:us-east-1:000000000000:certificate/none";
    let eu = "arn:aws:acm:eu-west-1:000000000000:certificate/1";
    let scope = Scope::default();
    assert!(matches!(w.create_with("a.shop.example.com", none, &scope), Err(DomainError::NoCertificate(_))));
    assert!(matches!(
        w.create_with("a.shop.example.com", eu, &scope),
        Err(DomainError::CertificateElsewhere { .. })
    ));
    assert!(matches!(w.map("api.example.com", "a", Some("test")), Err(DomainError::NoStage)));
    assert!(matches!(w.map("api.example.com", "/a", Some("prod")), Err(DomainError::BadBasePath(_))));
    assert!(matches!(w.map("none.example.com", "a", Some("prod")), Err(DomainError::NoDomain)));
    w.map("api.example.com", "a", Some("prod")).unwrap();
    assert!(matches!(w.map("api.example.com", "a", Some("prod")), Err(DomainError::Mapped)));
    let nobody = w.domains.map(&scope, "api.example.com", "b", "none", Some("prod"));
    assert!(matches!(w.runtime.block_on(nobody), Err(DomainError::NoApi)));
}

#[test]
fn a_domain_name_goes_with_its_mappings_and_may_come_again() {
    let w = world();
    let scope = Scope::default();
    w.create("api.example.com").unwrap();
    assert_eq!(
        domains::using(&w.store.read(), CERTIFICATE).unwrap(),
        ["arn:aws:apigateway:us-east-1::/domainnames/api.example.com"]
    );
    w.map("api.example.com", "a", Some("prod")).unwrap();
    w.runtime.block_on(w.domains.delete(&scope, "api.example.com")).unwrap();
    assert_eq!(w.goes("api.example.com", "/a"), None);
    assert!(domains::using(&w.store.read(), CERTIFICATE).unwrap().is_empty());
    w.create("api.example.com").unwrap();
    assert!(w.domains.mappings(&scope, "api.example.com").unwrap().is_empty());
}

#[test]
fn a_mapping_moves_unless_its_place_is_taken() {
    let w = world();
    let scope = Scope::default();
    w.create("api.example.com").unwrap();
    let id = w.map("api.example.com", "a", Some("prod")).unwrap();
    w.map("api.example.com", "b", Some("prod")).unwrap();
    let to = |path: &'static str| {
        let chosen = id.clone();
        w.runtime.block_on(w.domains.remap::<DomainError>(
            &scope,
            "api.example.com",
            move |mapping| mapping.id == chosen,
            move |mapping| mapping.set_base_path(path),
        ))
    };
    assert!(matches!(to("b"), Err(DomainError::Mapped)));
    assert_eq!(to("c").unwrap().base_path.as_str(), "c");
    assert_eq!(w.goes("api.example.com", "/a"), Some("nowhere".to_owned()));
    let gone = w.domains.unmap(&scope, "api.example.com", |mapping| mapping.id == id);
    w.runtime.block_on(gone).unwrap();
    assert_eq!(w.goes("api.example.com", "/c"), Some("nowhere".to_owned()));
}

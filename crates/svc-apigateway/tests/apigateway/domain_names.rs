//! Domain names and base path mappings, in AWS's words.

use crate::world::World;
use serde_json::{Value as Json, json};

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:000000000000:certificate/1";

fn regional(world: &World, name: &str) -> Json {
    let wanted = json!({ "domainName": name, "regionalCertificateArn": CERTIFICATE,
        "endpointConfiguration": { "types": ["REGIONAL"] } });
    world.ok("POST", "/domainnames", wanted)
}

#[test]
fn a_domain_name_is_made_read_changed_and_deleted() {
    let world = World::new();
    let made = regional(&world, "api.example.com");
    assert_eq!(
        (&made["domainNameStatus"], &made["securityPolicy"]),
        (&json!("AVAILABLE"), &json!("TLS_1_2"))
    );
    let host = made["regionalDomainName"].as_str().unwrap();
    assert!(host.starts_with("d-") && host.ends_with(".execute-api.us-east-1.amazonaws.com"), "{host}");
    assert_eq!(world.ok("GET", "/domainnames/api.example.com", json!(null)), made);
    let edge = json!({ "domainName": "edge.example.com", "certificateArn": CERTIFICATE });
    let edge = world.ok("POST", "/domainnames", edge);
    assert!(edge["distributionDomainName"].as_str().unwrap().ends_with(".cloudfront.net"));
    assert_eq!(world.ok("GET", "/domainnames", json!(null))["item"].as_array().unwrap().len(), 2);
    let named = world.patch("/domainnames/api.example.com", "replace", "/regionalCertificateName", "mine");
    assert_eq!(named["regionalCertificateName"], "mine");
    let tags = "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fdomainnames%2Fapi.example.com";
    world.ok("PUT", tags, json!({ "tags": { "k": "v" } }));
    assert_eq!(world.ok("GET", "/domainnames/api.example.com", json!(null))["tags"], json!({ "k": "v" }));
    assert_eq!(world.ok("GET", tags, json!(null))["tags"], json!({ "k": "v" }));
    world.ok("DELETE", "/domainnames/api.example.com", json!(null));
    assert_eq!(
        world.refused("GET", "/domainnames/api.example.com", json!(null)),
        "404 Invalid domain name identifier specified"
    );
}

#[test]
fn what_a_domain_name_cannot_be() {
    let world = World::new();
    regional(&world, "api.example.com");
    let refused = |more: Json| {
        let mut wanted = json!({ "domainName": "b.example.com", "regionalCertificateArn": CERTIFICATE,
            "endpointConfiguration": { "types": ["REGIONAL"] } });
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.refused("POST", "/domainnames", wanted)
    };
    for (more, expected) in [
        (json!({ "domainName": "api.example.com" }), "400 The domain name you provided already exists."),
        (json!({ "domainName": "nonsense" }), "400 Invalid domain name specified: nonsense"),
        (json!({ "securityPolicy": "TLS_1_0" }), "501 securityPolicy TLS_1_0 is not implemented by moat"),
        (
            json!({ "mutualTlsAuthentication": { "truststoreUri": "s3://b/k" } }),
            "501 mutualTlsAuthentication, whose trust store is in Amazon S3, is not implemented by moat",
        ),
        (
            json!({ "endpointConfiguration": { "types": ["PRIVATE"] } }),
            "501 a PRIVATE domain name is not implemented by moat",
        ),
        (
            json!({ "regionalCertificateArn": "arn:aws:acm:eu-west-1:000000000000:certificate/1" }),
            "400 Invalid certificate ARN: arn:aws:acm:eu-west-1:000000000000:certificate/1. Certificate must be in 'us-east-1'.",
        ),
        (
            json!({ "regionalCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/2" }),
            "400 Invalid certificate ARN: arn:aws:acm:us-east-1:000000000000:certificate/2. Certificate was not found.",
        ),
        (
            json!({ "domainName": "b.example.org" }),
            "400 The domain name to be created is not covered by the provided certificate.",
        ),
    ] {
        assert_eq!(refused(more), expected);
    }
}

#[test]
fn base_paths_are_mapped_moved_and_unmapped() {
    let world = World::new();
    regional(&world, "api.example.com");
    let all = "/domainnames/api.example.com/basepathmappings";
    let made = world.ok("POST", all, json!({ "restApiId": world.api, "stage": "v1", "basePath": "orders" }));
    assert_eq!(made, json!({ "basePath": "orders", "restApiId": world.api, "stage": "v1" }));
    let root = world.ok("POST", all, json!({ "restApiId": world.api }));
    assert_eq!(root["basePath"], "(none)");
    assert_eq!(world.ok("GET", &format!("{all}/(none)"), json!(null)), root);
    let moved = world.patch(&format!("{all}/orders"), "replace", "/basePath", "shop");
    assert_eq!(moved["basePath"], "shop");
    for (wanted, expected) in [
        (
            json!({ "restApiId": world.api, "stage": "v1", "basePath": "shop" }),
            "409 Base path already exists for this domain name",
        ),
        (
            json!({ "restApiId": world.api, "stage": "v1", "basePath": "a/b" }),
            "400 API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.",
        ),
        (
            json!({ "restApiId": world.api, "stage": "v1", "basePath": "a b" }),
            "400 Invalid base path specified: a b",
        ),
        (json!({ "restApiId": "none", "basePath": "b" }), "400 Invalid REST API identifier specified"),
        (
            json!({ "restApiId": world.api, "stage": "none", "basePath": "b" }),
            "400 Invalid stage identifier specified",
        ),
    ] {
        assert_eq!(world.refused("POST", all, wanted), expected);
    }
    world.ok("DELETE", &format!("{all}/shop"), json!(null));
    assert_eq!(
        world.refused("GET", &format!("{all}/shop"), json!(null)),
        "404 Invalid base path mapping identifier specified"
    );
    assert_eq!(world.ok("GET", all, json!(null))["item"].as_array().unwrap().len(), 1);
}

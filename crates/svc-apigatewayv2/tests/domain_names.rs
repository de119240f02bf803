//! Domain names and API mappings, in AWS's words.

#![allow(clippy::unwrap_used, reason = "a failed step must fail the test")]

mod support;

use serde_json::{Value as Json, json};
use support::{World, text};

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:000000000000:certificate/1";

fn configured(name: &str, more: Json) -> Json {
    let mut configuration = json!({ "certificateArn": CERTIFICATE });
    configuration.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "domainName": name, "domainNameConfigurations": [configuration], "tags": { "k": "v" } })
}

#[test]
fn a_domain_name_is_made_read_changed_and_deleted() {
    let world = World::new();
    let made = world.ok("POST", "/domainnames", configured("api.example.com", json!({})));
    assert_eq!(made["apiMappingSelectionExpression"], "$request.basepath");
    let shown = &made["domainNameConfigurations"][0];
    for (field, value) in
        [("endpointType", "REGIONAL"), ("securityPolicy", "TLS_1_2"), ("domainNameStatus", "AVAILABLE")]
    {
        assert_eq!(shown[field], value);
    }
    assert_eq!(world.ok("GET", "/domainnames/api.example.com", json!(null)), made);
    let named =
        json!({ "domainNameConfigurations": [{ "certificateArn": CERTIFICATE, "certificateName": "mine" }] });
    let changed = world.ok("PATCH", "/domainnames/api.example.com", named);
    assert_eq!(changed["domainNameConfigurations"][0]["certificateName"], "mine");
    let tags = "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fdomainnames%2Fapi.example.com";
    assert_eq!(world.call("POST", tags, json!({ "tags": { "a": "b" } })).status, 201);
    assert_eq!(world.ok("GET", tags, json!(null))["tags"], json!({ "a": "b", "k": "v" }));
    assert_eq!(world.ok("GET", "/domainnames", json!(null))["items"].as_array().unwrap().len(), 1);
    assert_eq!(world.call("DELETE", "/domainnames/api.example.com", json!(null)).status, 204);
    assert_eq!(
        world.refused("GET", "/domainnames/api.example.com", json!(null)),
        "404 NotFoundException: The domain name resource specified in the request was not found."
    );
}

#[test]
fn what_a_domain_name_cannot_be() {
    let world = World::new();
    world.ok("POST", "/domainnames", configured("api.example.com", json!({})));
    let refused = |name: &str, more: Json| world.refused("POST", "/domainnames", configured(name, more));
    assert_eq!(
        refused("api.example.com", json!({})),
        "409 ConflictException: The domain name resource already exists."
    );
    for (more, what) in [
        (json!({ "securityPolicy": "TLS_1_0" }), "securityPolicy TLS_1_0"),
        (json!({ "endpointType": "EDGE" }), "endpointType EDGE of an HTTP API's domain name"),
        (json!({ "ipAddressType": "dualstack" }), "ipAddressType dualstack of a domain name"),
    ] {
        let told = refused("b.example.com", more);
        assert!(
            told.starts_with("501") && told.contains(&format!("{what} is not implemented by moat")),
            "{told}"
        );
    }
    let mut mutual = configured("b.example.com", json!({}));
    mutual["mutualTlsAuthentication"] = json!({ "truststoreUri": "s3://b/k" });
    assert!(world.refused("POST", "/domainnames", mutual).contains("whose trust store is in Amazon S3"));
    let none = json!({ "domainName": "b.example.com" });
    assert!(world.refused("POST", "/domainnames", none).starts_with("400 BadRequestException"));
}

#[test]
fn paths_of_several_levels_are_mapped_changed_and_unmapped() {
    let world = World::new();
    world.ok("POST", "/domainnames", configured("api.example.com", json!({})));
    let api = world.quick_api();
    let all = "/domainnames/api.example.com/apimappings";
    let wanted = |key: &str| json!({ "apiId": api, "stage": "$default", "apiMappingKey": key });
    let made = world.ok("POST", all, wanted("zoo/v2"));
    let one = format!("{all}/{}", text(&made["apiMappingId"]));
    assert_eq!(world.ok("GET", &one, json!(null)), made);
    let changed = world.ok("PATCH", &one, wanted("zoo/v3"));
    assert_eq!(
        (&changed["apiMappingKey"], &changed["apiMappingId"]),
        (&json!("zoo/v3"), &made["apiMappingId"])
    );
    assert_eq!(
        world.refused("POST", all, wanted("zoo/v3")),
        "409 ConflictException: ApiMapping key already exists for this domain name"
    );
    assert_eq!(
        world.refused("POST", all, wanted("/zoo")),
        "400 BadRequestException: API mapping key should not start with a '/' or have consecutive '/'s."
    );
    let missing = json!({ "apiId": "none", "stage": "$default" });
    assert_eq!(
        world.refused("POST", all, missing),
        "404 NotFoundException: Invalid API identifier specified"
    );
    assert_eq!(world.call("DELETE", &one, json!(null)).status, 204);
    assert_eq!(
        world.refused("GET", &one, json!(null)),
        "404 NotFoundException: The api mapping resource specified in the request was not found."
    );
    assert_eq!(world.ok("GET", all, json!(null))["items"], json!([]));
}

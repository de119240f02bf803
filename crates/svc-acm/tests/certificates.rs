//! ACM as its clients use it. The authority is one that rcgen makes for the test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use service::testing::{Asking, root_call};
use support::{NOW, World, self_signed, signed_by};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn requested(w: &World, more: Value) -> String {
    let mut body = json!({"DomainName": "api.example.com", "KeyAlgorithm": "EC_prime256v1"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    w.ok("RequestCertificate", body)["CertificateArn"].as_str().unwrap().to_owned()
}

fn described(w: &World, arn: &str) -> Value {
    w.ok("DescribeCertificate", json!({"CertificateArn": arn}))["Certificate"].clone()
}

#[test]
fn a_requested_certificate_is_signed_at_once_and_its_domains_are_validated() {
    let w = World::new();
    let arn = requested(&w, json!({"SubjectAlternativeNames": ["*.example.com", "api.example.com"]}));
    assert!(arn.starts_with("arn:aws:acm:us-east-1:000000000000:certificate/"), "{arn}");
    let shown = described(&w, &arn);
    for (field, value) in [
        ("Status", "ISSUED"),
        ("Type", "AMAZON_ISSUED"),
        ("DomainName", "api.example.com"),
        ("Subject", "CN=api.example.com"),
        ("KeyAlgorithm", "EC-prime256v1"),
        ("SignatureAlgorithm", "SHA256WITHECDSA"),
        ("RenewalEligibility", "INELIGIBLE"),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    assert_eq!(shown["SubjectAlternativeNames"], json!(["api.example.com", "*.example.com"]));
    assert_eq!(shown["ExtendedKeyUsages"][0]["Name"], "TLS_WEB_SERVER_AUTHENTICATION");
    let options = shown["DomainValidationOptions"].as_array().unwrap();
    assert_eq!(options.len(), 2);
    assert_eq!(options[1]["ValidationStatus"], "SUCCESS");
    let record = &options[1]["ResourceRecord"];
    assert_eq!(record["Type"], "CNAME");
    let name = record["Name"].as_str().unwrap();
    assert!(name.starts_with('_') && name.ends_with(".example.com."), "{name}");
}

#[test]
fn an_rsa_key_is_made_where_none_is_asked_for() {
    let w = World::new();
    let arn = w.ok("RequestCertificate", json!({"DomainName": "example.com"}))["CertificateArn"].clone();
    assert_eq!(described(&w, arn.as_str().unwrap())["KeyAlgorithm"], "RSA-2048");
    let material = w.acm.material(arn.as_str().unwrap()).unwrap().unwrap();
    support::serves(&material);
}

#[test]
fn the_material_serves_tls_and_no_answer_holds_the_key() {
    let w = World::new();
    let arn = requested(&w, json!({}));
    let material = w.acm.material(&arn).unwrap().unwrap();
    support::serves(&material);
    assert_eq!(material.names, ["api.example.com"]);
    assert!(!format!("{material:?}").contains("PRIVATE"));
    let got = w.ok("GetCertificate", json!({"CertificateArn": arn}));
    let pem = got["Certificate"].as_str().unwrap().to_owned();
    assert_eq!(material.chain_pem, format!("{pem}{}", got["CertificateChain"].as_str().unwrap()));
    for (operation, body) in
        [("DescribeCertificate", json!({"CertificateArn": arn})), ("ListCertificates", json!({}))]
    {
        assert!(!w.ok(operation, body).to_string().contains("PRIVATE"));
    }
    let sealed = w.store.read().scan::<svc_acm::state::PrivateKey>("").unwrap();
    assert!(!sealed[0].sealed.contains("PRIVATE"));
    assert_eq!(w.acm.material("arn:aws:acm:us-east-1:000000000000:certificate/none").unwrap(), None);
    assert_eq!(w.acm.material("nonsense").unwrap(), None);
}

#[test]
fn a_token_stands_for_one_certificate_for_an_hour() {
    let w = World::new();
    let token = json!({"IdempotencyToken": "one"});
    let first = requested(&w, token.clone());
    assert_eq!(requested(&w, token.clone()), first);
    assert_ne!(requested(&w, json!({"IdempotencyToken": "two"})), first);
    let other = json!({"IdempotencyToken": "one", "SubjectAlternativeNames": ["www.example.com"]});
    assert_ne!(requested(&w, other), first);
    w.now.advance_ms(DAY_MS);
    assert_ne!(requested(&w, token), first);
}

#[test]
fn what_cannot_be_requested_is_refused() {
    let w = World::new();
    let request = |more: Value| {
        let mut body = json!({"DomainName": "example.com"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        w.fails("RequestCertificate", body)
    };
    for (more, expected) in [
        (
            json!({"ValidationMethod": "EMAIL"}),
            "NotImplemented: ValidationMethod EMAIL is not implemented by moat",
        ),
        (
            json!({"Options": {"Export": "ENABLED"}}),
            "NotImplemented: Export ENABLED is not implemented by moat",
        ),
        (
            json!({"CertificateAuthorityArn": "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/1"}),
            "NotImplemented: CertificateAuthorityArn is not implemented by moat",
        ),
        (
            json!({"SubjectAlternativeNames": ["sts.us-east-1.amazonaws.com"]}),
            "ValidationException: sts.us-east-1.amazonaws.com is a name of AWS, which nobody else can validate.",
        ),
        (
            json!({"KeyAlgorithm": "RSA_4096"}),
            "ValidationException: The key algorithm RSA_4096 is supported for imported certificates only.",
        ),
        (
            json!({"DomainName": format!("{}.example.com", "a".repeat(60))}),
            "ValidationException: The first domain name can be no longer than 64 characters.",
        ),
        (
            json!({"SubjectAlternativeNames": (0..10).map(|n| format!("{n}.example.com")).collect::<Vec<_>>()}),
            "LimitExceededException: An ACM limit has been exceeded. Need to request SAN limit to be raised",
        ),
        (
            json!({"DomainValidationOptions": [{"DomainName": "example.com", "ValidationDomain": "example.org"}]}),
            "InvalidDomainValidationOptionsException: The validation domain example.org is not a superdomain of a requested domain example.com.",
        ),
    ] {
        assert_eq!(request(more), expected);
    }
}

#[test]
fn a_certificate_is_imported_with_its_chain_and_imported_again() {
    let w = World::new();
    let (leaf, key, authority) = signed_by("shop.example.com", NOW, 30);
    let body = w.import(&leaf, &key, Some(&authority));
    let arn = w.ok("ImportCertificate", body)["CertificateArn"].as_str().unwrap().to_owned();
    let shown = described(&w, &arn);
    assert_eq!(shown["Type"], "IMPORTED");
    assert_eq!(shown["DomainName"], "shop.example.com");
    assert_eq!(shown["Issuer"], "Test authority");
    assert!(shown.get("DomainValidationOptions").is_none());
    support::serves(&w.acm.material(&arn).unwrap().unwrap());
    let before = w.acm.material(&arn).unwrap().unwrap();
    w.now.advance_ms(1000);
    let (own, own_key) = self_signed("shop.example.com", NOW, 30);
    let mut again = w.import(&own, &own_key, None);
    again["CertificateArn"] = json!(arn);
    assert_eq!(w.ok("ImportCertificate", again.clone())["CertificateArn"], json!(arn));
    let after = w.acm.material(&arn).unwrap().unwrap();
    support::serves(&after);
    assert!(after.revision > before.revision && after.chain_pem != before.chain_pem);
    again["Tags"] = json!([{"Key": "a"}]);
    assert_eq!(
        w.fails("ImportCertificate", again.clone()),
        "ValidationException: Tagging is not permitted on re-import."
    );
    again["CertificateArn"] = json!("arn:aws:acm:us-east-1:000000000000:certificate/none");
    assert_eq!(
        w.fails("ImportCertificate", again),
        "ResourceNotFoundException: Could not find certificate arn:aws:acm:us-east-1:000000000000:certificate/none."
    );
}

#[test]
fn what_does_not_fit_together_is_not_imported() {
    let w = World::new();
    let (leaf, key, authority) = signed_by("shop.example.com", NOW, 30);
    let (other, other_key) = self_signed("other.example.com", NOW, 30);
    let (old, old_key) = self_signed("old.example.com", NOW.plus_ms(-40 * DAY_MS), 30);
    let (early, early_key) = self_signed("early.example.com", NOW.plus_ms(DAY_MS), 30);
    let both = format!("{leaf}{authority}");
    let cases: [(&str, &str, Option<&str>, &str); 10] = [
        (
            "nonsense",
            &key,
            None,
            "Unable to parse certificate. Please ensure the certificate is in PEM format.",
        ),
        (
            &both,
            &key,
            None,
            "The certificate field contains more than one certificate. You can specify only one certificate in this field.",
        ),
        (&leaf, "nonsense", Some(&authority), "The private key is not supported."),
        (&leaf, &leaf, Some(&authority), "The private key is not supported."),
        (
            &leaf,
            &other_key,
            Some(&authority),
            "The private key does not match the public key of the certificate.",
        ),
        (&leaf, &key, Some(&other), "Could not validate the certificate with the certificate chain."),
        (
            &leaf,
            &key,
            Some("nonsense"),
            "Unable to parse certificate chain. Please ensure the certificate chain is in PEM format.",
        ),
        (
            &leaf,
            &key,
            None,
            "Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain.",
        ),
        (&old, &old_key, None, "The certificate has expired, is not valid."),
        (&early, &early_key, None, "The certificate is not in effect yet, is not valid."),
    ];
    for (certificate, key, chain, message) in cases {
        let refused = w.fails("ImportCertificate", w.import(certificate, key, chain));
        assert_eq!(refused, format!("ValidationException: {message}"));
    }
    assert_eq!(w.ok("ListCertificates", json!({}))["CertificateSummaryList"], json!([]));
}

#[test]
fn what_is_used_stays_and_what_is_not_goes_with_its_key() {
    let w = World::new();
    let arn = requested(&w, json!({}));
    let listener = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/2";
    w.used.lock().unwrap().insert(arn.clone(), listener.to_owned());
    assert_eq!(described(&w, &arn)["InUseBy"], json!([listener]));
    assert_eq!(described(&w, &arn)["RenewalEligibility"], "ELIGIBLE");
    assert_eq!(
        w.fails("DeleteCertificate", json!({"CertificateArn": arn})),
        format!("ResourceInUseException: Certificate {arn} in account 000000000000 is in use.")
    );
    w.used.lock().unwrap().clear();
    w.ok("DeleteCertificate", json!({"CertificateArn": arn}));
    assert_eq!(
        w.fails("DescribeCertificate", json!({"CertificateArn": arn})),
        format!("ResourceNotFoundException: Could not find certificate {arn}.")
    );
    assert!(w.store.read().scan::<svc_acm::state::PrivateKey>("").unwrap().is_empty());
}

#[test]
fn what_is_used_is_renewed_with_its_key_before_it_ends() {
    let w = World::new();
    let (used, idle) = (requested(&w, json!({})), requested(&w, json!({})));
    w.used.lock().unwrap().insert(used.clone(), "listener".to_owned());
    let before = w.acm.material(&used).unwrap().unwrap();
    w.renew(NOW.plus_ms(300 * DAY_MS));
    assert_eq!(w.acm.material(&used).unwrap().unwrap(), before);
    w.renew(NOW.plus_ms(340 * DAY_MS));
    let after = w.acm.material(&used).unwrap().unwrap();
    support::serves(&after);
    assert!(after.not_after > before.not_after && after.revision > before.revision);
    assert_eq!(after.private_key_pem, before.private_key_pem);
    assert_eq!(described(&w, &used)["RenewalSummary"]["RenewalStatus"], "SUCCESS");
    w.now.advance_ms(400 * DAY_MS);
    assert_eq!(described(&w, &used)["Status"], "ISSUED");
    assert_eq!(described(&w, &idle)["Status"], "EXPIRED");
}

#[test]
fn what_cannot_be_renewed_keeps_no_other_from_it() {
    let w = World::new();
    let arns: Vec<String> = (0..4).map(|_| requested(&w, json!({}))).collect();
    for arn in &arns {
        w.used.lock().unwrap().insert(arn.clone(), "listener".to_owned());
    }
    // The key of the one that is looked at first is lost.
    let first = w.store.read().scan::<svc_acm::state::Certificate>("").unwrap().remove(0);
    w.store
        .write_blocking(|tx| tx.delete::<svc_acm::state::PrivateKey>(&store::Table::key(first.as_ref())))
        .unwrap();
    w.renew(NOW.plus_ms(340 * DAY_MS));
    let renewed = arns.iter().filter(|arn| described(&w, arn)["RenewalSummary"].is_object());
    assert_eq!(renewed.count(), 3);
}

#[test]
fn the_list_shows_what_is_asked_for_page_by_page() {
    let w = World::new();
    let mut made: Vec<String> = (0..5)
        .map(|n: i32| {
            w.now.advance_ms(1000);
            requested(&w, json!({"DomainName": format!("{n}.example.com")}))
        })
        .collect();
    let (mut seen, mut token) = (Vec::new(), Value::Null);
    loop {
        let mut body = json!({"MaxItems": 2, "Includes": {"keyTypes": ["EC_prime256v1"]}});
        if !token.is_null() {
            body["NextToken"] = token.clone();
        }
        let page = w.ok("ListCertificates", body);
        let page_arns = page["CertificateSummaryList"].as_array().unwrap().clone();
        seen.extend(page_arns.iter().map(|one| one["CertificateArn"].as_str().unwrap().to_owned()));
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, made);
    let count =
        |body: Value| w.ok("ListCertificates", body)["CertificateSummaryList"].as_array().unwrap().len();
    let ec = json!(["EC_prime256v1"]);
    assert_eq!(count(json!({})), 0, "only RSA keys of 2048 bits are listed where nothing is asked");
    assert_eq!(count(json!({"Includes": {"keyTypes": ec}, "CertificateStatuses": ["ISSUED"]})), 5);
    assert_eq!(count(json!({"Includes": {"keyTypes": ec}, "CertificateStatuses": ["EXPIRED"]})), 0);
    assert_eq!(count(json!({"Includes": {"keyTypes": ec, "keyUsage": ["DIGITAL_SIGNATURE"]}})), 5);
    assert_eq!(count(json!({"Includes": {"keyTypes": ec, "extendedKeyUsage": ["CODE_SIGNING"]}})), 0);
    made.reverse();
    let down = json!({"Includes": {"keyTypes": ec}, "SortBy": "CREATED_AT", "SortOrder": "DESCENDING"});
    let first = w.ok("ListCertificates", down)["CertificateSummaryList"][0]["CertificateArn"].clone();
    assert_eq!(first, json!(made[0]));
}

#[test]
fn tags_are_put_listed_and_taken_away() {
    let w = World::new();
    let arn = requested(&w, json!({"Tags": [{"Key": "team", "Value": "blue"}]}));
    let tags = |w: &World| w.ok("ListTagsForCertificate", json!({"CertificateArn": arn}))["Tags"].clone();
    w.ok("AddTagsToCertificate", json!({"CertificateArn": arn, "Tags": [{"Key": "cost"}]}));
    assert_eq!(tags(&w), json!([{"Key": "cost", "Value": ""}, {"Key": "team", "Value": "blue"}]));
    let other_value =
        json!({"CertificateArn": arn, "Tags": [{"Key": "team", "Value": "red"}, {"Key": "cost"}]});
    w.ok("RemoveTagsFromCertificate", other_value);
    assert_eq!(tags(&w), json!([{"Key": "team", "Value": "blue"}]));
    let own = json!({"CertificateArn": arn, "Tags": [{"Key": "aws:x", "Value": ""}]});
    assert_eq!(
        w.fails("AddTagsToCertificate", own),
        "ValidationException: Invalid Tag Key: \"aws:x\". AWS internal tags cannot be changed with this API"
    );
    let many: Vec<Value> = (0..50).map(|n| json!({"Key": n.to_string()})).collect();
    let refused = w.fails("AddTagsToCertificate", json!({"CertificateArn": arn, "Tags": many}));
    assert!(refused.starts_with("TooManyTagsException: the TagSet: '{"), "{refused}");
}

/// What each operation asks is what AWS's service authorization reference has.
#[test]
fn operations_ask_as_the_reference_says() {
    let w = World::new();
    let registry = svc_acm::ops::registry(w.acm.clone());
    let samples = [("CertificateArn", "arn:aws:acm:us-east-1:000000000000:certificate/1")];
    let asking = Asking { registry: &registry, call: &root_call(NOW), samples: &samples, free: &[] };
    assert_eq!(asking.differences(), Vec::<String>::new());
}

//! What is written is read again as what it was, and written the same.

#![allow(clippy::unwrap_used, reason = "a failed step must fail the test")]

use openapi::testing::{http_definition, rest_definition};
use openapi::{Definition, Document, Extensions, Flavour, Format, Place, document, json, yaml};
use proptest::prelude::*;

fn place() -> Place {
    Place { host: "x.execute-api.us-east-1.amazonaws.com".to_owned(), base_path: "/v1".to_owned() }
}

fn check(definition: Definition, flavour: Flavour, format: Format) -> Result<(), TestCaseError> {
    let said = document(&definition, flavour, format, Extensions::ALL, &place());
    let expected = Definition { base_path: Some("/v1".to_owned()), ..definition };
    for text in [json(&said), yaml(&said)] {
        let read = Document::parse(text.as_bytes()).unwrap().read(flavour).unwrap();
        prop_assert_eq!(&read.warnings, &Vec::<String>::new());
        prop_assert_eq!(&read.definition, &expected, "{}", text);
        prop_assert_eq!(document(&read.definition, flavour, format, Extensions::ALL, &place()), said.clone());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn rest_apis_in_open_api(definition in rest_definition(Format::OpenApi)) {
        check(definition, Flavour::Rest, Format::OpenApi)?;
    }

    #[test]
    fn rest_apis_in_swagger(definition in rest_definition(Format::Swagger)) {
        check(definition, Flavour::Rest, Format::Swagger)?;
    }

    #[test]
    fn http_apis(definition in http_definition()) {
        check(definition, Flavour::Http, Format::OpenApi)?;
    }
}

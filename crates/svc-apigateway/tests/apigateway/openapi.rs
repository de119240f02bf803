//! APIs as OpenAPI documents: what is imported is exported the same, and the other way round.

use crate::world::{AUTHORIZER, FUNCTION, ROLE, World, open, text, uri};
use ::openapi::testing::rest_definition;
use ::openapi::{Definition, Extensions, Flavour, Format, Place, document, json as json_of, yaml};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn export(world: &World, api: &str, format: &str) -> String {
    world.ok("POST", &format!("/restapis/{api}/deployments"), json!({ "stageName": "v1" }));
    let path = format!("/restapis/{api}/stages/v1/exports/{format}?extensions=apigateway");
    // Which API it is of is not part of what it is.
    world.text("GET", &path, "").replace(api, "API")
}

fn import(world: &World, text: &str) -> String {
    let (status, answer) = world.send("POST", "/restapis?mode=import", text);
    let answer: Json = serde_json::from_str(&answer).unwrap();
    assert_eq!(status, 201, "{answer}\n{text}");
    assert_eq!(answer.get("warnings"), None, "{answer}\n{text}");
    super::world::text(&answer["id"])
}

/// All that an API is, with no id in it.
fn content(world: &World, api: &str) -> Json {
    let get = |path: &str| world.ok("GET", &format!("/restapis/{api}{path}"), Json::Null);
    let mut all = json!({
        "api": get(""), "resources": get("/resources?embed=methods&limit=500"), "models": get("/models?limit=500"),
        "authorizers": get("/authorizers?limit=500"), "validators": get("/requestvalidators?limit=500"),
        "responses": get("/gatewayresponses?limit=500"),
    });
    let named = |kind: &str, all: &Json| -> Vec<(String, String)> {
        let items = all[kind]["item"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| (text(&item["id"]), item["name"].to_string())).collect()
    };
    let mut names = [named("authorizers", &all), named("validators", &all), named("models", &all)].concat();
    for item in all["resources"]["item"].as_array().into_iter().flatten() {
        names.push((text(&item["id"]), item["path"].to_string()));
    }
    names.push((api.to_owned(), "API".to_owned()));
    all["api"]["createdDate"] = Json::Null;
    for kind in ["authorizers", "validators", "models", "resources"] {
        if let Some(items) = all[kind]["item"].as_array_mut() {
            let key = if kind == "resources" { "path" } else { "name" };
            items.sort_by_key(|item| item[key].to_string());
        }
    }
    let mut said = all.to_string();
    for (id, name) in names {
        said = said.replace(&id, &name.replace('"', ""));
    }
    serde_json::from_str(&said).unwrap()
}

fn has_methods(definition: &Definition) -> bool {
    let mut methods = definition.paths.values().flat_map(|methods| methods.values());
    definition.paths.values().any(|methods| !methods.is_empty())
        && methods.all(|method| method.integration.is_some())
}

fn check(mut definition: Definition, format: Format) -> Result<(), TestCaseError> {
    // What has methods without integrations cannot be deployed, and what is not deployed is not exported.
    for methods in definition.paths.values_mut() {
        methods.retain(|_, method| method.integration.is_some());
    }
    definition.paths.retain(|_, methods| !methods.is_empty());
    prop_assume!(has_methods(&definition));
    let world = World::new();
    let place =
        Place { host: "API.execute-api.us-east-1.amazonaws.com".to_owned(), base_path: "/v1".to_owned() };
    let said = document(&definition, Flavour::Rest, format, Extensions::ALL, &place);
    let name = if format == Format::Swagger { "swagger" } else { "oas30" };
    let first = import(&world, &yaml(&said));
    let exported = export(&world, &first, name);
    prop_assert_eq!(&exported, &json_of(&said));
    let second = import(&world, &exported);
    prop_assert_eq!(export(&world, &second, name), exported.clone());
    prop_assert_eq!(content(&world, &first), content(&world, &second));
    // Written over itself, it stays what it is, its ids included.
    let before = world.ok("GET", &format!("/restapis/{first}/resources?embed=methods&limit=500"), Json::Null);
    for mode in ["overwrite", "merge"] {
        let (status, answer) = world.send("PUT", &format!("/restapis/{first}?mode={mode}"), &exported);
        prop_assert_eq!(status, 200, "{}", answer);
        let path = format!("/restapis/{first}/resources?embed=methods&limit=500");
        prop_assert_eq!(&world.ok("GET", &path, Json::Null), &before);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_open_api_says_comes_back(definition in rest_definition(Format::OpenApi)) {
        check(definition, Format::OpenApi)?;
    }

    #[test]
    fn what_swagger_says_comes_back(definition in rest_definition(Format::Swagger)) {
        check(definition, Format::Swagger)?;
    }
}

/// An API made by single operations comes back by its document.
#[test]
fn an_api_made_by_hand_is_exported_and_imported() {
    let world = World::of(json!({
        "name": "rich", "description": "all of it", "version": "7", "binaryMediaTypes": ["image/png"],
        "apiKeySource": "AUTHORIZER",
        "policy": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}"#,
    }));
    let pet = r#"{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}"#;
    let model = |name: &str, schema: String| {
        let made = json!({ "name": name, "contentType": "application/json", "schema": schema });
        world.ok("POST", &world.at("/models"), made);
    };
    model("Pet", pet.to_owned());
    let reference = format!("https://apigateway.amazonaws.com/restapis/{}/models/Pet", world.api);
    model("Pets", json!({ "type": "array", "items": { "$ref": reference } }).to_string());
    let validator = world.ok("POST", &world.at("/requestvalidators"), json!({ "validateRequestBody": true }));
    let who = world.ok("POST", &world.at("/authorizers"), json!({
        "name": "who", "type": "TOKEN", "authorizerUri": uri(AUTHORIZER), "identitySource": "method.request.header.X-Who",
        "authorizerCredentials": ROLE,
    }));
    world.ok(
        "PUT",
        &world.at("/gatewayresponses/THROTTLED"),
        json!({
            "statusCode": "420", "responseTemplates": { "application/json": "{\"calm\":1}" },
        }),
    );
    world.proxy(
        "/pets/{pet}",
        "ANY",
        json!({
            "authorizationType": "CUSTOM", "authorizerId": who["id"], "apiKeyRequired": true,
            "requestParameters": { "method.request.path.pet": true },
        }),
    );
    world.integrated(
        "/pets",
        "POST",
        json!({
            "authorizationType": "AWS_IAM", "requestValidatorId": validator["id"], "operationName": "addPet",
            "requestModels": { "application/json": "Pet" },
            "requestParameters": { "method.request.header.X-A": true, "method.request.querystring.q": false },
        }),
        json!({
            "type": "AWS", "httpMethod": "POST", "uri": uri(FUNCTION), "passthroughBehavior": "NEVER",
            "requestTemplates": { "application/json": "{\"pet\": $input.json('$')}" },
            "requestParameters": { "integration.request.header.a": "method.request.header.X-A" },
        }),
        json!({ "responseParameters": { "method.response.header.X-R": "'r'" }, "selectionPattern": "" }),
    );
    for format in ["oas30", "swagger"] {
        let exported = export(&world, &world.api, format);
        let again = import(&world, &exported);
        assert_eq!(export(&world, &again, format), exported);
        let resources = |api: &str| {
            let mut found = content(&world, api);
            // Swagger says of no header whether it is always there; AWS makes nothing of that.
            found["resources"] =
                serde_json::from_str(&found["resources"].to_string().replace("X-R\":true", "X-R\":false"))
                    .unwrap();
            (found["resources"].clone(), found["authorizers"].clone())
        };
        let (was, is) = (resources(&world.api), resources(&again));
        assert_eq!(was.1, is.1);
        if format == "oas30" {
            expect_test::expect![[r##"
                {
                  "components": {
                    "schemas": {
                      "Empty": {
                        "$schema": "http://json-schema.org/draft-04/schema#",
                        "description": "This is a default empty schema model",
                        "title": "Empty Schema",
                        "type": "object"
                      },
                      "Error": {
                        "$schema": "http://json-schema.org/draft-04/schema#",
                        "description": "This is a default error schema model",
                        "properties": {
                          "message": {
                            "type": "string"
                          }
                        },
                        "title": "Error Schema",
                        "type": "object"
                      },
                      "Pet": {
                        "properties": {
                          "name": {
                            "type": "string"
                          }
                        },
                        "required": [
                          "name"
                        ],
                        "type": "object"
                      },
                      "Pets": {
                        "items": {
                          "$ref": "#/components/schemas/Pet"
                        },
                        "type": "array"
                      }
                    },
                    "securitySchemes": {
                      "api_key": {
                        "in": "header",
                        "name": "x-api-key",
                        "type": "apiKey"
                      },
                      "sigv4": {
                        "in": "header",
                        "name": "Authorization",
                        "type": "apiKey",
                        "x-amazon-apigateway-authtype": "awsSigv4"
                      },
                      "who": {
                        "in": "header",
                        "name": "X-Who",
                        "type": "apiKey",
                        "x-amazon-apigateway-authorizer": {
                          "authorizerCredentials": "arn:aws:iam::000000000000:role/gateway",
                          "authorizerResultTtlInSeconds": 300,
                          "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:who/invocations",
                          "type": "token"
                        },
                        "x-amazon-apigateway-authtype": "custom"
                      }
                    }
                  },
                  "info": {
                    "description": "all of it",
                    "title": "rich",
                    "version": "7"
                  },
                  "openapi": "3.0.1",
                  "paths": {
                    "/pets": {
                      "post": {
                        "operationId": "addPet",
                        "parameters": [
                          {
                            "in": "header",
                            "name": "X-A",
                            "required": true,
                            "schema": {
                              "type": "string"
                            }
                          },
                          {
                            "in": "query",
                            "name": "q",
                            "schema": {
                              "type": "string"
                            }
                          }
                        ],
                        "requestBody": {
                          "content": {
                            "application/json": {
                              "schema": {
                                "$ref": "#/components/schemas/Pet"
                              }
                            }
                          },
                          "required": true
                        },
                        "responses": {
                          "200": {
                            "description": "200 response",
                            "headers": {
                              "X-R": {
                                "required": true,
                                "schema": {
                                  "type": "string"
                                }
                              }
                            }
                          }
                        },
                        "security": [
                          {
                            "sigv4": []
                          }
                        ],
                        "x-amazon-apigateway-integration": {
                          "httpMethod": "POST",
                          "passthroughBehavior": "never",
                          "requestParameters": {
                            "integration.request.header.a": "method.request.header.X-A"
                          },
                          "requestTemplates": {
                            "application/json": "{\"pet\": $input.json('$')}"
                          },
                          "responses": {
                            "default": {
                              "responseParameters": {
                                "method.response.header.X-R": "'r'"
                              },
                              "statusCode": "200"
                            }
                          },
                          "type": "aws",
                          "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
                        },
                        "x-amazon-apigateway-request-validator": "Validate body"
                      }
                    },
                    "/pets/{pet}": {
                      "x-amazon-apigateway-any-method": {
                        "parameters": [
                          {
                            "in": "path",
                            "name": "pet",
                            "required": true,
                            "schema": {
                              "type": "string"
                            }
                          }
                        ],
                        "responses": {},
                        "security": [
                          {
                            "who": []
                          },
                          {
                            "api_key": []
                          }
                        ],
                        "x-amazon-apigateway-integration": {
                          "httpMethod": "POST",
                          "passthroughBehavior": "when_no_match",
                          "type": "aws_proxy",
                          "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
                        }
                      }
                    }
                  },
                  "servers": [
                    {
                      "url": "https://API.execute-api.us-east-1.amazonaws.com/{basePath}",
                      "variables": {
                        "basePath": {
                          "default": "/v1"
                        }
                      }
                    }
                  ],
                  "x-amazon-apigateway-api-key-source": "AUTHORIZER",
                  "x-amazon-apigateway-binary-media-types": [
                    "image/png"
                  ],
                  "x-amazon-apigateway-gateway-responses": {
                    "THROTTLED": {
                      "responseTemplates": {
                        "application/json": "{\"calm\":1}"
                      },
                      "statusCode": "420"
                    }
                  },
                  "x-amazon-apigateway-policy": {
                    "Statement": [
                      {
                        "Action": "execute-api:Invoke",
                        "Effect": "Allow",
                        "Principal": "*",
                        "Resource": "execute-api:/*"
                      }
                    ],
                    "Version": "2012-10-17"
                  },
                  "x-amazon-apigateway-request-validators": {
                    "Validate body": {
                      "validateRequestBody": true,
                      "validateRequestParameters": false
                    }
                  }
                }"##]].assert_eq(&exported);
        }
    }
}

/// What SAM makes of a function's events.
const SAM: &str = r#"{
  "swagger": "2.0", "info": {"version": "1.0", "title": "sam-app"},
  "paths": {
    "/hello": {
      "get": {
        "x-amazon-apigateway-integration": {
          "httpMethod": "POST", "type": "aws_proxy",
          "uri": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:f/invocations"
        },
        "responses": {}, "security": [{"Who": []}]
      },
      "options": {
        "summary": "CORS support", "consumes": ["application/json"], "produces": ["application/json"],
        "x-amazon-apigateway-integration": {
          "type": "mock", "requestTemplates": {"application/json": "{\n  \"statusCode\" : 200\n}\n"},
          "responses": {"default": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"},
            "responseTemplates": {"application/json": "{}\n"}
          }}
        },
        "responses": {"200": {
          "description": "Default response for CORS method",
          "headers": {"Access-Control-Allow-Origin": {"type": "string"}}
        }}
      }
    }
  },
  "securityDefinitions": {"Who": {
    "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
      "type": "token",
      "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:who/invocations"
    }
  }}
}"#;

#[test]
fn what_sam_makes_is_imported_and_answers() {
    let mut world = World::new();
    world.api = import(&world, SAM);
    world.deploy();
    assert_eq!(world.call("OPTIONS", "/hello", &[], "").header("access-control-allow-origin"), Some("*"));
    assert_eq!(world.call("GET", "/hello", &[], "").status, 401);
    let allow = json!({ "principalId": "p", "policyDocument": { "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*" }] } });
    world.answers(AUTHORIZER, allow, false);
    let answered = world.call("GET", "/hello", &[("authorization", "token")], "");
    assert_eq!(answered.status, 200, "{answered:?}");
}

fn refused(world: &World, query: &str, document: &Json) -> String {
    let (status, answer) =
        world.send("POST", &format!("/restapis?mode=import{query}"), &document.to_string());
    let answer: Json = serde_json::from_str(&answer).unwrap();
    format!("{status} {}", answer["message"].as_str().unwrap_or_default())
}

/// A document with one method.
fn with_method(method: Json) -> Json {
    json!({ "openapi": "3.0.1", "info": { "title": "t" }, "paths": { "/pets": { "get": method } } })
}

#[test]
fn wrong_documents_are_refused_in_awss_words_and_leave_nothing() {
    let world = World::new();
    let count = |world: &World| world.ok("GET", "/restapis", Json::Null)["item"].as_array().unwrap().len();
    let before = count(&world);
    let check = |document: &Json, query: &str, expected: &str| {
        assert_eq!(refused(&world, query, document), expected, "{document}");
    };
    for text in ["[]", "not a document", "a: [", "{\"swagger\": \"1.2\"}", "{\"openapi\": \"4.0.0\"}"] {
        let (status, answer) = world.send("POST", "/restapis?mode=import", text);
        assert_eq!((status, answer.contains("Invalid OpenAPI input.")), (400, true), "{text} {answer}");
    }
    let integration =
        |what: Json| with_method(json!({ "responses": {}, "x-amazon-apigateway-integration": what }));
    check(
        &integration(json!({ "type": "aws_proxy", "uri": { "Fn::Sub": "arn" } })),
        "",
        "400 Unable to parse API definition because of a malformed integration at path /pets.",
    );
    check(
        &integration(json!({ "type": "http", "httpMethod": "GET", "uri": "nowhere" })),
        "",
        "400 Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/pets': Invalid HTTP endpoint specified for URI",
    );
    check(
        &integration(json!({ "type": "mock", "responses": { "default": { "statusCode": "200" } } })),
        "",
        "400 Errors found during import:\n\tUnable to put integration response on 'GET' for resource at path '/pets': Invalid Response status code specified",
    );
    let reference = json!({ "schema": { "$ref": "#/components/schemas/None" } });
    check(
        &with_method(
            json!({ "responses": {}, "requestBody": { "content": { "application/json": reference } } }),
        ),
        "",
        "400 Errors found during import:\n\tUnable to put method 'GET' on resource at path '/pets': Invalid model identifier specified: None",
    );
    let mut document = with_method(json!({ "responses": {} }));
    document["components"] = json!({ "schemas": { "a_b": { "type": "object" } } });
    document["paths"]["/a b"] = json!({});
    check(
        &document,
        "",
        "400 Errors found during import:\n\tUnable to create model for 'a_b': Model name must be alphanumeric: a_b\n\tUnable to create resource at path '/a b': Resource's path part only allow a-zA-Z0-9._-:+$@ or a valid greedy path variable and curly braces at the beginning and the end.",
    );
    check(
        &with_method(json!({})),
        "&failonwarnings=true",
        "400 Warnings found during import:\n\tParse issue: attribute paths.'/pets'(get).responses is missing",
    );
    let warned = world.text("POST", "/restapis?mode=import", &with_method(json!({})).to_string());
    assert!(
        warned.contains("\"warnings\":[\"Parse issue: attribute paths.'/pets'(get).responses is missing\"]")
    );
    assert_eq!(count(&world), before + 1);
}

#[test]
fn what_moat_lacks_is_refused_by_name() {
    let world = World::new();
    let mut document = with_method(json!({ "responses": {} }));
    document["x-amazon-apigateway-minimum-compression-size"] = json!(1024);
    assert!(refused(&world, "", &document).starts_with("501 minimumCompressionSize"));
    document = with_method(json!({ "responses": {} }));
    document["x-amazon-apigateway-documentation"] = json!({ "version": "1" });
    assert!(refused(&world, "", &document).starts_with("501 x-amazon-apigateway-documentation"));
    assert!(refused(&world, "&ignore=documentation", &document).starts_with("201"));
    document["components"] = json!({ "securitySchemes": { "pool": {
        "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": { "type": "cognito_user_pools", "providerARNs": ["arn:aws:cognito-idp:x"] } } } });
    assert!(
        refused(&world, "&ignore=documentation", &document).starts_with("501 authorizers of type COGNITO")
    );
}

#[test]
fn quotas_hold_for_imports() {
    let world = World::new();
    let paths: serde_json::Map<String, Json> = (0..300).map(|n| (format!("/p{n}"), json!({}))).collect();
    let document = json!({ "openapi": "3.0.1", "info": { "title": "t" }, "paths": paths });
    assert_eq!(refused(&world, "", &document), "429 Maximum number of resources exceeded");
    let names = (0..11).map(|n| {
        (
            format!("a{n}"),
            json!({
        "type": "apiKey", "name": "A", "in": "header",
        "x-amazon-apigateway-authorizer": { "type": "token", "authorizerUri": uri(AUTHORIZER) } }),
        )
    });
    let schemes: serde_json::Map<String, Json> = names.collect();
    let document = json!({ "openapi": "3.0.1", "info": { "title": "t" }, "paths": {}, "components": { "securitySchemes": schemes } });
    assert_eq!(refused(&world, "", &document), "429 Maximum number of Authorizers for this API exceeded.");
}

/// Merged, what is there stays; overwritten, it goes; refused, nothing changes.
#[test]
fn a_document_is_merged_or_overwrites() {
    let world = World::of(json!({ "name": "a", "description": "d", "binaryMediaTypes": ["a/b"],
        "policy": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}"# }));
    world.proxy("/old/one", "GET", open());
    let paths = |world: &World| {
        let all = world.ok("GET", &world.at("/resources?limit=500"), Json::Null);
        let found = all["item"].as_array().unwrap().iter();
        found.map(|r| (text(&r["path"]), text(&r["id"]))).collect::<Vec<_>>()
    };
    let before = paths(&world);
    let mut document =
        with_method(json!({ "responses": {}, "x-amazon-apigateway-integration": { "type": "mock" } }));
    document["servers"] =
        json!([{ "url": "https://x/{basePath}", "variables": { "basePath": { "default": "a/b" } } }]);
    world.text("PUT", &world.at("?mode=merge&basepath=split"), &document.to_string());
    let merged = paths(&world);
    assert_eq!(
        merged.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
        ["/", "/b", "/b/pets", "/old", "/old/one"]
    );
    assert!(before.iter().all(|old| merged.contains(old)), "what was there stays as it was");
    document["paths"]["/old"] = json!({ "x-amazon-apigateway-any-method": {
        "responses": {}, "x-amazon-apigateway-integration": { "type": "http", "httpMethod": "GET", "uri": "x" } } });
    assert!(world.send("PUT", &world.at("?mode=overwrite"), &document.to_string()).0 == 400);
    assert_eq!(paths(&world), merged);
    document["paths"]["/old"] = json!({});
    let api: Json =
        serde_json::from_str(&world.text("PUT", &world.at("?mode=overwrite"), &document.to_string()))
            .unwrap();
    let overwritten = paths(&world);
    assert_eq!(overwritten.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["/", "/old", "/pets"]);
    assert!(overwritten[..2].iter().all(|old| before.contains(old)), "a path that stays keeps its id");
    assert_eq!(
        (&api["name"], api.get("description"), api.get("binaryMediaTypes")),
        (&json!("t"), None, None)
    );
    assert!(api["policy"].as_str().unwrap().contains("Deny"), "an API is not opened by what is not said");
}

/// Roles in a document must be passed by who imports it.
#[test]
fn roles_in_documents_are_asked_about() {
    use service::Handler;
    let body = SAM.replace(
        "\"type\": \"token\",",
        &format!("\"type\": \"token\", \"authorizerCredentials\": \"{ROLE}\","),
    );
    let input =
        svc_apigateway::api::ImportRestApiRequest { body: Some(body.into_bytes()), ..Default::default() };
    let world = World::new();
    let call = service::testing::root_call(crate::world::NOW);
    let asked = svc_apigateway::api::ImportRestApi::access(&world.gateway, &call, &input).unwrap();
    let asked: Vec<(&str, &str)> = asked.iter().map(|a| (a.action.as_str(), a.resource.as_str())).collect();
    assert_eq!(
        asked,
        [("apigateway:POST", "arn:aws:apigateway:us-east-1::/restapis"), ("iam:PassRole", ROLE)]
    );
}

#[test]
fn exports_say_what_is_asked_for() {
    let world = World::new();
    world.proxy("/pets", "GET", json!({ "authorizationType": "AWS_IAM" }));
    world.deploy();
    let get = |rest: &str| world.text("GET", &world.at(&format!("/stages/v1/exports/{rest}")), "");
    let plain = get("oas30");
    assert!(!plain.contains("x-amazon"), "{plain}");
    assert!(get("oas30?extensions=integrations").contains("x-amazon-apigateway-integration"));
    assert!(get("swagger?extensions=authorizers").contains("\"x-amazon-apigateway-authtype\": \"awsSigv4\""));
    assert!(!get("swagger?extensions=authorizers").contains("x-amazon-apigateway-integration"));
    // What is not deployed is not told.
    world.proxy("/later", "GET", open());
    assert!(!get("oas30?extensions=integrations,authorizers").contains("/later"));
    let refused =
        |rest: &str| world.refused("GET", &world.at(&format!("/stages/v1/exports/{rest}")), Json::Null);
    assert_eq!(refused("raml"), "400 No API exporter for type 'raml'");
    assert!(refused("swagger?extensions=postman").starts_with("501 the export's extension postman"));
    assert_eq!(
        world.refused("GET", &world.at("/stages/v2/exports/oas30"), Json::Null),
        "404 Invalid stage identifier specified"
    );
}

/// Who says a resource policy needs a permission of its own, whichever way it is said.
#[test]
fn resource_policies_are_asked_about() {
    use service::Handler;
    use svc_apigateway::api::{
        CreateRestApi, CreateRestApiRequest, ImportRestApi, ImportRestApiRequest, PatchOperation, PutRestApi,
        PutRestApiRequest, UpdateRestApi, UpdateRestApiRequest,
    };
    let world = World::new();
    let call = service::testing::root_call(crate::world::NOW);
    let actions = |asked: Vec<service::Access>| -> Vec<String> {
        asked.into_iter().map(|a| format!("{} {}", a.action, a.resource)).collect()
    };
    let (all, one) =
        ("arn:aws:apigateway:us-east-1::/restapis", "arn:aws:apigateway:us-east-1::/restapis/abc");
    let wanted = |verb: &str, on: &str, says: bool| {
        let more = says.then(|| format!("apigateway:UpdateRestApiPolicy {on}"));
        std::iter::once(format!("apigateway:{verb} {on}")).chain(more).collect::<Vec<_>>()
    };
    for says in [false, true] {
        let policy = says.then(|| "{}".to_owned());
        let create = CreateRestApiRequest { policy, ..Default::default() };
        assert_eq!(
            actions(CreateRestApi::access(&world.gateway, &call, &create).unwrap()),
            wanted("POST", all, says)
        );
        let path = if says { "/policy" } else { "/name" };
        let patch = PatchOperation { path: Some(path.to_owned()), ..Default::default() };
        let update =
            UpdateRestApiRequest { rest_api_id: Some("abc".to_owned()), patch_operations: Some(vec![patch]) };
        assert_eq!(
            actions(UpdateRestApi::access(&world.gateway, &call, &update).unwrap()),
            wanted("PATCH", one, says)
        );
        let mut document =
            json!({ "openapi": "3.0.1", "info": { "title": "t", "version": "1" }, "paths": {} });
        if says {
            document["x-amazon-apigateway-policy"] = json!({ "Version": "2012-10-17", "Statement": [] });
        }
        let body = Some(document.to_string().into_bytes());
        let import = ImportRestApiRequest { body: body.clone(), ..Default::default() };
        assert_eq!(
            actions(ImportRestApi::access(&world.gateway, &call, &import).unwrap()),
            wanted("POST", all, says)
        );
        let put = PutRestApiRequest { rest_api_id: Some("abc".to_owned()), body, ..Default::default() };
        assert_eq!(
            actions(PutRestApi::access(&world.gateway, &call, &put).unwrap()),
            wanted("PUT", one, says)
        );
    }
}

/// What a document says of the API's addresses holds, or is refused, for one that is there already, too.
#[test]
fn a_document_says_which_addresses_an_api_has() {
    let world = World::of(json!({ "name": "a", "endpointConfiguration": { "types": ["REGIONAL"] } }));
    let put = |kind: &str| {
        let document = json!({ "openapi": "3.0.1", "info": { "title": "a", "version": "1" }, "paths": {},
            "servers": [{ "url": "https://x/", "x-amazon-apigateway-endpoint-configuration": { "ipAddressType": kind } }] });
        world.send("PUT", &world.at(""), &document.to_string())
    };
    assert!(put("dualstack").1.contains(r#""ipAddressType":"dualstack""#));
    assert!(put("ipv4").1.contains(r#""ipAddressType":"ipv4""#));
    assert_eq!(put("ipv5").0, 400);
}

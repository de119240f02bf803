//! The service behind the real pipeline and codecs, with a store on disk and a clock that the
//! tests move.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed step must fail the test"
)]

use base::{AccountId, RandomIds, Scope, Timestamp};
use keyring::Keyring;
use policy::Principal;
use serde_json::{Value, json};
use service::testing::{Asking, Judge, pipeline_under, root_call};
use service::{Call, Caller, Pipeline};
use std::sync::Arc;
use store::{Durability, Store};
use svc_secretsmanager::{ManagedSpec, SecretsManager, registry};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// A token, which has to have 32 characters at least.
const T1: &str = "11111111-1111-1111-1111-111111111111";
const T2: &str = "22222222-2222-2222-2222-222222222222";
const T3: &str = "33333333-3333-3333-3333-333333333333";

struct World {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    service: Arc<SecretsManager>,
    pipeline: Pipeline,
    judge: Arc<Judge>,
    account: &'static str,
    now: Timestamp,
}

fn world() -> World {
    start(tempfile::tempdir().unwrap())
}

fn start(folder: tempfile::TempDir) -> World {
    let store = Store::open(folder.path(), Durability::Ephemeral).unwrap();
    let keyring = Keyring::load_or_create(&folder.path().join("secrets.key"), Arc::new(RandomIds)).unwrap();
    let service = Arc::new(SecretsManager::new(store.clone(), keyring, Arc::new(RandomIds)));
    let judge = Arc::new(Judge::default());
    let pipeline = pipeline_under(judge.clone(), registry(service.clone()), &store);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    World {
        folder,
        runtime,
        service,
        pipeline,
        judge,
        account: "000000000000",
        now: Timestamp::from_secs(1_800_000_000),
    }
}

impl World {
    fn call(&self, operation: &str, input: &Value) -> (u16, Value) {
        let account: AccountId = self.account.parse().unwrap();
        let call = root_call(self.now);
        let caller = Caller {
            principal: Principal::Root { account: account.clone() },
            account: account.clone(),
            ..call.caller
        };
        let call = Call { caller, scope: Scope { account, ..call.scope }, ..call };
        let request = wire::http::Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("X-Amz-Target".into(), format!("secretsmanager.{operation}"))],
            body: input.to_string().into(),
            ..Default::default()
        };
        let response = self.runtime.block_on(self.pipeline.handle("secretsmanager", &call, &request));
        let body = if response.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&response.body).unwrap()
        };
        (response.status, body)
    }

    fn ok(&self, operation: &str, input: Value) -> Value {
        let (status, body) = self.call(operation, &input);
        assert_eq!(status, 200, "{operation} {input}: {body}");
        body
    }

    fn err(&self, operation: &str, input: Value) -> String {
        let (status, body) = self.call(operation, &input);
        assert_ne!(status, 200, "{operation} {input}: {body}");
        let code = body["__type"].as_str().unwrap().rsplit('#').next().unwrap();
        let message = body["message"].as_str().or(body["Message"].as_str()).unwrap_or_default();
        format!("{status} {code}: {message}")
    }

    /// Creates a secret with a value and gives its ARN.
    fn create(&self, name: &str, value: &str) -> String {
        let created =
            self.ok("CreateSecret", json!({"Name": name, "SecretString": value, "ClientRequestToken": T1}));
        created["ARN"].as_str().unwrap().to_owned()
    }

    fn value(&self, id: &str) -> Value {
        self.ok("GetSecretValue", json!({"SecretId": id}))["SecretString"].clone()
    }

    fn advance_days(&mut self, days: i64) {
        self.now = self.now.plus_ms(days * DAY_MS);
    }

    fn stages(&self, id: &str) -> Value {
        self.ok("DescribeSecret", json!({"SecretId": id}))["VersionIdsToStages"].clone()
    }
}

const NOT_FOUND: &str = "400 ResourceNotFoundException: Secrets Manager can't find the specified secret.";
const MARKED: &str = "400 InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.";

#[test]
fn a_secret_is_read_by_name_by_arn_and_by_partial_arn() {
    let w = world();
    let arn = w.create("prod/db", "hunter2");
    let start = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-";
    let suffix = arn.strip_prefix(start).unwrap();
    assert!(suffix.len() == 6 && suffix.chars().all(|c| c.is_ascii_alphanumeric()), "{arn}");
    for id in ["prod/db", &arn, start.trim_end_matches('-')] {
        assert_eq!(
            w.ok("GetSecretValue", json!({"SecretId": id})),
            json!({"ARN": arn, "Name": "prod/db", "SecretString": "hunter2", "VersionId": T1,
                   "VersionStages": ["AWSCURRENT"], "CreatedDate": 1_800_000_000})
        );
    }
    for id in
        ["prod", &format!("prod/db-{suffix}"), &format!("{start}XXXXXX"), "arn:aws:iam::000000000000:role/x"]
    {
        assert_eq!(w.err("GetSecretValue", json!({"SecretId": id})), NOT_FOUND, "{id}");
    }
}

#[test]
fn bytes_come_back_as_bytes() {
    let w = world();
    w.ok("CreateSecret", json!({"Name": "b", "SecretBinary": "AAEC/w==", "ClientRequestToken": T1}));
    let read = w.ok("GetSecretValue", json!({"SecretId": "b"}));
    assert_eq!((&read["SecretBinary"], &read["SecretString"]), (&json!("AAEC/w=="), &Value::Null));
}

#[test]
fn a_secret_without_a_value_says_so() {
    let w = world();
    let created = w.ok("CreateSecret", json!({"Name": "empty", "ClientRequestToken": T1}));
    assert_eq!(created["VersionId"], Value::Null);
    assert_eq!(
        w.err("GetSecretValue", json!({"SecretId": "empty"})),
        "400 ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
    );
    w.ok("PutSecretValue", json!({"SecretId": "empty", "SecretString": "x", "ClientRequestToken": T2}));
    assert_eq!(w.stages("empty"), json!({T2: ["AWSCURRENT"]}));
    assert_eq!(
        w.err("GetSecretValue", json!({"SecretId": "empty", "VersionStage": "AWSPREVIOUS"})),
        "400 ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS"
    );
}

#[test]
fn creating_twice_is_idempotent_by_token_and_refused_otherwise() {
    let w = world();
    let arn = w.create("s", "v");
    assert_eq!(w.create("s", "v"), arn);
    let exists = "400 ResourceExistsException: The operation failed because the secret s already exists.";
    for input in [
        json!({"Name": "s", "SecretString": "other", "ClientRequestToken": T1}),
        json!({"Name": "s", "SecretString": "v", "ClientRequestToken": T2}),
        json!({"Name": "s"}),
    ] {
        assert_eq!(w.err("CreateSecret", input), exists);
    }
    assert_eq!(w.value("s"), "v");
}

#[test]
fn versions_follow_one_another() {
    let w = world();
    let arn = w.create("s", "one");
    let put =
        w.ok("PutSecretValue", json!({"SecretId": "s", "SecretString": "two", "ClientRequestToken": T2}));
    assert_eq!(put, json!({"ARN": arn, "Name": "s", "VersionId": T2, "VersionStages": ["AWSCURRENT"]}));
    let by = |member: &str, value: &str| {
        w.ok("GetSecretValue", json!({"SecretId": "s", member: value}))["SecretString"].clone()
    };
    assert_eq!(
        (by("VersionStage", "AWSPREVIOUS"), by("VersionStage", "AWSCURRENT"), by("VersionId", T1)),
        (json!("one"), json!("two"), json!("one"))
    );
    assert_eq!(
        w.err("GetSecretValue", json!({"SecretId": "s", "VersionId": T1, "VersionStage": "AWSCURRENT"})),
        "400 InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId."
    );
    assert_eq!(
        w.err("GetSecretValue", json!({"SecretId": "s", "VersionId": T3})),
        format!(
            "400 ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: {T3}"
        )
    );
    // The same request again changes nothing; another value under the token is refused.
    w.ok("PutSecretValue", json!({"SecretId": "s", "SecretString": "two", "ClientRequestToken": T2}));
    assert_eq!(
        w.err("PutSecretValue", json!({"SecretId": "s", "SecretString": "three", "ClientRequestToken": T2})),
        format!(
            "400 ResourceExistsException: You can't use ClientRequestToken {T2} because that value is already in use for a version of secret {arn}."
        )
    );
    w.ok(
        "UpdateSecret",
        json!({"SecretId": "s", "SecretString": "three", "ClientRequestToken": T3, "Description": "d"}),
    );
    assert_eq!(w.stages("s"), json!({T2: ["AWSPREVIOUS"], T3: ["AWSCURRENT"]}));
    let versions = |deprecated: bool| {
        let list = w.ok("ListSecretVersionIds", json!({"SecretId": "s", "IncludeDeprecated": deprecated}));
        list["Versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v["VersionId"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (versions(false), versions(true)),
        (vec![T2.to_owned(), T3.to_owned()], vec![T1.to_owned(), T2.to_owned(), T3.to_owned()])
    );
}

#[test]
fn labels_move_only_when_the_holder_is_named() {
    let w = world();
    w.create("s", "one");
    w.ok("PutSecretValue", json!({"SecretId": "s", "SecretString": "two", "ClientRequestToken": T2, "VersionStages": ["AWSPENDING"]}));
    assert_eq!(w.stages("s"), json!({T1: ["AWSCURRENT"], T2: ["AWSPENDING"]}));
    let stage = |from: Option<&str>, to: Option<&str>, label: &str| json!({"SecretId": "s", "VersionStage": label, "RemoveFromVersionId": from, "MoveToVersionId": to});
    assert_eq!(
        w.err("UpdateSecretVersionStage", stage(None, Some(T2), "AWSCURRENT")),
        format!(
            "400 InvalidParameterException: The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version {T1}, so you must explicitly reference that version in RemoveFromVersionId."
        )
    );
    assert_eq!(
        w.err("UpdateSecretVersionStage", stage(Some(T1), None, "AWSCURRENT")),
        "400 InvalidParameterException: You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed."
    );
    assert!(
        w.err("UpdateSecretVersionStage", stage(Some(T1), None, "AWSPENDING"))
            .contains("currently attached to version")
    );
    assert!(
        w.err("UpdateSecretVersionStage", stage(Some(T3), None, "AWSPENDING")).contains("VersionId: 3333")
    );
    w.ok("UpdateSecretVersionStage", stage(Some(T1), Some(T2), "AWSCURRENT"));
    assert_eq!(w.stages("s"), json!({T1: ["AWSPREVIOUS"], T2: ["AWSPENDING", "AWSCURRENT"]}));
    w.ok("UpdateSecretVersionStage", stage(Some(T2), None, "AWSPENDING"));
    assert_eq!(
        (w.value("s"), w.stages("s")),
        (json!("two"), json!({T1: ["AWSPREVIOUS"], T2: ["AWSCURRENT"]}))
    );
}

#[test]
fn a_deleted_secret_can_be_brought_back_until_its_window_is_over() {
    let mut w = world();
    let arn = w.create("s", "v");
    let deleted = w.ok("DeleteSecret", json!({"SecretId": "s", "RecoveryWindowInDays": 7}));
    assert_eq!(deleted, json!({"ARN": arn, "Name": "s", "DeletionDate": 1_800_000_000 + 7 * 86_400}));
    for (operation, input) in [
        ("GetSecretValue", json!({"SecretId": "s"})),
        ("PutSecretValue", json!({"SecretId": "s", "SecretString": "x", "ClientRequestToken": T2})),
        ("UpdateSecret", json!({"SecretId": "s", "Description": "x"})),
        ("TagResource", json!({"SecretId": "s", "Tags": [{"Key": "a", "Value": "b"}]})),
        ("UntagResource", json!({"SecretId": "s", "TagKeys": ["a"]})),
        ("GetResourcePolicy", json!({"SecretId": "s"})),
        ("DeleteResourcePolicy", json!({"SecretId": "s"})),
    ] {
        assert_eq!(w.err(operation, input), MARKED, "{operation}");
    }
    assert_eq!(
        w.err("CreateSecret", json!({"Name": "s"})),
        "400 InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion."
    );
    assert!(w.ok("DescribeSecret", json!({"SecretId": "s"}))["DeletedDate"].is_number());
    assert_eq!(w.ok("ListSecrets", json!({}))["SecretList"], json!([]));
    assert_eq!(w.ok("ListSecrets", json!({"IncludePlannedDeletion": true}))["SecretList"][0]["Name"], "s");
    w.ok("RestoreSecret", json!({"SecretId": "s"}));
    assert_eq!(w.value("s"), "v");
    w.ok("DeleteSecret", json!({"SecretId": "s", "RecoveryWindowInDays": 7}));
    w.advance_days(6);
    assert_eq!(w.runtime.block_on(w.service.erase_due(w.now)).unwrap(), 0);
    w.advance_days(1);
    assert_eq!(w.err("RestoreSecret", json!({"SecretId": "s"})), NOT_FOUND);
    assert_eq!(w.runtime.block_on(w.service.erase_due(w.now)).unwrap(), 1);
    assert_ne!(w.create("s", "new"), arn);
    assert_eq!(w.value("s"), "new");
}

#[test]
fn deletion_has_its_rules() {
    let w = world();
    w.create("s", "v");
    for days in [6, 31, 0, -1] {
        assert_eq!(
            w.err("DeleteSecret", json!({"SecretId": "s", "RecoveryWindowInDays": days})),
            "400 InvalidParameterException: The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
        );
    }
    assert_eq!(
        w.err(
            "DeleteSecret",
            json!({"SecretId": "s", "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": true})
        ),
        "400 InvalidParameterException: You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
    );
    w.ok("DeleteSecret", json!({"SecretId": "s"}));
    assert!(w.err("DeleteSecret", json!({"SecretId": "s"})).contains("already scheduled for deletion"));
    w.ok("DeleteSecret", json!({"SecretId": "s", "ForceDeleteWithoutRecovery": true}));
    assert_eq!(w.err("DescribeSecret", json!({"SecretId": "s"})), NOT_FOUND);
    w.ok("DeleteSecret", json!({"SecretId": "s", "ForceDeleteWithoutRecovery": true}));
    assert_eq!(w.err("DeleteSecret", json!({"SecretId": "s"})), NOT_FOUND);
    w.create("s", "again");
}

#[test]
fn bad_input_is_refused_and_leaves_nothing_behind() {
    let w = world();
    w.create("s", "v");
    let validation = "400 ValidationException: Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
    assert_eq!(w.err("CreateSecret", json!({"Name": "a b"})), validation);
    for (operation, input, code) in [
        ("CreateSecret", json!({}), "ValidationException"),
        ("CreateSecret", json!({"Name": ""}), "ValidationException"),
        ("CreateSecret", json!({"Name": "x".repeat(513)}), "ValidationException"),
        ("CreateSecret", json!({"Name": 7}), "SerializationException"),
        (
            "CreateSecret",
            json!({"Name": "n", "SecretString": "a", "SecretBinary": "YQ==", "ClientRequestToken": T1}),
            "InvalidParameterException",
        ),
        ("CreateSecret", json!({"Name": "n", "SecretString": "a"}), "InvalidRequestException"),
        (
            "CreateSecret",
            json!({"Name": "n", "SecretString": "a", "ClientRequestToken": "short"}),
            "ValidationException",
        ),
        (
            "CreateSecret",
            json!({"Name": "n", "SecretString": "é".repeat(40_000), "ClientRequestToken": T1}),
            "LimitExceededException",
        ),
        (
            "CreateSecret",
            json!({"Name": "n", "SecretString": "a".repeat(65_537), "ClientRequestToken": T1}),
            "ValidationException",
        ),
        (
            "CreateSecret",
            json!({"Name": "n", "Tags": [{"Key": "aws:x", "Value": "y"}]}),
            "InvalidParameterException",
        ),
        ("PutSecretValue", json!({"SecretId": "s", "ClientRequestToken": T2}), "InvalidRequestException"),
        (
            "PutSecretValue",
            json!({"SecretId": "missing", "SecretString": "a", "ClientRequestToken": T2}),
            "ResourceNotFoundException",
        ),
        ("UpdateSecret", json!({"SecretId": "missing"}), "ResourceNotFoundException"),
        (
            "PutResourcePolicy",
            json!({"SecretId": "s", "ResourcePolicy": "{"}),
            "MalformedPolicyDocumentException",
        ),
        ("ListSecrets", json!({"NextToken": "zzz"}), "InvalidNextTokenException"),
        ("ListSecrets", json!({"MaxResults": 0}), "ValidationException"),
        ("GetRandomPassword", json!({"PasswordLength": 3}), "InvalidParameterException"),
    ] {
        let error = w.err(operation, input.clone());
        assert!(error.starts_with(&format!("400 {code}")), "{operation} {input}: {error}");
    }
    for (operation, input) in [
        ("CreateSecret", json!({"Name": "n", "KmsKeyId": "alias/mine"})),
        ("CreateSecret", json!({"Name": "n", "AddReplicaRegions": [{"Region": "eu-west-1"}]})),
        ("RotateSecret", json!({"SecretId": "s"})),
    ] {
        assert!(w.err(operation, input).starts_with("501 NotImplemented"), "{operation}");
    }
    assert!(w.err("NoSuchThing", json!({})).starts_with("400 UnknownOperationException"));
    let names = w.ok("ListSecrets", json!({}));
    assert_eq!((names["SecretList"].as_array().unwrap().len(), w.value("s")), (1, json!("v")));
}

#[test]
fn descriptions_tags_and_reads_show() {
    let mut w = world();
    w.ok("CreateSecret", json!({"Name": "s", "Description": "d", "Tags": [{"Key": "a", "Value": "1"}], "SecretString": "v", "ClientRequestToken": T1}));
    let before = w.ok("DescribeSecret", json!({"SecretId": "s"}));
    assert_eq!(
        before,
        json!({"ARN": before["ARN"], "Name": "s", "Description": "d", "Tags": [{"Key": "a", "Value": "1"}],
               "CreatedDate": 1_800_000_000, "LastChangedDate": 1_800_000_000, "VersionIdsToStages": {T1: ["AWSCURRENT"]}})
    );
    w.ok(
        "TagResource",
        json!({"SecretId": "s", "Tags": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]}),
    );
    w.ok("UntagResource", json!({"SecretId": "s", "TagKeys": ["a"]}));
    w.advance_days(1);
    w.value("s");
    let after = w.ok("DescribeSecret", json!({"SecretId": "s"}));
    assert_eq!(after["Tags"], json!([{"Key": "b", "Value": "3"}]));
    let day = after["LastAccessedDate"].as_f64().unwrap();
    assert!(day % 86_400.0 == 0.0 && day > 1_800_000_000.0 - 1.0, "{day}");
}

#[test]
fn lists_are_filtered_sorted_and_paged() {
    let mut w = world();
    for name in ["b", "a", "c"] {
        w.create(name, "v");
        w.now = w.now.plus_ms(1000);
    }
    let names = |input: Value| {
        let list = w.ok("ListSecrets", input);
        let names: Vec<String> = list["SecretList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["Name"].as_str().unwrap().to_owned())
            .collect();
        (names.join(""), list["NextToken"].clone())
    };
    assert_eq!(names(json!({})).0, "bac");
    assert_eq!(names(json!({"SortBy": "name", "SortOrder": "desc"})).0, "cba");
    assert_eq!(names(json!({"Filters": [{"Key": "name", "Values": ["a", "c"]}]})).0, "ac");
    let (first, token) = names(json!({"MaxResults": 2}));
    let (second, end) = names(json!({"MaxResults": 2, "NextToken": token}));
    assert_eq!((first + &second, end), ("bac".into(), Value::Null));
}

#[test]
fn policies_are_kept_as_given_and_asked_about() {
    let w = world();
    let arn = w.create("s", "v");
    let policy = r#"{ "Version" : "2012-10-17", "Statement": [{"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}] }"#;
    assert_eq!(w.ok("GetResourcePolicy", json!({"SecretId": "s"})), json!({"ARN": arn, "Name": "s"}));
    assert_eq!(
        w.ok("PutResourcePolicy", json!({"SecretId": "s", "ResourcePolicy": policy})),
        json!({"ARN": arn, "Name": "s"})
    );
    assert_eq!(w.ok("GetResourcePolicy", json!({"SecretId": "s"}))["ResourcePolicy"], policy);
    w.judge.asked.lock().unwrap().clear();
    w.ok("TagResource", json!({"SecretId": "s", "Tags": [{"Key": "t", "Value": "u"}]}));
    w.value("s");
    let asked = w.judge.asked.lock().unwrap();
    let get = asked.last().unwrap();
    assert_eq!((get.action.as_str(), get.resource.as_str()), ("secretsmanager:GetSecretValue", arn.as_str()));
    assert_eq!(get.resource_policy.as_ref().unwrap().text(), policy);
    let context: Vec<_> = get.context.iter().map(|(k, v)| format!("{k}={}", v.join(","))).collect();
    assert_eq!(
        context,
        [
            "aws:ResourceTag/t=u",
            "secretsmanager:ResourceTag/t=u",
            "secretsmanager:SecretId=s",
            "secretsmanager:VersionStage=AWSCURRENT"
        ]
    );
    drop(asked);
    w.ok("DeleteResourcePolicy", json!({"SecretId": "s"}));
    assert_eq!(w.ok("GetResourcePolicy", json!({"SecretId": "s"})), json!({"ARN": arn, "Name": "s"}));
    let public = policy.replace("Deny", "Allow");
    assert!(
        w.err(
            "PutResourcePolicy",
            json!({"SecretId": "s", "ResourcePolicy": public, "BlockPublicPolicy": true})
        )
        .starts_with("400 PublicPolicyException")
    );
    assert_eq!(
        w.ok("ValidateResourcePolicy", json!({"ResourcePolicy": policy}))["PolicyValidationPassed"],
        true
    );
    assert_eq!(
        w.ok("ValidateResourcePolicy", json!({"SecretId": "s", "ResourcePolicy": public}))["PolicyValidationPassed"],
        false
    );
}

#[test]
fn what_is_denied_is_not_done_and_tells_nothing() {
    let w = world();
    let deny = |action: &str| *w.judge.denied.lock().unwrap() = Some(format!("secretsmanager:{action}"));
    w.create("s", "v");
    for (action, operation, input) in [
        ("CreateSecret", "CreateSecret", json!({"Name": "n"})),
        ("TagResource", "CreateSecret", json!({"Name": "n", "Tags": [{"Key": "a", "Value": "b"}]})),
        ("GetSecretValue", "GetSecretValue", json!({"SecretId": "s"})),
        ("GetSecretValue", "GetSecretValue", json!({"SecretId": "missing"})),
        ("DeleteSecret", "DeleteSecret", json!({"SecretId": "s"})),
        (
            "PutSecretValue",
            "PutSecretValue",
            json!({"SecretId": "s", "SecretString": "x", "ClientRequestToken": T2}),
        ),
    ] {
        deny(action);
        assert_eq!(w.err(operation, input), "400 AccessDeniedException: denied", "{action}");
    }
    deny("nothing");
    assert_eq!(
        (w.value("s"), w.err("DescribeSecret", json!({"SecretId": "n"}))),
        (json!("v"), NOT_FOUND.to_owned())
    );
    let asked = w.judge.asked.lock().unwrap();
    let resources: Vec<&str> = asked.iter().map(|a| a.resource.as_str()).collect();
    assert!(
        resources.contains(&"arn:aws:secretsmanager:us-east-1:000000000000:secret:missing-??????"),
        "{resources:?}"
    );
}

#[test]
fn another_account_has_other_secrets_and_cannot_use_the_default_key() {
    let mut w = world();
    let arn = w.create("s", "v");
    w.account = "111111111111";
    assert_eq!(w.err("GetSecretValue", json!({"SecretId": "s"})), NOT_FOUND);
    assert!(w.err("GetSecretValue", json!({"SecretId": arn})).contains("different AWS account"));
    assert_ne!(w.create("s", "mine"), arn);
    assert_eq!(w.value("s"), "mine");
}

#[test]
fn nothing_on_the_disk_shows_a_value_and_a_restart_keeps_it() {
    let mut w = world();
    let arn = w.create("s", "correct-horse-battery");
    w.ok(
        "PutSecretValue",
        json!({"SecretId": "s", "SecretBinary": "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5", "ClientRequestToken": T2}),
    );
    let folder = std::mem::replace(&mut w.folder, tempfile::tempdir().unwrap());
    drop(w);
    let mut files = vec![folder.path().to_owned()];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        seen += bytes.len();
        for needle in [&b"correct-horse"[..], b"Y29ycmVjdC1ob3JzZS"] {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{}", path.display());
        }
    }
    assert!(seen > 1000, "the store is on the disk");
    let w = start(folder);
    let old = w.ok("GetSecretValue", json!({"SecretId": arn, "VersionStage": "AWSPREVIOUS"}));
    assert_eq!(old["SecretString"], "correct-horse-battery");
}

#[test]
fn without_the_key_a_value_does_not_open() {
    let mut w = world();
    w.create("s", "v");
    let folder = std::mem::replace(&mut w.folder, tempfile::tempdir().unwrap());
    drop(w);
    std::fs::remove_file(folder.path().join("secrets.key")).unwrap();
    let w = start(folder);
    assert!(w.err("GetSecretValue", json!({"SecretId": "s"})).starts_with("400 DecryptionFailure"));
}

#[test]
fn passwords_are_random_and_as_asked() {
    let w = world();
    let password =
        |input: Value| w.ok("GetRandomPassword", input)["RandomPassword"].as_str().unwrap().to_owned();
    assert_eq!(password(json!({})).len(), 32);
    assert_ne!(password(json!({})), password(json!({})));
    assert!(
        password(json!({"PasswordLength": 40, "ExcludePunctuation": true}))
            .chars()
            .all(|c| c.is_ascii_alphanumeric())
    );
}

#[test]
fn a_managed_secret_belongs_to_its_service() {
    let w = world();
    let scope = Scope::default();
    let spec = ManagedSpec {
        name: "rds!db-1".into(),
        description: "The secret associated with the primary RDS DB instance".into(),
        owning_service: "rds".into(),
        tags: vec![("aws:rds:primaryDBInstanceArn".into(), "arn:aws:rds:us-east-1:000000000000:db:d".into())],
        value: json!({"username": "postgres", "password": "p"}).to_string(),
    };
    assert!(!format!("{spec:?}").contains("password"));
    let made = w.runtime.block_on(w.service.create_managed(&scope, spec, w.now)).unwrap();
    let shown = w.ok("DescribeSecret", json!({"SecretId": made.arn}));
    assert_eq!((&shown["OwningService"], &shown["Name"]), (&json!("rds"), &json!("rds!db-1")));
    assert_eq!(w.value(&made.arn), w.service.read_managed(&scope, &made.arn, w.now).unwrap());
    for (operation, input) in [
        ("DeleteSecret", json!({"SecretId": made.arn})),
        ("PutSecretValue", json!({"SecretId": made.arn, "SecretString": "x", "ClientRequestToken": T2})),
        ("UpdateSecret", json!({"SecretId": made.arn, "Description": "x"})),
    ] {
        assert!(w.err(operation, input).starts_with("400 InvalidRequestException"), "{operation}");
    }
    w.runtime.block_on(w.service.update_managed(&scope, &made.arn, "new".into(), w.now)).unwrap();
    assert_eq!(w.value(&made.arn), "new");
    for _ in 0..2 {
        w.runtime.block_on(w.service.delete_managed(&scope, &made.arn, w.now)).unwrap();
    }
    assert_eq!(w.err("DescribeSecret", json!({"SecretId": made.arn})), NOT_FOUND);
}

#[test]
fn operations_ask_as_the_reference_says() {
    let w = world();
    let registry = registry(w.service.clone());
    let asking = Asking { registry: &registry, call: &root_call(w.now), samples: &[], free: &[] };
    assert_eq!(asking.differences(), Vec::<String>::new());
}

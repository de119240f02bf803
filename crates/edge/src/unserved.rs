//! Requests for the two services that routes of a VPC lead to and that moat has not: S3 and DynamoDB. What such a
//! request would need is asked of the policies, so that an endpoint's policy decides as on AWS; only who passes
//! them hears that there is nothing behind.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html>

use crate::destination::Destination;
use crate::listen::Parts;
use base::Scope;
use service::{Access, Call, ServiceError, Verdict, global_keys};
use wire::http::{Request, Response};

/// The answer to an authenticated request for a service that moat does not have.
pub(crate) fn answer(parts: &Parts, destination: &Destination, call: &Call, request: &Request) -> Response {
    let name = destination.signing_name.as_deref().unwrap_or_default();
    match check(parts, name, call, request) {
        Ok(()) => destination.unserved(&call.request_id),
        Err(denied) => destination.dress.error(denied, &call.request_id),
    }
}

fn check(parts: &Parts, name: &str, call: &Call, request: &Request) -> Result<(), ServiceError> {
    let asked = match name {
        "s3" => vec![of_s3(request)],
        "dynamodb" => of_dynamodb(&call.scope, request),
        _ => Vec::new(),
    };
    let globals = global_keys(call);
    for access in asked {
        let verdict = parts.services.authority().decide(call, &access, &globals)?;
        if let Verdict::Denied { message, .. } = verdict {
            return Err(match name {
                "s3" => ServiceError::access_denied(message),
                _ => ServiceError::client("AccessDeniedException", message),
            });
        }
    }
    Ok(())
}

/// The bucket and the key that a request names, by its host or by its path.
fn bucket_and_key(request: &Request) -> (Option<String>, Option<String>) {
    let host = request.header("host").unwrap_or_default().to_ascii_lowercase();
    let by_host = host.split_once(".s3.").map(|(bucket, _)| bucket.to_owned()).filter(|b| !b.is_empty());
    let path = percent_encoding::percent_decode_str(request.path.trim_start_matches('/')).decode_utf8_lossy();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match by_host {
        Some(bucket) => (Some(bucket), some(path.as_ref())),
        None => match path.split_once('/') {
            Some((bucket, key)) => (some(bucket), some(key)),
            None => (some(path.as_ref()), None),
        },
    }
}

fn of_s3(request: &Request) -> Access {
    let (bucket, key) = bucket_and_key(request);
    let query: Vec<String> =
        form_urlencoded::parse(request.query.as_bytes()).map(|(name, _)| name.into_owned()).collect();
    let has = |name: &str| query.iter().any(|known| known == name);
    let (action, resource) = match (bucket, key) {
        (None, _) => ("ListAllMyBuckets".to_owned(), "*".to_owned()),
        (Some(bucket), None) => (of_bucket(&request.method, has), format!("arn:aws:s3:::{bucket}")),
        (Some(bucket), Some(key)) => {
            (of_object(&request.method, has), format!("arn:aws:s3:::{bucket}/{key}"))
        }
    };
    Access::to(format!("s3:{action}"), resource)
}

/// Parts of a bucket that have actions of their own, named so after `Get` and `Put`.
const OF_BUCKETS: [(&str, &str); 14] = [
    ("acl", "BucketAcl"),
    ("cors", "BucketCORS"),
    ("encryption", "EncryptionConfiguration"),
    ("lifecycle", "LifecycleConfiguration"),
    ("location", "BucketLocation"),
    ("logging", "BucketLogging"),
    ("notification", "BucketNotification"),
    ("object-lock", "BucketObjectLockConfiguration"),
    ("ownershipControls", "BucketOwnershipControls"),
    ("policy", "BucketPolicy"),
    ("publicAccessBlock", "BucketPublicAccessBlock"),
    ("tagging", "BucketTagging"),
    ("versioning", "BucketVersioning"),
    ("website", "BucketWebsite"),
];

fn of_bucket(method: &str, has: impl Fn(&str) -> bool) -> String {
    let part = OF_BUCKETS.iter().find(|(query, _)| has(query)).map(|(_, part)| *part);
    match (method, part) {
        ("GET" | "HEAD", Some(part)) => format!("Get{part}"),
        ("DELETE", Some("BucketPolicy")) => "DeleteBucketPolicy".to_owned(),
        ("DELETE", Some("BucketWebsite")) => "DeleteBucketWebsite".to_owned(),
        (_, Some(part)) => format!("Put{part}"),
        ("GET", None) if has("versions") => "ListBucketVersions".to_owned(),
        ("GET", None) if has("uploads") => "ListBucketMultipartUploads".to_owned(),
        ("PUT", None) => "CreateBucket".to_owned(),
        ("DELETE", None) => "DeleteBucket".to_owned(),
        ("POST", None) if has("delete") => "DeleteObject".to_owned(),
        ("POST", None) => "PutObject".to_owned(),
        _ => "ListBucket".to_owned(),
    }
}

fn of_object(method: &str, has: impl Fn(&str) -> bool) -> String {
    let version = if has("versionId") { "Version" } else { "" };
    let part = [("acl", "Acl"), ("tagging", "Tagging")].into_iter().find(|(query, _)| has(query));
    match (method, part) {
        ("GET" | "HEAD", Some((_, part))) => format!("GetObject{version}{part}"),
        ("DELETE", Some((_, part))) => format!("DeleteObject{version}{part}"),
        (_, Some((_, part))) => format!("PutObject{version}{part}"),
        ("GET", None) if has("uploadId") => "ListMultipartUploadParts".to_owned(),
        ("GET", None) if has("attributes") => "GetObjectAttributes".to_owned(),
        ("GET" | "HEAD", None) => format!("GetObject{version}"),
        ("DELETE", None) if has("uploadId") => "AbortMultipartUpload".to_owned(),
        ("DELETE", None) => format!("DeleteObject{version}"),
        ("POST", None) if has("restore") => "RestoreObject".to_owned(),
        _ => "PutObject".to_owned(),
    }
}

fn of_dynamodb(scope: &Scope, request: &Request) -> Vec<Access> {
    let target = request.header("x-amz-target").unwrap_or_default();
    let operation = target.rsplit_once('.').map_or(target, |(_, operation)| operation);
    let action = format!("dynamodb:{operation}");
    let input: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let arn = |table: &str| match table.strip_prefix("arn:") {
        Some(_) => table.to_owned(),
        None => base::Arn::regional("dynamodb", scope, format!("table/{table}")).to_string(),
    };
    let one = input.get("TableName").and_then(serde_json::Value::as_str);
    let several = input.get("RequestItems").and_then(serde_json::Value::as_object);
    let tables: Vec<String> = one
        .into_iter()
        .chain(several.into_iter().flat_map(|items| items.keys().map(String::as_str)))
        .map(arn)
        .collect();
    if tables.is_empty() {
        return vec![Access::to(action, "*")];
    }
    tables.into_iter().map(|table| Access::to(action.clone(), table)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn s3(method: &str, host: &str, target: &str) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: vec![("host".into(), host.into())],
            ..Request::default()
        };
        let asked = of_s3(&request);
        format!("{} {}", asked.action, asked.resource)
    }

    fn check(lines: &[String], expected: Expect) {
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn what_a_request_to_s3_would_need() {
        let (plain, own) = ("s3.us-east-1.amazonaws.com", "logs.s3.us-east-1.amazonaws.com");
        check(
            &[
                s3("GET", plain, "/"),
                s3("GET", plain, "/logs"),
                s3("PUT", plain, "/logs"),
                s3("GET", plain, "/logs/a/b%20c+d"),
                s3("PUT", own, "/a"),
                s3("GET", own, "/?list-type=2&prefix=x"),
                s3("GET", own, "/?policy"),
                s3("DELETE", own, "/a?versionId=1"),
                s3("POST", own, "/?delete"),
            ],
            expect![[r#"
                s3:ListAllMyBuckets *
                s3:ListBucket arn:aws:s3:::logs
                s3:CreateBucket arn:aws:s3:::logs
                s3:GetObject arn:aws:s3:::logs/a/b c+d
                s3:PutObject arn:aws:s3:::logs/a
                s3:ListBucket arn:aws:s3:::logs
                s3:GetBucketPolicy arn:aws:s3:::logs
                s3:DeleteObjectVersion arn:aws:s3:::logs/a
                s3:DeleteObject arn:aws:s3:::logs"#]],
        );
    }

    #[test]
    fn what_a_request_to_dynamodb_would_need() {
        let asked = |operation: &str, body: &str| {
            let headers = vec![("x-amz-target".into(), format!("DynamoDB_20120810.{operation}"))];
            let request = Request { headers, body: body.to_owned().into(), ..Request::default() };
            let of = of_dynamodb(&Scope::default(), &request);
            of.iter().map(|a| format!("{} {}", a.action, a.resource)).collect::<Vec<_>>().join(", ")
        };
        check(
            &[
                asked("ListTables", "{}"),
                asked("GetItem", r#"{"TableName": "t"}"#),
                asked("BatchGetItem", r#"{"RequestItems": {"a": {}, "b": {}}}"#),
            ],
            expect![[r#"
                dynamodb:ListTables *
                dynamodb:GetItem arn:aws:dynamodb:us-east-1:000000000000:table/t
                dynamodb:BatchGetItem arn:aws:dynamodb:us-east-1:000000000000:table/a, dynamodb:BatchGetItem arn:aws:dynamodb:us-east-1:000000000000:table/b"#]],
        );
    }
}

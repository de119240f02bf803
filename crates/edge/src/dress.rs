//! Errors that the edge itself gives, in the protocol of the service, or of the client where
//! the service is not known.

use crate::aws_services::protocol_of;
use service::ServiceError;
use sigv4::{Dialect, Refusal};
use wire::ErrorReply;
use wire::http::{Request, Response};
use wire::schema::{Model, Protocol, Service};

/// The form that an error takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dress(&'static Model);

impl Dress {
    pub(crate) fn of(model: &'static Model) -> Self {
        Self(model)
    }

    /// For a service that moat lacks: its own protocol when AWS has it, else the client's.
    pub(crate) fn of_unserved(signing_name: Option<&str>, request: &Request) -> Self {
        let protocol = signing_name.and_then(protocol_of).unwrap_or_else(|| spoken(request));
        Self(bare(protocol))
    }

    pub(crate) fn signature(self, error: &sigv4::Error, request_id: &str) -> Response {
        let refusal = self.refusal(error);
        self.reply(ErrorReply::client(refusal.code, refusal.message).with_status(refusal.status), request_id)
    }

    pub(crate) fn refusal(self, error: &sigv4::Error) -> Refusal {
        error.refusal(self.dialect())
    }

    pub(crate) fn error(self, error: ServiceError, request_id: &str) -> Response {
        let mut reply = ErrorReply::client(error.code, error.message).with_status(error.status);
        reply.fields = error.fields;
        self.reply(reply, request_id)
    }

    fn reply(self, reply: ErrorReply, request_id: &str) -> Response {
        match self.0.service.protocol {
            Protocol::RestXml => rest_xml(&reply, request_id),
            _ => wire::encode_error(self.0, &reply, request_id),
        }
    }

    fn dialect(self) -> Dialect {
        match self.0.service.protocol {
            Protocol::AwsJson | Protocol::RpcV2Cbor => Dialect::Json,
            Protocol::AwsQuery => Dialect::Query,
            Protocol::Ec2Query => Dialect::Ec2,
            Protocol::RestJson => Dialect::RestJson,
            Protocol::RestXml => Dialect::S3,
        }
    }
}

/// S3's form. No service here speaks restXml yet, so the codecs do not have it.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn rest_xml(reply: &ErrorReply, request_id: &str) -> Response {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message><RequestId>{request_id}</RequestId></Error>",
        escape(&reply.code),
        escape(&reply.message)
    );
    let headers = vec![
        ("content-type".to_owned(), "application/xml".to_owned()),
        ("x-amz-request-id".to_owned(), request_id.to_owned()),
    ];
    Response { status: reply.status, headers, body: body.into(), rest: None }
}

/// The protocol that a request looks like.
fn spoken(request: &Request) -> Protocol {
    let content_type = request.header("content-type").unwrap_or_default();
    if request.header("smithy-protocol") == Some("rpc-v2-cbor") {
        Protocol::RpcV2Cbor
    } else if request.header("x-amz-target").is_some() || content_type.starts_with("application/x-amz-json") {
        Protocol::AwsJson
    } else if content_type.starts_with("application/x-www-form-urlencoded")
        || request.query.contains("Action=")
    {
        Protocol::AwsQuery
    } else {
        Protocol::RestJson
    }
}

fn bare(protocol: Protocol) -> &'static Model {
    match protocol {
        // A service in CBOR answers JSON where CBOR is not to be had; its clients read the status.
        Protocol::AwsJson | Protocol::RpcV2Cbor => &AWS_JSON,
        Protocol::AwsQuery => &AWS_QUERY,
        Protocol::Ec2Query => &EC2_QUERY,
        Protocol::RestJson => &REST_JSON,
        Protocol::RestXml => &REST_XML,
    }
}

static AWS_JSON: Model = model(Protocol::AwsJson);
static AWS_QUERY: Model = model(Protocol::AwsQuery);
static EC2_QUERY: Model = model(Protocol::Ec2Query);
static REST_JSON: Model = model(Protocol::RestJson);
static REST_XML: Model = model(Protocol::RestXml);

/// A service without operations: enough to render an error.
const fn model(protocol: Protocol) -> Model {
    let service = Service {
        id: "",
        signing_name: "",
        endpoint_prefix: "",
        protocol,
        api_version: "",
        target_prefix: "",
        json_version: "1.1",
        xml_namespace: None,
        query_compatible: false,
    };
    Model { service, shapes: &[], operations: &[], known: &[] }
}

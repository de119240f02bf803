//! What a `Host` header says about the service and region meant.
//! <https://docs.aws.amazon.com/general/latest/gr/rande.html>

/// The service and region of an endpoint name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndpointName {
    /// The endpoint prefix, which for most services is the signing name too.
    pub(crate) prefix: String,
    /// Absent for global endpoints such as `iam.amazonaws.com`.
    pub(crate) region: Option<String>,
}

const AWS_SUFFIXES: [&str; 3] = [".vpce.amazonaws.com", ".amazonaws.com", ".api.aws"];

/// Set-ups made for LocalStack point at this name, which public DNS resolves to 127.0.0.1.
const LOCAL_SUFFIX: &str = ".localhost.localstack.cloud";

impl EndpointName {
    /// `None` for `localhost`, addresses and every other name that names no service.
    pub(crate) fn parse(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let name = without_port(&host);
        if let Some(rest) = name.strip_suffix(LOCAL_SUFFIX) {
            return Self::from_labels(rest);
        }
        Self::from_labels(AWS_SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix))?)
    }

    fn from_labels(text: &str) -> Option<Self> {
        let mut labels = text.rsplit('.').filter(|label| !label.is_empty());
        let last = labels.next()?;
        match labels.next() {
            Some(prefix) if is_region(last) => Some(Self::new(prefix, Some(last))),
            None if is_region(last) => None,
            _ => Some(Self::new(last, None)),
        }
    }

    fn new(prefix: &str, region: Option<&str>) -> Self {
        Self { prefix: prefix.to_owned(), region: region.map(str::to_owned) }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// `us-east-1`, `us-gov-west-1`: words, then one number.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-').rev();
    let numbered = parts.next().is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let words = parts.clone().count();
    numbered
        && (2..=3).contains(&words)
        && parts.all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, expected: Option<(&str, Option<&str>)>) {
        let expected = expected.map(|(prefix, region)| EndpointName::new(prefix, region));
        assert_eq!(EndpointName::parse(host), expected, "{host}");
    }

    #[test]
    fn endpoint_names_tell_service_and_region() {
        check("secretsmanager.us-east-1.amazonaws.com", Some(("secretsmanager", Some("us-east-1"))));
        check("secretsmanager.us-east-1.amazonaws.com:443", Some(("secretsmanager", Some("us-east-1"))));
        check("LAMBDA.eu-central-1.AMAZONAWS.com", Some(("lambda", Some("eu-central-1"))));
        check("iam.amazonaws.com", Some(("iam", None)));
        check("vpce-1-2.ec2.us-gov-west-1.vpce.amazonaws.com", Some(("ec2", Some("us-gov-west-1"))));
        check("bucket.s3.us-east-1.amazonaws.com", Some(("s3", Some("us-east-1"))));
        check("logs.us-east-1.api.aws", Some(("logs", Some("us-east-1"))));
        check("sts.localhost.localstack.cloud:4566", Some(("sts", None)));
    }

    #[test]
    fn other_names_tell_nothing() {
        for host in [
            "localhost:4566",
            "127.0.0.1",
            "[::1]:4566",
            "localhost.localstack.cloud:4566",
            "amazonaws.com",
            "",
            ".",
            "evil.example",
        ] {
            check(host, None);
        }
    }
}

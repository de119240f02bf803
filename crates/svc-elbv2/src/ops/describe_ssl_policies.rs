//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeSSLPolicies.html>

use crate::model::ssl_policy::{self, SslPolicy};
use crate::page::page;
use crate::{Elb, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeSSLPolicies {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeSSLPolicies"))
    }

    async fn run(_: &Elb, _: &Call, input: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        let names = input.names.as_deref().unwrap_or_default();
        let found = if names.is_empty() {
            ssl_policy::all().to_vec()
        } else {
            names.iter().map(|name| ssl_policy::named(name)).collect::<Result<_, _>>()?
        };
        let (shown, next_marker) =
            page(found, |policy| policy.name.to_owned(), input.page_size, input.marker.as_deref())?;
        Ok(api::DescribeSSLPoliciesOutput {
            ssl_policies: Some(shown.into_iter().map(show).collect()),
            next_marker,
        })
    }
}

/// Application and network load balancers have the same ones.
fn show(policy: SslPolicy) -> api::SslPolicy {
    let ciphers = (1..).zip(policy.ciphers());
    let ciphers = ciphers
        .map(|(priority, name)| api::Cipher { name: Some(name.to_owned()), priority: Some(priority) })
        .collect();
    api::SslPolicy {
        name: Some(policy.name.to_owned()),
        ssl_protocols: Some(policy.versions().into_iter().map(str::to_owned).collect()),
        ciphers: Some(ciphers),
        supported_load_balancer_types: Some(vec!["application".to_owned(), "network".to_owned()]),
    }
}

//! Egress-only internet gateways.

use super::{described, text};
use crate::api;
use crate::filter::Facts;
use crate::state::EgressOnlyInternetGateway;
use crate::tags;

pub(crate) fn egress_only_internet_gateway(
    row: &EgressOnlyInternetGateway,
) -> api::EgressOnlyInternetGateway {
    let attachment = api::InternetGatewayAttachment { state: text("attached"), vpc_id: text(&row.vpc) };
    api::EgressOnlyInternetGateway {
        egress_only_internet_gateway_id: text(&row.id),
        attachments: Some(vec![attachment]),
        tags: tags::rendered(&row.tags),
    }
}

impl Facts for api::EgressOnlyInternetGateway {
    // AWS documents filters by tag alone.
    const FILTERS: &'static [&'static str] = &[];

    fn facts(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    described!(egress_only_internet_gateway_id, tags);
}

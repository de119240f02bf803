//! Internet gateways.

use super::{described, many, one, text};
use crate::api;
use crate::filter::Facts;
use crate::state::InternetGateway;
use crate::tags;

pub(crate) fn internet_gateway(row: &InternetGateway) -> api::InternetGateway {
    let attachments = row
        .vpc
        .iter()
        .map(|vpc| api::InternetGatewayAttachment { state: text("available"), vpc_id: text(vpc) })
        .collect();
    api::InternetGateway {
        internet_gateway_id: text(&row.id),
        owner_id: text(&row.scope.account),
        attachments: Some(attachments),
        tags: tags::rendered(&row.tags),
    }
}

impl Facts for api::InternetGateway {
    const FILTERS: &'static [&'static str] =
        &["attachment.state", "attachment.vpc-id", "internet-gateway-id", "owner-id"];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "attachment.state" => many(self.attachments.as_ref(), |a| a.state.clone()),
            "attachment.vpc-id" => many(self.attachments.as_ref(), |a| a.vpc_id.clone()),
            "internet-gateway-id" => one(self.internet_gateway_id.as_ref()),
            "owner-id" => one(self.owner_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(internet_gateway_id, tags);
}

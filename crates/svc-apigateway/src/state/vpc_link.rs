//! The way of REST APIs to a network load balancer inside a VPC.
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_VpcLink.html>

use super::Tags;
use base::Scope;
use serde::{Deserialize, Serialize};
use store::Table;

/// Whether it works is not stored: that is as its load balancer is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VpcLink {
    pub scope: Scope,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    /// The network load balancer's ARN.
    pub target: String,
    pub tags: Tags,
}

impl Table for VpcLink {
    const NAME: &'static str = "apigateway_vpc_link";
    fn key(&self) -> String {
        self.scope.key(&self.id)
    }
}

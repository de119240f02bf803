//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname.html#UpdateDomainName>

use super::may;
use crate::domain_names::{Refused, check_extras, configuration, domain_name};
use crate::{ApiGatewayV2, api, shape};
use domains::DomainName;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::UpdateDomainName {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "PATCH", &format!("/domainnames/{}", input.domain_name.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        check_extras(input.mutual_tls_authentication.is_some(), input.routing_mode.as_deref())?;
        let given = match input.domain_name_configurations {
            None => None,
            some => Some(configuration(some)?),
        };
        let name = input.domain_name.unwrap_or_default();
        let apply = |domain: &mut DomainName| {
            if let Some(given) = given {
                domain.certificate = given.certificate_arn.unwrap_or(std::mem::take(&mut domain.certificate));
                domain.certificate_name = given.certificate_name.or(domain.certificate_name.take());
            }
            Ok::<_, Refused>(())
        };
        let changed = gateway.needs.domains.change(&call.scope, &name, call.now, apply).await;
        shape::as_shape(domain_name(&changed.map_err(|refused| refused.0)?))
    }
}

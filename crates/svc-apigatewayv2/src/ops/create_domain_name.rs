//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames.html#CreateDomainName>

use super::may;
use crate::domain_names::{check_extras, configuration, domain_name, refused};
use crate::{ApiGatewayV2, api, error, shape, tags};
use domains::{Endpoint, Wanted};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::CreateDomainName {
    fn access(_: &ApiGatewayV2, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", "/domainnames"))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        check_extras(input.mutual_tls_authentication.is_some(), input.routing_mode.as_deref())?;
        let given = configuration(input.domain_name_configurations)?;
        let certificate = given.certificate_arn;
        let wanted = Wanted {
            name: input.domain_name.unwrap_or_default(),
            endpoint: Endpoint::Regional,
            certificate: certificate
                .ok_or_else(|| error::bad_request("A certificate ARN must be specified."))?,
            certificate_name: given.certificate_name,
            tags: tags::checked(input.tags)?,
        };
        let made = gateway.needs.domains.create(&call.scope, wanted, call.now).await.map_err(refused)?;
        shape::as_shape(domain_name(&made))
    }
}

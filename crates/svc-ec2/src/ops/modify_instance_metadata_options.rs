//! Changes how an instance is told about itself.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html>

use crate::launch::metadata;
use crate::op::*;
use crate::render::{metadata_options, text};

impl Handler<Ec2> for api::ModifyInstanceMetadataOptions {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.instance_id, "InstanceId")?;
        Ok(Asks::new(ec2, call, "ModifyInstanceMetadataOptions").on::<Instance>(id)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let asked = api::InstanceMetadataOptionsRequest {
            http_tokens: input.http_tokens.clone(),
            http_put_response_hop_limit: input.http_put_response_hop_limit,
            http_endpoint: input.http_endpoint.clone(),
            http_protocol_ipv6: input.http_protocol_ipv6.clone(),
            instance_metadata_tags: input.instance_metadata_tags.clone(),
        };
        ec2.change(call, input.dry_run, |change| {
            let row = change.find::<Instance>(required(&input.instance_id, "InstanceId")?)?;
            let options = metadata(row.metadata, Some(&asked))?;
            change.edit::<Instance>(row.id.as_str(), |row| row.metadata = options)?;
            Ok(api::ModifyInstanceMetadataOptionsResult {
                instance_id: text(&row.id),
                instance_metadata_options: Some(metadata_options(options)),
            })
        })
        .await
    }
}

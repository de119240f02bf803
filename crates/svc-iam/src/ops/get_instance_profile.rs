//! Shows an instance profile with its role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetInstanceProfile {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::profile(iam, call, "GetInstanceProfile", &input.instance_profile_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.instance_profile_name, "instanceProfileName")?;
        let state = iam.read();
        let profile = state::profile(&state, &call.scope.account, name)?;
        let shown = state::describe_profile(&state, &profile)?;
        Ok(api::GetInstanceProfileResponse { instance_profile: Some(shown) })
    }
}

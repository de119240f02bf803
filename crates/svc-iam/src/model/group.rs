//! Groups: what their members may do, beside what each may do by itself.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Group.html>

use super::{Permissions, key};
use crate::{api, error::delete_conflict};
use base::{AccountId, Arn, Timestamp};
use serde::{Deserialize, Serialize};
use service::ServiceError;

/// Who is in a group is kept with the users, because decisions start from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) permissions: Permissions,
}

impl store::Table for Group {
    const NAME: &'static str = "iam_group";
    fn key(&self) -> String {
        key(self.account.as_str(), &self.name)
    }
}

impl Group {
    pub(crate) fn arn(&self) -> String {
        Arn::global("iam", &self.account, format!("group{}{}", self.path, self.name)).to_string()
    }

    pub(crate) fn check_deletable(&self, has_members: bool) -> Result<(), ServiceError> {
        let conflict = |what| Err(delete_conflict(format!("Cannot delete entity, must {what} first.")));
        if has_members {
            return conflict("remove users from group");
        }
        if !self.permissions.attached.is_empty() {
            return conflict("detach all policies");
        }
        if !self.permissions.inline.is_empty() {
            return conflict("delete policies");
        }
        Ok(())
    }

    pub(crate) fn describe(&self) -> api::Group {
        api::Group {
            path: Some(self.path.clone()),
            group_name: Some(self.name.clone()),
            group_id: Some(self.id.clone()),
            arn: Some(self.arn()),
            create_date: Some(self.created),
        }
    }
}

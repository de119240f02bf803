//! One operation per file; [`registry`] lists them all.

mod add_client_id_to_open_id_connect_provider;
mod add_role_to_instance_profile;
mod add_user_to_group;
mod attach_group_policy;
mod attach_role_policy;
mod attach_user_policy;
mod change_password;
mod create_access_key;
mod create_account_alias;
mod create_group;
mod create_instance_profile;
mod create_login_profile;
mod create_open_id_connect_provider;
mod create_policy;
mod create_policy_version;
mod create_role;
mod create_service_linked_role;
mod create_user;
mod delete_access_key;
mod delete_account_alias;
mod delete_account_password_policy;
mod delete_group;
mod delete_group_policy;
mod delete_instance_profile;
mod delete_login_profile;
mod delete_open_id_connect_provider;
mod delete_policy;
mod delete_policy_version;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod delete_service_linked_role;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod detach_group_policy;
mod detach_role_policy;
mod detach_user_policy;
mod generate_service_last_accessed_details;
mod get_access_key_last_used;
mod get_account_authorization_details;
mod get_account_password_policy;
mod get_account_summary;
mod get_context_keys_for_custom_policy;
mod get_context_keys_for_principal_policy;
mod get_group;
mod get_group_policy;
mod get_instance_profile;
mod get_login_profile;
mod get_open_id_connect_provider;
mod get_policy;
mod get_policy_version;
mod get_role;
mod get_role_policy;
mod get_service_last_accessed_details;
mod get_service_last_accessed_details_with_entities;
mod get_service_linked_role_deletion_status;
mod get_user;
mod get_user_policy;
mod list_access_keys;
mod list_account_aliases;
mod list_attached_group_policies;
mod list_attached_role_policies;
mod list_attached_user_policies;
mod list_entities_for_policy;
mod list_group_policies;
mod list_groups;
mod list_groups_for_user;
mod list_instance_profile_tags;
mod list_instance_profiles;
mod list_instance_profiles_for_role;
mod list_mfa_devices;
mod list_open_id_connect_provider_tags;
mod list_open_id_connect_providers;
mod list_policies;
mod list_policies_granting_service_access;
mod list_policy_tags;
mod list_policy_versions;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod list_service_specific_credentials;
mod list_signing_certificates;
mod list_ssh_public_keys;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod list_virtual_mfa_devices;
mod put_group_policy;
mod put_role_permissions_boundary;
mod put_role_policy;
mod put_user_permissions_boundary;
mod put_user_policy;
mod remove_client_id_from_open_id_connect_provider;
mod remove_role_from_instance_profile;
mod remove_user_from_group;
mod service_linked_role;
mod set_default_policy_version;
mod simulate_custom_policy;
mod simulate_principal_policy;
mod tag_instance_profile;
mod tag_open_id_connect_provider;
mod tag_policy;
mod tag_role;
mod tag_user;
mod untag_instance_profile;
mod untag_open_id_connect_provider;
mod untag_policy;
mod untag_role;
mod untag_user;
mod update_access_key;
mod update_account_password_policy;
mod update_assume_role_policy;
mod update_group;
mod update_login_profile;
mod update_open_id_connect_provider_thumbprint;
mod update_role;
mod update_role_description;
mod update_user;

use crate::{Iam, api};
use service::Registry;
use std::sync::Arc;

/// What IAM answers.
pub fn registry(iam: Arc<Iam>) -> Registry {
    Registry::builder(&api::MODEL, iam)
        .with::<api::ChangePassword>()
        .with::<api::CreateLoginProfile>()
        .with::<api::CreateUser>()
        .with::<api::GetUser>()
        .with::<api::ListUsers>()
        .with::<api::UpdateLoginProfile>()
        .with::<api::UpdateUser>()
        .with::<api::DeleteUser>()
        .with::<api::ListGroupsForUser>()
        .with::<api::GetLoginProfile>()
        .with::<api::CreateAccessKey>()
        .with::<api::ListAccessKeys>()
        .with::<api::UpdateAccessKey>()
        .with::<api::DeleteAccessKey>()
        .with::<api::GetAccessKeyLastUsed>()
        .with::<api::PutUserPolicy>()
        .with::<api::GetUserPolicy>()
        .with::<api::ListUserPolicies>()
        .with::<api::DeleteUserPolicy>()
        .with::<api::AttachUserPolicy>()
        .with::<api::DetachUserPolicy>()
        .with::<api::ListAttachedUserPolicies>()
        .with::<api::PutUserPermissionsBoundary>()
        .with::<api::DeleteUserPermissionsBoundary>()
        .with::<api::TagUser>()
        .with::<api::UntagUser>()
        .with::<api::ListUserTags>()
        .with::<api::CreateRole>()
        .with::<api::GetRole>()
        .with::<api::ListRoles>()
        .with::<api::UpdateRole>()
        .with::<api::UpdateRoleDescription>()
        .with::<api::UpdateAssumeRolePolicy>()
        .with::<api::DeleteRole>()
        .with::<api::PutRolePolicy>()
        .with::<api::GetRolePolicy>()
        .with::<api::ListRolePolicies>()
        .with::<api::DeleteRolePolicy>()
        .with::<api::AttachRolePolicy>()
        .with::<api::DetachRolePolicy>()
        .with::<api::ListAttachedRolePolicies>()
        .with::<api::PutRolePermissionsBoundary>()
        .with::<api::DeleteRolePermissionsBoundary>()
        .with::<api::TagRole>()
        .with::<api::UntagRole>()
        .with::<api::ListRoleTags>()
        .with::<api::CreateServiceLinkedRole>()
        .with::<api::CreatePolicy>()
        .with::<api::GetPolicy>()
        .with::<api::ListPolicies>()
        .with::<api::DeletePolicy>()
        .with::<api::CreatePolicyVersion>()
        .with::<api::GetPolicyVersion>()
        .with::<api::ListPolicyVersions>()
        .with::<api::SetDefaultPolicyVersion>()
        .with::<api::DeletePolicyVersion>()
        .with::<api::ListEntitiesForPolicy>()
        .with::<api::TagPolicy>()
        .with::<api::UntagPolicy>()
        .with::<api::ListPolicyTags>()
        .with::<api::CreateInstanceProfile>()
        .with::<api::GetInstanceProfile>()
        .with::<api::ListInstanceProfiles>()
        .with::<api::ListInstanceProfilesForRole>()
        .with::<api::AddRoleToInstanceProfile>()
        .with::<api::RemoveRoleFromInstanceProfile>()
        .with::<api::DeleteInstanceProfile>()
        .with::<api::CreateGroup>()
        .with::<api::GetGroup>()
        .with::<api::ListGroups>()
        .with::<api::UpdateGroup>()
        .with::<api::DeleteGroup>()
        .with::<api::AddUserToGroup>()
        .with::<api::RemoveUserFromGroup>()
        .with::<api::PutGroupPolicy>()
        .with::<api::GetGroupPolicy>()
        .with::<api::ListGroupPolicies>()
        .with::<api::DeleteGroupPolicy>()
        .with::<api::AttachGroupPolicy>()
        .with::<api::DetachGroupPolicy>()
        .with::<api::ListAttachedGroupPolicies>()
        .with::<api::TagInstanceProfile>()
        .with::<api::UntagInstanceProfile>()
        .with::<api::ListInstanceProfileTags>()
        .with::<api::CreateAccountAlias>()
        .with::<api::ListAccountAliases>()
        .with::<api::DeleteAccountAlias>()
        .with::<api::GetAccountSummary>()
        .with::<api::GetAccountAuthorizationDetails>()
        .with::<api::UpdateAccountPasswordPolicy>()
        .with::<api::GetAccountPasswordPolicy>()
        .with::<api::DeleteAccountPasswordPolicy>()
        .with::<api::DeleteServiceLinkedRole>()
        .with::<api::GetServiceLinkedRoleDeletionStatus>()
        .with::<api::ListPoliciesGrantingServiceAccess>()
        .with::<api::GetContextKeysForCustomPolicy>()
        .with::<api::GetContextKeysForPrincipalPolicy>()
        .with::<api::SimulateCustomPolicy>()
        .with::<api::SimulatePrincipalPolicy>()
        .with::<api::GenerateServiceLastAccessedDetails>()
        .with::<api::GetServiceLastAccessedDetails>()
        .with::<api::GetServiceLastAccessedDetailsWithEntities>()
        .with::<api::CreateOpenIDConnectProvider>()
        .with::<api::GetOpenIDConnectProvider>()
        .with::<api::ListOpenIDConnectProviders>()
        .with::<api::DeleteOpenIDConnectProvider>()
        .with::<api::UpdateOpenIDConnectProviderThumbprint>()
        .with::<api::AddClientIDToOpenIDConnectProvider>()
        .with::<api::RemoveClientIDFromOpenIDConnectProvider>()
        .with::<api::TagOpenIDConnectProvider>()
        .with::<api::UntagOpenIDConnectProvider>()
        .with::<api::ListOpenIDConnectProviderTags>()
        .with::<api::ListSSHPublicKeys>()
        .with::<api::ListMFADevices>()
        .with::<api::ListVirtualMFADevices>()
        .with::<api::ListSigningCertificates>()
        .with::<api::ListServiceSpecificCredentials>()
        .with::<api::DeleteLoginProfile>()
        .build()
}

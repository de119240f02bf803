//! What an account has as a whole: alias, password policy, numbers, trusted issuers, tasks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use expect_test::{Expect, expect};
use support::{World, element};

fn check(world: &World, action: &str, parameters: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&world.call(action, parameters));
}

#[test]
fn an_account_has_one_alias() {
    let w = World::new();
    w.ok("CreateAccountAlias", &[("AccountAlias", "first")]);
    w.ok("CreateAccountAlias", &[("AccountAlias", "second")]);
    check(
        &w,
        "ListAccountAliases",
        &[],
        expect![
            "200 <AccountAliases><member>second</member></AccountAliases><IsTruncated>false</IsTruncated>"
        ],
    );
    check(
        &w,
        "DeleteAccountAlias",
        &[("AccountAlias", "first")],
        expect!["404 NoSuchEntity: The account alias with name first cannot be found."],
    );
    w.ok("DeleteAccountAlias", &[("AccountAlias", "second")]);
    check(
        &w,
        "ListAccountAliases",
        &[],
        expect!["200 <AccountAliases></AccountAliases><IsTruncated>false</IsTruncated>"],
    );
    check(
        &w,
        "CreateAccountAlias",
        &[("AccountAlias", "No_Such")],
        expect![
            "400 ValidationError: 1 validation error detected: Value 'No_Such' at 'accountAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"
        ],
    );
}

#[test]
fn the_password_policy_is_set_shown_and_removed() {
    let w = World::new();
    check(
        &w,
        "GetAccountPasswordPolicy",
        &[],
        expect!["404 NoSuchEntity: The Password Policy with domain name 000000000000 cannot be found."],
    );
    w.ok("UpdateAccountPasswordPolicy", &[("MinimumPasswordLength", "12"), ("MaxPasswordAge", "90")]);
    check(
        &w,
        "GetAccountPasswordPolicy",
        &[],
        expect![
            "200 <PasswordPolicy><AllowUsersToChangePassword>false</AllowUsersToChangePassword><ExpirePasswords>true</ExpirePasswords><MaxPasswordAge>90</MaxPasswordAge><MinimumPasswordLength>12</MinimumPasswordLength><RequireLowercaseCharacters>false</RequireLowercaseCharacters><RequireNumbers>false</RequireNumbers><RequireSymbols>false</RequireSymbols><RequireUppercaseCharacters>false</RequireUppercaseCharacters></PasswordPolicy>"
        ],
    );
    w.ok("UpdateAccountPasswordPolicy", &[("RequireSymbols", "true")]);
    check(
        &w,
        "GetAccountPasswordPolicy",
        &[],
        expect![
            "200 <PasswordPolicy><AllowUsersToChangePassword>false</AllowUsersToChangePassword><ExpirePasswords>false</ExpirePasswords><MinimumPasswordLength>6</MinimumPasswordLength><RequireLowercaseCharacters>false</RequireLowercaseCharacters><RequireNumbers>false</RequireNumbers><RequireSymbols>true</RequireSymbols><RequireUppercaseCharacters>false</RequireUppercaseCharacters></PasswordPolicy>"
        ],
    );
    w.ok("DeleteAccountPasswordPolicy", &[]);
    check(
        &w,
        "DeleteAccountPasswordPolicy",
        &[],
        expect!["404 NoSuchEntity: The account policy with name PasswordPolicy cannot be found."],
    );
}

#[test]
fn the_summary_counts() {
    let w = World::new();
    w.ok("CreateUser", &[("UserName", "ann")]);
    w.ok("CreateGroup", &[("GroupName", "g")]);
    let admin = ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess");
    w.ok("AttachGroupPolicy", &[("GroupName", "g"), admin]);
    let summary = w.ok("GetAccountSummary", &[]);
    let number = |name: &str| {
        let entry = &summary[summary.find(&format!("<key>{name}</key>")).unwrap()..];
        element(entry, "value").unwrap().to_owned()
    };
    let seen =
        ["Users", "Groups", "Roles", "PolicyVersionsInUse", "GroupsPerUserQuota", "MFADevices"].map(number);
    assert_eq!(seen, ["1", "1", "0", "1", "10", "0"]);
}

#[test]
fn a_service_linked_role_is_deleted_by_a_task() {
    let w = World::new();
    w.ok("CreateServiceLinkedRole", &[("AWSServiceName", "rds.amazonaws.com")]);
    let role = ("RoleName", "AWSServiceRoleForRDS");
    check(
        &w,
        "DeleteRole",
        &[role],
        expect![
            "400 UnmodifiableEntity: Cannot perform the operation on the protected role 'AWSServiceRoleForRDS' - this role is only modifiable by AWS"
        ],
    );
    let task = w.ok("DeleteServiceLinkedRole", &[role]);
    let id = element(&task, "DeletionTaskId").unwrap();
    assert!(id.starts_with("task/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS/"), "{id}");
    check(
        &w,
        "GetServiceLinkedRoleDeletionStatus",
        &[("DeletionTaskId", id)],
        expect!["200 <Status>SUCCEEDED</Status>"],
    );
    check(
        &w,
        "GetServiceLinkedRoleDeletionStatus",
        &[("DeletionTaskId", "task/none")],
        expect!["404 NoSuchEntity: Deletion Task task/none cannot be found."],
    );
    check(
        &w,
        "DeleteServiceLinkedRole",
        &[role],
        expect!["404 NoSuchEntity: The role with name AWSServiceRoleForRDS cannot be found."],
    );
}

#[test]
fn an_open_id_connect_issuer_is_trusted_changed_and_forgotten() {
    let w = World::new();
    let url = ("Url", "https://token.example.com/ci");
    let arn = ("OpenIDConnectProviderArn", "arn:aws:iam::000000000000:oidc-provider/token.example.com/ci");
    let thumb = "AAAAAAAAAAaaaaaaaaaaAAAAAAAAAAaaaaaaaaaa";
    check(
        &w,
        "CreateOpenIDConnectProvider",
        &[url, ("ClientIDList.member.1", "sts.amazonaws.com"), ("ThumbprintList.member.1", thumb)],
        expect![
            "200 <OpenIDConnectProviderArn>arn:aws:iam::000000000000:oidc-provider/token.example.com/ci</OpenIDConnectProviderArn>"
        ],
    );
    check(
        &w,
        "CreateOpenIDConnectProvider",
        &[url],
        expect!["409 EntityAlreadyExists: Provider with url https://token.example.com/ci already exists."],
    );
    check(
        &w,
        "CreateOpenIDConnectProvider",
        &[("Url", "token.example.com")],
        expect!["400 ValidationError: Invalid Open ID Connect Provider URL"],
    );
    w.ok("AddClientIDToOpenIDConnectProvider", &[arn, ("ClientID", "other")]);
    w.ok("RemoveClientIDFromOpenIDConnectProvider", &[arn, ("ClientID", "sts.amazonaws.com")]);
    w.ok("UpdateOpenIDConnectProviderThumbprint", &[arn, ("ThumbprintList.member.1", &"b".repeat(40))]);
    w.ok("TagOpenIDConnectProvider", &[arn, ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")]);
    check(
        &w,
        "GetOpenIDConnectProvider",
        &[arn],
        expect![
            "200 <ClientIDList><member>other</member></ClientIDList><CreateDate>2026-01-01T00:00:00Z</CreateDate><Tags><member><Key>k</Key><Value>v</Value></member></Tags><ThumbprintList><member>bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb</member></ThumbprintList><Url>token.example.com/ci</Url>"
        ],
    );
    check(
        &w,
        "ListOpenIDConnectProviders",
        &[],
        expect![
            "200 <OpenIDConnectProviderList><member><Arn>arn:aws:iam::000000000000:oidc-provider/token.example.com/ci</Arn></member></OpenIDConnectProviderList>"
        ],
    );
    w.ok("UntagOpenIDConnectProvider", &[arn, ("TagKeys.member.1", "k")]);
    check(
        &w,
        "ListOpenIDConnectProviderTags",
        &[arn],
        expect!["200 <IsTruncated>false</IsTruncated><Tags></Tags>"],
    );
    w.ok("DeleteOpenIDConnectProvider", &[arn]);
    check(
        &w,
        "GetOpenIDConnectProvider",
        &[arn],
        expect![
            "404 NoSuchEntity: OpenIDConnect Provider not found for arn arn:aws:iam::000000000000:oidc-provider/token.example.com/ci"
        ],
    );
}

#[test]
fn instance_profiles_have_tags() {
    let w = World::new();
    let name = ("InstanceProfileName", "p");
    w.ok("CreateInstanceProfile", &[name]);
    w.ok("TagInstanceProfile", &[name, ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")]);
    check(
        &w,
        "ListInstanceProfileTags",
        &[name],
        expect![
            "200 <IsTruncated>false</IsTruncated><Tags><member><Key>k</Key><Value>v</Value></member></Tags>"
        ],
    );
    w.ok("UntagInstanceProfile", &[name, ("TagKeys.member.1", "k")]);
    check(
        &w,
        "ListInstanceProfileTags",
        &[name],
        expect!["200 <IsTruncated>false</IsTruncated><Tags></Tags>"],
    );
}

/// Nobody can give a user any of these, so lists of them are empty, and true.
#[test]
fn a_user_has_no_other_credentials() {
    let w = World::new();
    w.ok("CreateUser", &[("UserName", "ann")]);
    let user = ("UserName", "ann");
    for list in
        ["ListSSHPublicKeys", "ListMFADevices", "ListSigningCertificates", "ListServiceSpecificCredentials"]
    {
        assert!(w.ok(list, &[user]).contains("<IsTruncated>false<"), "{list}");
        let unknown = w.call(list, &[("UserName", "eve")]);
        assert_eq!(unknown, "404 NoSuchEntity: The user with name eve cannot be found.", "{list}");
    }
    check(
        &w,
        "ListVirtualMFADevices",
        &[],
        expect!["200 <IsTruncated>false</IsTruncated><VirtualMFADevices></VirtualMFADevices>"],
    );
    check(
        &w,
        "DeleteLoginProfile",
        &[user],
        expect!["404 NoSuchEntity: Login Profile for User ann cannot be found."],
    );
    assert!(w.call("CreateLoginProfile", &[user]).starts_with("501 "));
}

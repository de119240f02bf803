"""The lives of a user, a role and a session, from creation to deletion, with boto3 and with the AWS
CLI, and what AWS answers at each step: shown, changed, denied, in use, gone."""

import json
import time

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"
ARN = f"arn:aws:iam::{ACCOUNT}"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]})


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]


def message(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Message"]


def eventually(look, seconds=60):
    until = time.time() + seconds
    while not (found := look()) and time.time() < until:
        time.sleep(0.05)
    return found


def held(moat, service, credentials):
    return moat.client(service, key=credentials["AccessKeyId"], secret=credentials["SecretAccessKey"],
                       token=credentials.get("SessionToken"))


def test_a_user_with_a_group_policies_and_keys(moat):
    iam = moat.client("iam")
    user, group = "life-ann", "life-readers"
    made = iam.create_user(UserName=user, Path="/life/", Tags=[{"Key": "team", "Value": "blue"}])["User"]
    assert made["Arn"] == f"{ARN}:user/life/{user}" and made["UserId"].startswith("AIDA")
    assert refusal(iam.create_user, UserName="LIFE-ANN") == "EntityAlreadyExists"
    key = iam.create_access_key(UserName=user)["AccessKey"]
    ann = held(moat, "iam", key)
    assert held(moat, "sts", key).get_caller_identity()["Arn"] == made["Arn"]
    assert message(ann.get_user) == (
        f"User: {made['Arn']} is not authorized to perform: iam:GetUser on resource: {made['Arn']} "
        "because no identity-based policy allows the iam:GetUser action")

    # What the group may, its members may, by the version of the policy that is in force.
    arn = iam.create_policy(PolicyName="life-read", PolicyDocument=policy(
        {"Action": "iam:GetUser", "Resource": "*"}))["Policy"]["Arn"]
    iam.create_group(GroupName=group)
    iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    iam.add_user_to_group(GroupName=group, UserName=user)
    assert ann.get_user()["User"]["Tags"] == [{"Key": "team", "Value": "blue"}]
    nothing = json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Action": "iam:GetUser", "Resource": "*"}})
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=nothing)["PolicyVersion"]["VersionId"]
    assert ann.get_user()["User"]["UserName"] == user, "a version that is not the default has no say"
    iam.set_default_policy_version(PolicyArn=arn, VersionId=version)
    assert "with an explicit deny in an identity-based policy" in message(ann.get_user)
    assert refusal(iam.delete_policy_version, PolicyArn=arn, VersionId=version) == "DeleteConflict"
    for _ in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=nothing)
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=nothing) == "LimitExceeded"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")

    # Its boundary limits what the user may.
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=arn)
    assert ann.get_user()["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    iam.put_user_policy(UserName=user, PolicyName="more", PolicyDocument=policy(
        {"Action": "iam:ListUsers", "Resource": "*"}))
    assert "because no permissions boundary allows the iam:ListUsers action" in message(ann.list_users)
    iam.delete_user_permissions_boundary(UserName=user)
    assert any(u["UserName"] == user for u in ann.list_users(PathPrefix="/life/")["Users"])

    # Keys are rotated: two at most, the old one inactive, then gone.
    second = iam.create_access_key(UserName=user)["AccessKey"]
    assert refusal(iam.create_access_key, UserName=user) == "LimitExceeded"
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refusal(ann.get_user) == "InvalidClientTokenId"
    assert held(moat, "iam", second).get_user()["User"]["UserName"] == user
    last = eventually(lambda: iam.get_access_key_last_used(
        AccessKeyId=second["AccessKeyId"])["AccessKeyLastUsed"].get("LastUsedDate"))
    assert last, "the use of a key is noted"
    assert iam.get_access_key_last_used(AccessKeyId=second["AccessKeyId"])["UserName"] == user
    statuses = {k["AccessKeyId"]: k["Status"] for k in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]}
    assert statuses == {key["AccessKeyId"]: "Inactive", second["AccessKeyId"]: "Active"}

    # Whoever knows the password changes it, if he may; the account's policy says how it has to be.
    assert refusal(iam.create_login_profile, UserName=user, Password="short") == "PasswordPolicyViolation"
    iam.create_login_profile(UserName=user, Password="Known-to-ann-1", PasswordResetRequired=True)
    own = held(moat, "iam", second)
    change = {"OldPassword": "Known-to-ann-1", "NewPassword": "Known-to-ann-2"}
    assert refusal(own.change_password, **change) == "AccessDenied"
    iam.put_user_policy(UserName=user, PolicyName="more", PolicyDocument=policy(
        {"Action": "iam:ChangePassword", "Resource": f"{ARN}:user/life/${{aws:username}}"}))
    own.change_password(**change)
    assert iam.get_login_profile(UserName=user)["LoginProfile"]["PasswordResetRequired"] is False

    # Nothing goes that is in use.
    conflicts = ["must delete access keys first", "must delete login profile first",
                 "must remove users from group first", "must delete policies first"]
    undo = [lambda: [iam.delete_access_key(UserName=user, AccessKeyId=k["AccessKeyId"]) for k in (key, second)],
            lambda: iam.delete_login_profile(UserName=user),
            lambda: iam.remove_user_from_group(GroupName=group, UserName=user),
            lambda: iam.delete_user_policy(UserName=user, PolicyName="more")]
    for conflict, remove in zip(conflicts, undo):
        assert conflict in message(iam.delete_user, UserName=user)
        remove()
    iam.delete_user(UserName=user)
    assert refusal(iam.get_user, UserName=user) == "NoSuchEntity"
    assert refusal(iam.delete_policy, PolicyArn=arn) == "DeleteConflict"
    iam.detach_group_policy(GroupName=group, PolicyArn=arn)
    for version in ("v2", "v3", "v4", "v5"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    iam.delete_policy(PolicyArn=arn)
    iam.delete_group(GroupName=group)
    assert refusal(iam.get_policy, PolicyArn=arn) == "NoSuchEntity"


def test_roles_profiles_aliases_and_pages(moat):
    iam = moat.client("iam")
    trust = policy({"Principal": {"AWS": f"{ARN}:root"}, "Action": "sts:AssumeRole"})
    for n in range(5):
        iam.create_role(RoleName=f"life-role-{n}", Path="/life/", AssumeRolePolicyDocument=trust,
                        MaxSessionDuration=7200, Tags=[{"Key": "n", "Value": str(n)}])
    pages = list(iam.get_paginator("list_roles").paginate(PathPrefix="/life/", PaginationConfig={"PageSize": 2}))
    assert [len(page["Roles"]) for page in pages] == [2, 2, 1] and not pages[-1]["IsTruncated"]
    assert [r["RoleName"] for page in pages for r in page["Roles"]] == [f"life-role-{n}" for n in range(5)]
    iam.tag_role(RoleName="life-role-0", Tags=[{"Key": "n", "Value": "zero"}, {"Key": "m", "Value": "1"}])
    iam.untag_role(RoleName="life-role-0", TagKeys=["m"])
    assert iam.list_role_tags(RoleName="life-role-0")["Tags"] == [{"Key": "n", "Value": "zero"}]

    profile = iam.create_instance_profile(InstanceProfileName="life-profile")["InstanceProfile"]
    iam.add_role_to_instance_profile(InstanceProfileName="life-profile", RoleName="life-role-0")
    assert refusal(iam.add_role_to_instance_profile, InstanceProfileName="life-profile",
                   RoleName="life-role-1") == "LimitExceeded"
    found = iam.list_instance_profiles_for_role(RoleName="life-role-0")["InstanceProfiles"]
    assert [p["Arn"] for p in found] == [profile["Arn"]]
    assert refusal(iam.delete_role, RoleName="life-role-0") == "DeleteConflict"
    assert refusal(iam.delete_instance_profile, InstanceProfileName="life-profile") == "DeleteConflict"
    iam.remove_role_from_instance_profile(InstanceProfileName="life-profile", RoleName="life-role-0")
    iam.delete_instance_profile(InstanceProfileName="life-profile")

    linked = iam.create_service_linked_role(AWSServiceName="elasticloadbalancing.amazonaws.com")["Role"]
    assert linked["Path"] == "/aws-service-role/elasticloadbalancing.amazonaws.com/"
    assert refusal(iam.delete_role, RoleName=linked["RoleName"]) == "UnmodifiableEntity"
    task = iam.delete_service_linked_role(RoleName=linked["RoleName"])["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"

    before = iam.get_account_summary()["SummaryMap"]
    for n in range(5):
        iam.delete_role(RoleName=f"life-role-{n}")
    after = iam.get_account_summary()["SummaryMap"]
    assert (before["Roles"] - after["Roles"], after["RolesQuota"]) == (5, 1000)


def test_a_chain_of_sessions(moat):
    iam = moat.client("iam")
    chain = [f"{ARN}:role/life-first", f"{ARN}:role/life-second"]
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    iam.create_user(UserName="life-caller")
    key = iam.create_access_key(UserName="life-caller")["AccessKey"]
    iam.put_user_policy(UserName="life-caller", PolicyName="assume", PolicyDocument=policy(
        {"Action": actions, "Resource": chain[0]}))
    iam.create_role(RoleName="life-first", MaxSessionDuration=7200, AssumeRolePolicyDocument=policy(
        {"Principal": {"AWS": f"{ARN}:user/life-caller"}, "Action": actions}))
    iam.create_role(RoleName="life-second", AssumeRolePolicyDocument=policy(
        {"Principal": {"AWS": chain[0]}, "Action": actions,
         "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}))
    iam.put_role_policy(RoleName="life-first", PolicyName="on", PolicyDocument=policy(
        {"Action": actions, "Resource": chain[1]}))
    iam.put_role_policy(RoleName="life-second", PolicyName="look", PolicyDocument=policy(
        {"Action": "iam:GetRole", "Resource": chain[1],
         "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "ann"}}}))

    sts = held(moat, "sts", key)
    asked = {"RoleArn": chain[0], "RoleSessionName": "one", "SourceIdentity": "ann",
             "Tags": [{"Key": "team", "Value": "blue"}], "TransitiveTagKeys": ["team"]}
    assert refusal(sts.assume_role, **{**asked, "RoleArn": chain[1]}) == "AccessDenied"
    assert "MaxSessionDuration" in message(sts.assume_role, **asked, DurationSeconds=7201)
    first = sts.assume_role(**asked, DurationSeconds=7200)
    assert first["SourceIdentity"] == "ann" and first["AssumedRoleUser"]["AssumedRoleId"].endswith(":one")
    second = held(moat, "sts", first["Credentials"])
    assert "1 hour session limit for roles assumed by role chaining" in message(
        second.assume_role, RoleArn=chain[1], RoleSessionName="two", DurationSeconds=3601)
    other = sts.assume_role(**{**asked, "Tags": [{"Key": "team", "Value": "red"}]})
    assert refusal(held(moat, "sts", other["Credentials"]).assume_role,
                   RoleArn=chain[1], RoleSessionName="two") == "AccessDenied"
    last = second.assume_role(RoleArn=chain[1], RoleSessionName="two")
    assert last["SourceIdentity"] == "ann", "nobody down the chain forgets who is behind it"
    assert held(moat, "sts", last["Credentials"]).get_caller_identity()["Arn"] == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/life-second/two")
    look = held(moat, "iam", last["Credentials"])
    assert look.get_role(RoleName="life-second")["Role"]["Arn"] == chain[1]
    assert refusal(look.get_role, RoleName="life-first") == "AccessDenied"

    # A user's session is the user; it cannot make another, nor use IAM's keys beyond its own.
    session = sts.get_session_token(DurationSeconds=900)["Credentials"]
    assert held(moat, "sts", session).get_caller_identity()["Arn"] == f"{ARN}:user/life-caller"
    assert refusal(held(moat, "sts", session).get_session_token) == "AccessDenied"
    broken = {**session, "SessionToken": session["SessionToken"][:-8] + "AAAAAAA="}
    assert refusal(held(moat, "sts", broken).get_caller_identity) == "InvalidClientTokenId"

    root = moat.client("sts")
    for credentials in (key, session):
        assert root.get_access_key_info(AccessKeyId=credentials["AccessKeyId"])["Account"] == ACCOUNT

    # The reasons of EC2's denials are sealed, for who may read them.
    denied = message(held(moat, "ec2", key).create_vpc, CidrBlock="10.9.0.0/16")
    sealed = denied.split("Encoded authorization failure message: ")[1]
    assert refusal(sts.decode_authorization_message, EncodedMessage=sealed) == "AccessDenied"
    told = json.loads(root.decode_authorization_message(EncodedMessage=sealed)["DecodedMessage"])
    assert (told["allowed"], told["explicitDeny"], told["context"]["action"]) == (False, False, "ec2:CreateVpc")
    assert told["context"]["principal"]["arn"] == f"{ARN}:user/life-caller"

    # A role that was made anew is another: sessions of the old one may nothing.
    iam.delete_role_policy(RoleName="life-second", PolicyName="look")
    iam.delete_role(RoleName="life-second")
    assert refusal(look.get_role, RoleName="life-second") == "AccessDenied"
    iam.delete_role_policy(RoleName="life-first", PolicyName="on")
    iam.delete_role(RoleName="life-first")
    iam.delete_user_policy(UserName="life-caller", PolicyName="assume")
    iam.delete_access_key(UserName="life-caller", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="life-caller")
    assert refusal(sts.get_caller_identity) == "InvalidClientTokenId"


def test_the_same_with_the_command_line(moat):
    """A user, a role and a session: each command shows what its documentation says."""
    def cli(*words):
        return moat.aws(*words)

    user = cli("iam", "create-user", "--user-name", "life-cli", "--tags", "Key=team,Value=blue")["User"]
    assert user["Arn"] == f"{ARN}:user/life-cli"
    key = cli("iam", "create-access-key", "--user-name", "life-cli")["AccessKey"]
    trust = policy({"Principal": {"AWS": user["Arn"]}, "Action": "sts:AssumeRole"})
    role = cli("iam", "create-role", "--role-name", "life-cli", "--assume-role-policy-document", trust)["Role"]
    document = role["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Principal"] == {"AWS": user["Arn"]}, "the program decodes the document"
    session = held(moat, "sts", key).assume_role(RoleArn=role["Arn"], RoleSessionName="life")
    assert session["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/life-cli/life"
    assert cli("sts", "get-access-key-info", "--access-key-id", key["AccessKeyId"]) == {"Account": ACCOUNT}
    refused = moat.aws("iam", "delete-user", "--user-name", "life-cli", check=False)
    assert refused.returncode != 0
    assert "An error occurred (DeleteConflict) when calling the DeleteUser operation: Cannot delete entity, " \
        "must delete access keys first." in refused.stderr
    assert cli("iam", "delete-access-key", "--user-name", "life-cli", "--access-key-id", key["AccessKeyId"]) is None
    cli("iam", "delete-role", "--role-name", "life-cli")
    cli("iam", "delete-user", "--user-name", "life-cli")
    gone = moat.aws("iam", "get-user", "--user-name", "life-cli", check=False)
    assert "(NoSuchEntity) when calling the GetUser operation: The user with name life-cli cannot be found." in gone.stderr

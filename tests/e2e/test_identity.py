"""Who calls, and what he may: boto3 and the AWS CLI against IAM and STS."""

import json

import pytest
from botocore.exceptions import ClientError

TRUST_ROOT = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}]})


def code(caught):
    return caught.value.response["Error"]["Code"]


def test_root_is_who_it_is(moat):
    identity = moat.client("sts").get_caller_identity()
    assert identity["Arn"] == "arn:aws:iam::000000000000:root"
    assert identity["Account"] == "000000000000"


def test_a_wrong_secret_and_an_unknown_key_are_told_apart(moat):
    with pytest.raises(ClientError) as caught:
        moat.client("sts", secret="wrong").get_caller_identity()
    assert code(caught) == "SignatureDoesNotMatch"
    with pytest.raises(ClientError) as caught:
        moat.client("sts", key="AKIAIOSFODNN7EXAMPLE").get_caller_identity()
    assert code(caught) == "InvalidClientTokenId"


def test_a_role_with_a_narrow_policy_is_allowed_one_call_and_denied_another(moat):
    iam = moat.client("iam")
    role = iam.create_role(RoleName="narrow", AssumeRolePolicyDocument=TRUST_ROOT)["Role"]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:GetRole", "Resource": role["Arn"]}]}
    iam.put_role_policy(RoleName="narrow", PolicyName="see-itself", PolicyDocument=json.dumps(policy))
    iam.create_user(UserName="identity-assumer")
    may = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role["Arn"]}]}
    iam.put_user_policy(UserName="identity-assumer", PolicyName="assume", PolicyDocument=json.dumps(may))
    key = iam.create_access_key(UserName="identity-assumer")["AccessKey"]
    sts = moat.client("sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="s1")["Credentials"]
    narrow = moat.client("iam", key=session["AccessKeyId"], secret=session["SecretAccessKey"],
                         token=session["SessionToken"])
    assert narrow.get_role(RoleName="narrow")["Role"]["Arn"] == role["Arn"]
    with pytest.raises(ClientError) as caught:
        narrow.list_roles()
    assert code(caught) == "AccessDenied"
    message = caught.value.response["Error"]["Message"]
    assert message == (
        "User: arn:aws:sts::000000000000:assumed-role/narrow/s1 is not authorized to perform: iam:ListRoles "
        "on resource: arn:aws:iam::000000000000:role/ because no identity-based policy allows the iam:ListRoles action")


def test_root_assumes_no_role(moat):
    arn = moat.client("iam").create_role(RoleName="not-for-root", AssumeRolePolicyDocument=TRUST_ROOT)["Role"]["Arn"]
    with pytest.raises(ClientError) as caught:
        moat.client("sts").assume_role(RoleArn=arn, RoleSessionName="s1")
    assert caught.value.response["Error"] == {
        "Type": "Sender", "Code": "AccessDenied", "Message": "Roles may not be assumed by root accounts."}


def test_a_users_access_key_works_until_it_is_deactivated(moat):
    iam = moat.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = moat.client("sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert ann.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:user/ann"
    iam.update_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError) as caught:
        ann.get_caller_identity()
    assert code(caught) == "InvalidClientTokenId"


def test_the_command_line_sees_what_boto3_made(moat):
    moat.client("iam").create_role(RoleName="seen", AssumeRolePolicyDocument=TRUST_ROOT)
    answer = moat.aws("iam", "get-role", "--role-name", "seen")
    assert answer["Role"]["RoleName"] == "seen"
    assert answer["Role"]["AssumeRolePolicyDocument"] == json.loads(TRUST_ROOT)
    failed = moat.aws("iam", "get-role", "--role-name", "unseen", check=False)
    assert "NoSuchEntity" in failed.stderr and "The role with name unseen cannot be found." in failed.stderr


def test_what_moat_does_not_have_says_so(moat):
    with pytest.raises(ClientError) as caught:
        moat.client("iam").generate_credential_report()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "not implemented by moat" in caught.value.response["Error"]["Message"]

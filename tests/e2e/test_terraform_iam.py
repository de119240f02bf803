"""Identities as Terraform makes them: users, groups, roles, policies, boundaries, instance profiles."""

import botocore.exceptions
import pytest
from terraform import Terraform

pytestmark = pytest.mark.terraform

STACK = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:aws:secretsmanager:*:${data.aws_caller_identity.me.account_id}:secret:tf-*"]
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.ann.arn]
    }
  }
}

resource "aws_iam_policy" "read" {
  name        = "tf-read"
  path        = "/tf/"
  description = "reads secrets"
  policy      = data.aws_iam_policy_document.read.json
  tags        = { team = "blue" }
}

resource "aws_iam_policy" "boundary" {
  name = "tf-boundary"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["secretsmanager:*", "sts:*", "iam:Get*"], Resource = "*" }]
  })
}

resource "aws_iam_user" "ann" {
  name                 = "tf-ann"
  path                 = "/tf/"
  permissions_boundary = aws_iam_policy.boundary.arn
  force_destroy        = true
  tags                 = { team = "blue" }
}

resource "aws_iam_access_key" "ann" {
  user = aws_iam_user.ann.name
}

resource "aws_iam_group" "readers" {
  name = "tf-readers"
  path = "/tf/"
}

resource "aws_iam_group_policy_attachment" "read" {
  group      = aws_iam_group.readers.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_group_policy" "look" {
  name  = "look"
  group = aws_iam_group.readers.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["iam:GetUser", "ec2:DescribeVpcs"], Resource = "*" }]
  })
}

resource "aws_iam_group_membership" "readers" {
  name  = "readers"
  group = aws_iam_group.readers.name
  users = [aws_iam_user.ann.name]
}

resource "aws_iam_role" "worker" {
  name                 = "tf-worker"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = aws_iam_policy.boundary.arn
  max_session_duration = 7200
  tags                 = { team = "blue" }
}

resource "aws_iam_role_policy" "inline" {
  name   = "inline"
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "managed" {
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}

resource "aws_iam_instance_profile" "worker" {
  name = "tf-worker"
  role = aws_iam_role.worker.name
  tags = { team = "blue" }
}

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.example.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length = 16
  require_symbols         = true
}

output "key" {
  value = aws_iam_access_key.ann.id
}

output "secret" {
  value     = aws_iam_access_key.ann.secret
  sensitive = true
}
"""


def test_identities_apply_decide_plan_empty_destroy(moat, tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    stack = Terraform(moat, tmp_path)
    stack.apply()

    key, secret = stack.output("key"), stack.output("secret")
    ann = moat.client("iam", key=key, secret=secret)
    assert ann.get_user(UserName="tf-ann")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith("tf-boundary")
    with pytest.raises(botocore.exceptions.ClientError, match="no identity-based policy allows the iam:ListUsers"):
        ann.list_users()
    # The group allows it and the boundary does not.
    with pytest.raises(botocore.exceptions.ClientError, match="no permissions boundary allows the ec2:DescribeVpcs"):
        moat.client("ec2", key=key, secret=secret).describe_vpcs()
    session = moat.client("sts", key=key, secret=secret).assume_role(
        RoleArn=moat.client("iam").get_role(RoleName="tf-worker")["Role"]["Arn"],
        RoleSessionName="s1", Tags=[{"Key": "team", "Value": "blue"}])
    assert session["AssumedRoleUser"]["Arn"].endswith("assumed-role/tf-worker/s1")

    stack.plan_is_empty()
    stack.destroy()
    iam = moat.client("iam")
    left = [u["UserName"] for u in iam.list_users(PathPrefix="/tf/")["Users"]]
    left += [g["GroupName"] for g in iam.list_groups(PathPrefix="/tf/")["Groups"]]
    left += [p["Arn"] for p in iam.list_policies(Scope="Local", PathPrefix="/tf/")["Policies"]]
    assert left == []

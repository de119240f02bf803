"""An instance with a second interface, by Terraform: it is applied, its plan is empty, and it goes."""

import pytest
from conftest import moat_of_its_own
from terraform import Terraform

pytestmark = [pytest.mark.terraform, pytest.mark.lengthy]
moat = moat_of_its_own()

STACK = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                  = "us-east-1"
  skip_metadata_api_check = true
  skip_region_validation  = true
}

resource "aws_vpc" "main" {
  cidr_block = "10.50.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.50.1.0/24"
  availability_zone = "us-east-1a"
}

data "aws_ami" "moat" {
  most_recent = true
  owners      = ["amazon"]
}

resource "aws_instance" "main" {
  ami           = data.aws_ami.moat.id
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.main.id
  user_data     = "#!/bin/sh\\necho hello\\n"
  tags          = { Name = "tf-instance" }
  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_network_interface" "second" {
  subnet_id = aws_subnet.main.id
}

resource "aws_network_interface_attachment" "second" {
  instance_id          = aws_instance.main.id
  network_interface_id = aws_network_interface.second.id
  device_index         = 1
}

output "instance" {
  value = aws_instance.main.id
}
"""


def test_an_instance_with_a_second_interface_is_applied_planned_and_destroyed(moat, tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    terraform = Terraform(moat, tmp_path)
    terraform.apply()
    terraform.plan_is_empty()
    ec2, instance = moat.client("ec2"), terraform.output("instance")
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert sorted(i["Attachment"]["DeviceIndex"] for i in found["NetworkInterfaces"]) == [0, 1]
    terraform.destroy()
    gone = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert gone["State"]["Name"] == "terminated"

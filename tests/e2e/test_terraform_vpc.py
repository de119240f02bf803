"""Every network resource that moat serves, as a Terraform stack: apply, an empty plan, destroy."""

import pytest
from terraform import Terraform

pytestmark = [pytest.mark.terraform, pytest.mark.lengthy]

STACK = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region                  = "eu-west-3"
  skip_metadata_api_check = true
}

data "aws_availability_zones" "all" {}

data "aws_vpc" "default" {
  default = true
}

data "aws_prefix_list" "s3" {
  name = "com.amazonaws.eu-west-3.s3"
}

resource "aws_default_subnet" "first" {
  availability_zone = data.aws_availability_zones.all.names[0]
}

resource "aws_vpc" "main" {
  cidr_block                       = "10.70.0.0/16"
  enable_dns_hostnames             = true
  assign_generated_ipv6_cidr_block = true
  tags                             = { Name = "tf-main" }
}

resource "aws_vpc_ipv4_cidr_block_association" "more" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.71.0.0/16"
}

resource "aws_vpc_dhcp_options" "own" {
  domain_name         = "corp.example.com"
  domain_name_servers = ["10.70.1.53", "AmazonProvidedDNS"]
  tags                = { Name = "tf-options" }
}

resource "aws_vpc_dhcp_options_association" "own" {
  vpc_id          = aws_vpc.main.id
  dhcp_options_id = aws_vpc_dhcp_options.own.id
}

resource "aws_subnet" "public" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.70.0.0/24"
  availability_zone       = data.aws_availability_zones.all.names[0]
  map_public_ip_on_launch = true

  ipv6_cidr_block                 = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 1)
  assign_ipv6_address_on_creation = true
}

resource "aws_subnet" "private" {
  vpc_id            = aws_vpc_ipv4_cidr_block_association.more.vpc_id
  cidr_block        = "10.71.0.0/24"
  ipv6_cidr_block   = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 2)
  availability_zone = data.aws_availability_zones.all.names[1]
}

resource "aws_egress_only_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "tf-outward" }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_eip" "nat" {
  domain     = "vpc"
  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public.id
}

resource "aws_ec2_managed_prefix_list" "offices" {
  name           = "tf-offices"
  address_family = "IPv4"
  max_entries    = 5
  entry {
    cidr        = "203.0.113.0/24"
    description = "one"
  }
  entry {
    cidr = "198.51.100.0/24"
  }
}

resource "aws_ec2_managed_prefix_list_entry" "third" {
  prefix_list_id = aws_ec2_managed_prefix_list.sites.id
  cidr           = "192.0.2.0/24"
}

resource "aws_ec2_managed_prefix_list" "sites" {
  name           = "tf-sites"
  address_family = "IPv4"
  max_entries    = 3
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
  route {
    ipv6_cidr_block = "::/0"
    gateway_id      = aws_internet_gateway.main.id
  }
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main.id
}

resource "aws_route" "outward" {
  route_table_id              = aws_route_table.private.id
  destination_ipv6_cidr_block = "::/0"
  egress_only_gateway_id      = aws_egress_only_internet_gateway.main.id
}

resource "aws_route" "offices" {
  route_table_id             = aws_route_table.private.id
  destination_prefix_list_id = aws_ec2_managed_prefix_list.offices.id
  gateway_id                 = aws_internet_gateway.main.id
}

resource "aws_main_route_table_association" "main" {
  vpc_id         = aws_vpc.main.id
  route_table_id = aws_route_table.private.id
}

resource "aws_default_network_acl" "main" {
  default_network_acl_id = aws_vpc.main.default_network_acl_id
  ingress {
    protocol   = -1
    rule_no    = 100
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
  egress {
    protocol        = -1
    rule_no         = 101
    action          = "allow"
    ipv6_cidr_block = "::/0"
    from_port       = 0
    to_port         = 0
  }
  lifecycle {
    ignore_changes = [subnet_ids]
  }
}

resource "aws_network_acl" "private" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.private.id]
  egress {
    protocol   = "tcp"
    rule_no    = 100
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 443
    to_port    = 443
  }
}

resource "aws_network_acl_rule" "icmp" {
  network_acl_id = aws_network_acl.private.id
  rule_number    = 200
  egress         = false
  protocol       = "icmp"
  rule_action    = "deny"
  cidr_block     = "0.0.0.0/0"
  icmp_type      = -1
  icmp_code      = -1
}

resource "aws_network_acl_rule" "icmpv6" {
  network_acl_id  = aws_network_acl.private.id
  rule_number     = 201
  egress          = false
  protocol        = "58"
  rule_action     = "allow"
  ipv6_cidr_block = aws_subnet.public.ipv6_cidr_block
  icmp_type       = -1
  icmp_code       = -1
}

resource "aws_default_security_group" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group" "db" {
  name        = "tf-db"
  description = "databases"
  vpc_id      = aws_vpc.main.id
  ingress {
    from_port       = 5432
    to_port         = 5432
    protocol        = "tcp"
    prefix_list_ids = [aws_ec2_managed_prefix_list.offices.id]
  }
  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }
}

resource "aws_security_group" "app" {
  name   = "tf-app"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "app" {
  security_group_id            = aws_security_group.app.id
  referenced_security_group_id = aws_security_group.db.id
  ip_protocol                  = "tcp"
  from_port                    = 80
  to_port                      = 80
  tags                         = { Name = "tf-rule" }
}

resource "aws_vpc_security_group_ingress_rule" "ping" {
  security_group_id = aws_security_group.app.id
  cidr_ipv6         = aws_vpc.main.ipv6_cidr_block
  ip_protocol       = "icmpv6"
  from_port         = 128
  to_port           = -1
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  security_group_id = aws_security_group.app.id
  prefix_list_id    = data.aws_prefix_list.s3.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_network_interface" "main" {
  subnet_id         = aws_subnet.private.id
  security_groups   = [aws_security_group.db.id]
  private_ips       = ["10.71.0.50", "10.71.0.51"]
  ipv6_addresses    = [cidrhost(aws_subnet.private.ipv6_cidr_block, 80)]
  source_dest_check = false
}

resource "aws_eip" "interface" {
  domain            = "vpc"
  network_interface = aws_network_interface.main.id
  associate_with_private_ip = "10.71.0.50"
  depends_on        = [aws_internet_gateway.main]
}

resource "aws_vpc_endpoint" "secrets" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.eu-west-3.secretsmanager"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [aws_subnet.private.id]
  security_group_ids  = [aws_security_group.app.id]
  private_dns_enabled = true
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.main.id
  service_name    = "com.amazonaws.eu-west-3.s3"
  route_table_ids = [aws_route_table.private.id]
}

resource "aws_vpc" "peer" {
  cidr_block = "10.72.0.0/16"
}

resource "aws_vpc_peering_connection" "peer" {
  vpc_id      = aws_vpc.main.id
  peer_vpc_id = aws_vpc.peer.id
  auto_accept = true
}

resource "aws_route" "peer" {
  route_table_id            = aws_route_table.private.id
  destination_cidr_block    = aws_vpc.peer.cidr_block
  vpc_peering_connection_id = aws_vpc_peering_connection.peer.id
}

resource "aws_iam_role" "flows" {
  name = "tf-flows"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "vpc-flow-logs.amazonaws.com" } }]
  })
}

resource "aws_cloudwatch_log_group" "flows" {
  name = "tf-flows"
}

resource "aws_flow_log" "main" {
  vpc_id                   = aws_vpc.main.id
  traffic_type             = "ALL"
  iam_role_arn             = aws_iam_role.flows.arn
  log_destination          = aws_cloudwatch_log_group.flows.arn
  max_aggregation_interval = 60
}

resource "aws_ec2_network_insights_path" "database" {
  source           = aws_internet_gateway.main.id
  destination      = aws_network_interface.main.arn
  protocol         = "tcp"
  destination_port = 5432
  tags             = { Name = "tf-path" }
  depends_on       = [aws_eip.interface]
}

resource "aws_ec2_network_insights_path" "out" {
  source      = aws_network_interface.main.id
  protocol    = "udp"
  filter_at_source {
    destination_address = "203.0.113.9"
    destination_port_range {
      from_port = 53
      to_port   = 53
    }
  }
}

resource "aws_ec2_network_insights_analysis" "database" {
  network_insights_path_id = aws_ec2_network_insights_path.database.id
}
"""


def test_apply_empty_plan_destroy(moat, tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    stack = Terraform(moat, tmp_path)
    stack.apply()
    stack.plan_is_empty()
    stack.destroy()
    left = moat.client("ec2", region="eu-west-3").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["tf-main"]}])["Vpcs"]
    assert left == []

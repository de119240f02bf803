"""Auto Scaling groups: instances of a launch template in two zones behind a load balancer, replaced when they end
or stop, more of them and none of them; and the same by Terraform."""

import base64
import time

import pytest
from conftest import moat_of_its_own
from terraform import Terraform

moat = moat_of_its_own()

# The host's own Python serves: nothing is to be fetched, and an instance answers at once.
SERVER = """#!/bin/sh
exec python3 -c '
import http.server, socket
class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = socket.gethostname().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("", 8080), Server).serve_forever()
'
"""
DEADLINE = 180


def until(what, holds):
    """Waits for a condition; `holds` answers a value that is shown when it never does."""
    deadline = time.monotonic() + DEADLINE
    while True:
        found = holds()
        if found is True:
            return
        assert time.monotonic() < deadline, f"{what}: {found}"
        time.sleep(0.1)


class Place:
    """A VPC with a subnet in each of two zones, a load balancer there, and a template of a small server."""

    def __init__(self, moat):
        self.ec2, self.elb, self.scaling = (moat.client(name) for name in ("ec2", "elbv2", "autoscaling"))
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.60.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")
            ["Subnet"]["SubnetId"] for n, zone in ((1, "a"), (2, "b"))]
        self.lb_group, self.server_group = (
            ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
            for name in ("lb", "server"))
        ec2.authorize_security_group_ingress(GroupId=self.server_group, IpPermissions=[{
            "IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": self.lb_group}]}])
        lb = self.elb.create_load_balancer(
            Name="scaled", Scheme="internal", Subnets=self.subnets, SecurityGroups=[self.lb_group])
        self.targets = self.elb.create_target_group(
            Name="scaled", Protocol="HTTP", Port=8080, VpcId=self.vpc, HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2, UnhealthyThresholdCount=2)["TargetGroups"][0]["TargetGroupArn"]
        self.elb.modify_target_group_attributes(TargetGroupArn=self.targets, Attributes=[
            {"Key": "deregistration_delay.timeout_seconds", "Value": "0"}])
        self.elb.create_listener(
            LoadBalancerArn=lb["LoadBalancers"][0]["LoadBalancerArn"], Protocol="HTTP", Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.targets}])
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        self.template = ec2.create_launch_template(LaunchTemplateName="scaled", LaunchTemplateData={
            "ImageId": image, "InstanceType": "t3.micro", "SecurityGroupIds": [self.server_group],
            "UserData": base64.b64encode(SERVER.encode()).decode()})["LaunchTemplate"]["LaunchTemplateId"]

    def members(self):
        group = self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["scaled"])["AutoScalingGroups"][0]
        return group["Instances"]

    def serve(self, count, without=()):
        """Whether just so many instances are in service and healthy targets, evenly spread, others than these."""
        members = self.members()
        health = self.elb.describe_target_health(TargetGroupArn=self.targets)["TargetHealthDescriptions"]
        states = {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in health}
        ids = {one["InstanceId"] for one in members}
        zones = [one["AvailabilityZone"] for one in members]
        holds = (
            len(members) == count and not ids & set(without) and set(states) == ids
            and all(one["LifecycleState"] == "InService" for one in members)
            and all(state == "healthy" for state in states.values())
            and abs(zones.count("us-east-1a") - zones.count("us-east-1b")) <= 1)
        return holds or (members, health)


def test_a_group_keeps_its_instances_behind_a_load_balancer(moat):
    place = Place(moat)
    place.scaling.create_auto_scaling_group(
        AutoScalingGroupName="scaled", LaunchTemplate={"LaunchTemplateId": place.template, "Version": "$Latest"},
        MinSize=0, MaxSize=3, DesiredCapacity=2, VPCZoneIdentifier=",".join(place.subnets),
        TargetGroupARNs=[place.targets], HealthCheckType="ELB", HealthCheckGracePeriod=300,
        Tags=[{"Key": "stage", "Value": "test", "PropagateAtLaunch": True}])
    until("two serve", lambda: place.serve(2))
    first, second = (one["InstanceId"] for one in place.members())
    tags = place.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [first]}])["Tags"]
    tags = {tag["Key"]: tag["Value"] for tag in tags}
    assert tags["stage"] == "test" and tags["aws:autoscaling:groupName"] == "scaled", tags
    assert tags["aws:ec2launchtemplate:id"] == place.template, tags
    events = moat.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "RunInstances"}])["Events"]
    assert any("AWSServiceRoleForAutoScaling" in event["CloudTrailEvent"] for event in events)

    # One is terminated by hand, the other stopped: neither runs any more.
    place.ec2.terminate_instances(InstanceIds=[first])
    until("another in its place", lambda: place.serve(2, without=[first]))
    place.ec2.stop_instances(InstanceIds=[second], Force=True)
    until("another in its place", lambda: place.serve(2, without=[first, second]))

    place.scaling.set_desired_capacity(AutoScalingGroupName="scaled", DesiredCapacity=3)
    until("three serve", lambda: place.serve(3))
    activities = place.scaling.describe_scaling_activities(AutoScalingGroupName="scaled")["Activities"]
    assert sum(one["Description"].startswith("Launching a new EC2 instance: i-") for one in activities) == 5, activities

    # One of the zone that has two leaves, and is no longer said to be of the group.
    members = place.members()
    zones = [one["AvailabilityZone"] for one in members]
    leaving = max(members, key=lambda one: zones.count(one["AvailabilityZone"]))["InstanceId"]
    place.scaling.detach_instances(
        AutoScalingGroupName="scaled", InstanceIds=[leaving], ShouldDecrementDesiredCapacity=True)
    until("two serve", lambda: place.serve(2, without=[leaving]))
    tags = place.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [leaving]}])["Tags"]
    keys = {tag["Key"] for tag in tags}
    assert "stage" in keys and "aws:autoscaling:groupName" not in keys, tags
    place.ec2.delete_tags(Resources=[leaving], Tags=[{"Key": "stage"}])
    # It comes back, and is tagged as the others are.
    place.scaling.attach_instances(AutoScalingGroupName="scaled", InstanceIds=[leaving])
    until("three serve", lambda: place.serve(3))

    def tagged():
        tags = place.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [leaving]}])["Tags"]
        return {"stage", "aws:autoscaling:groupName"} <= {tag["Key"] for tag in tags} or tags

    until("it is tagged", tagged)

    place.scaling.update_auto_scaling_group(AutoScalingGroupName="scaled", MaxSize=0)
    until("none serve", lambda: place.serve(0))
    place.scaling.delete_auto_scaling_group(AutoScalingGroupName="scaled")
    assert not place.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["scaled"])["AutoScalingGroups"]


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

data "aws_ami" "moat" {
  most_recent = true
  owners      = ["amazon"]
}

resource "aws_vpc" "main" {
  cidr_block = "10.61.0.0/16"
}

resource "aws_subnet" "main" {
  for_each          = { a = "10.61.1.0/24", b = "10.61.2.0/24" }
  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value
  availability_zone = "us-east-1${each.key}"
}

resource "aws_lb_target_group" "main" {
  name                 = "tf-scaled"
  port                 = 8080
  protocol             = "HTTP"
  vpc_id               = aws_vpc.main.id
  deregistration_delay = 0
}

resource "aws_launch_template" "main" {
  name_prefix            = "tf-scaled-"
  image_id               = data.aws_ami.moat.id
  instance_type          = "t3.micro"
  update_default_version = true
  user_data              = base64encode("#!/bin/sh\\necho hello\\n")
  tag_specifications {
    resource_type = "instance"
    tags          = { stage = "test" }
  }
  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_autoscaling_group" "main" {
  name                = "tf-scaled"
  min_size            = 0
  max_size            = 2
  desired_capacity    = 2
  vpc_zone_identifier = [for subnet in aws_subnet.main : subnet.id]
  target_group_arns   = [aws_lb_target_group.main.arn]
  health_check_type   = "EC2"
  launch_template {
    id      = aws_launch_template.main.id
    version = "$Latest"
  }
  tag {
    key                 = "Name"
    value               = "tf-scaled"
    propagate_at_launch = true
  }
}

resource "aws_autoscaling_policy" "out" {
  name                   = "out"
  autoscaling_group_name = aws_autoscaling_group.main.name
  adjustment_type        = "ChangeInCapacity"
  scaling_adjustment     = 1
}
"""


@pytest.mark.terraform
def test_a_template_and_a_group_are_applied_planned_and_destroyed(moat, tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    terraform = Terraform(moat, tmp_path)
    terraform.apply()
    terraform.plan_is_empty()
    scaling, ec2 = moat.client("autoscaling"), moat.client("ec2")
    group = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["tf-scaled"])["AutoScalingGroups"][0]
    assert {one["LifecycleState"] for one in group["Instances"]} == {"InService"} and len(group["Instances"]) == 2
    ids = [one["InstanceId"] for one in group["Instances"]]
    terraform.destroy()
    states = [
        one["State"]["Name"] for found in ec2.describe_instances(InstanceIds=ids)["Reservations"]
        for one in found["Instances"]]
    assert states == ["terminated", "terminated"]

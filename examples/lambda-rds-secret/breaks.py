"""The six things that break a function in a private network, each taken away and put back.

The demo shows them and the tests assert them.
"""

import dataclasses
import typing


@dataclasses.dataclass
class Break:
    title: str
    remove: typing.Callable
    restore: typing.Callable
    # What `moat why` is asked, and the layer that must be named.
    target: str
    layer: str


def breaks(stack, name):
    ec2, iam = stack.ec2, stack.iam
    egress = stack.permission(5432, stack.database_group)
    ingress = stack.permission(5432, stack.function_group)
    return [
        Break(
            "the function's egress rule to the database",
            lambda: ec2.revoke_security_group_egress(GroupId=stack.function_group, IpPermissions=egress),
            lambda: stack.allow_egress(5432, stack.database_group),
            f"db:{name}", "security group"),
        Break(
            "the database's ingress rule",
            lambda: ec2.revoke_security_group_ingress(GroupId=stack.database_group, IpPermissions=ingress),
            lambda: stack.allow_ingress(stack.database_group, 5432),
            f"db:{name}", "security group"),
        Break(
            "the Secrets Manager endpoint",
            lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[stack.endpoint]),
            stack.endpoint_made,
            f"secret:{name}/db", "route"),
        Break(
            "the endpoint policy's permission",
            lambda: ec2.modify_vpc_endpoint(
                VpcEndpointId=stack.endpoint, PolicyDocument=stack.endpoint_policy("secretsmanager:DescribeSecret")),
            lambda: ec2.modify_vpc_endpoint(
                VpcEndpointId=stack.endpoint, PolicyDocument=stack.endpoint_policy("secretsmanager:GetSecretValue")),
            f"secret:{name}/db", "endpoint policy"),
        Break(
            "the role's permission",
            lambda: iam.delete_role_policy(RoleName=name, PolicyName="read-secret"),
            stack.allow_secret,
            f"secret:{name}/db", "iam"),
        Break(
            "the network ACL's ephemeral ports",
            lambda: ec2.delete_network_acl_entry(NetworkAclId=stack.acl, RuleNumber=100, Egress=True),
            lambda: stack.acl_entry(egress=True, ports=(1024, 65535)),
            f"db:{name}", "network acl"),
    ]

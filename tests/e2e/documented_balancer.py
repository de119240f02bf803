"""What the documented examples of Elastic Load Balancing take for granted."""

import re

from documented_setup import Ec2Preparation


class BalancerPreparation(Ec2Preparation):
    """An ARN in the command becomes that of a load balancer, a group, a listener or a rule made for it."""

    def __init__(self, example):
        super().__init__(example, service="elbv2")
        self.elb, self.made_for = self.client, {}

    def general(self, words):
        operation = self.example.operation
        if operation == "create-load-balancer":
            self.network.ec2.attach_internet_gateway(
                VpcId=self.network.vpc(),
                InternetGatewayId=self.network.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
        words = [re.sub(r"arn:aws:acm:[^ ,'\"]+", self.certificate, word) for word in words]
        words = [re.sub(r"arn:aws:elasticloadbalancing:[^ ,'\"]+", self.own, word) for word in words]
        words = super().general(words)
        if operation in ("deregister-targets", "describe-target-health"):
            self.register(words)
        return words

    def certificate(self, match):
        """The ARN of a certificate made for a documented one."""
        arn = match.group(0)
        if arn not in self.made_for:
            acm = self.example.client("acm")
            self.made_for[arn] = acm.request_certificate(DomainName="documented.example")["CertificateArn"]
        return self.made_for[arn]

    def own(self, match):
        """The ARN of what is made for a documented one; what it is says the ARN itself."""
        arn = match.group(0)
        kind, path = arn.split(":", 5)[5].split("/", 1)
        if arn not in self.made_for:
            self.made_for[arn] = getattr(self, "of_" + kind.replace("-", "_"))(path)
        return self.made_for[arn]

    def of_loadbalancer(self, path):
        kind = "network" if path.startswith("net/") else "application"
        return self.network.once(f"{kind} lb", lambda: self.elb.create_load_balancer(
            Name=f"documented-{kind}", Type=kind, Scheme="internal", Subnets=[self.network.subnet(), self.network.subnet()],
            SecurityGroups=[self.network.group()])["LoadBalancers"][0]["LoadBalancerArn"])

    def of_targetgroup(self, path):
        name = path.split("/")[0]
        text = str(self.example)
        settings = {"Protocol": "HTTP", "Port": 80, "VpcId": self.network.vpc(), "TargetType": "instance"}
        if "tcp" in name or "loadbalancer/net/" in text:
            settings.update(Protocol="TCP", TargetType="ip")
            self.network.once("addresses", lambda: self.network.ec2.create_subnet(
                VpcId=self.network.vpc(), CidrBlock="10.0.1.0/24"))
        if ":function:" in text:
            settings = {"TargetType": "lambda"}
        made = self.elb.create_target_group(Name=name, **settings)["TargetGroups"][0]["TargetGroupArn"]
        if self.example.operation == "describe-target-groups" and name != "listened-to":
            self.listen(made)
        return made

    def listen(self, group=None):
        group = group or self.of_targetgroup("listened-to/0")
        settings = {"Protocol": "HTTP", "Port": 80}
        if self.example.operation.endswith("-listener-certificates") or self.example.operation == "describe-listeners":
            own = self.certificate(re.match(".+", "the default one"))
            settings = {"Protocol": "HTTPS", "Port": 443, "Certificates": [{"CertificateArn": own}]}
        made = self.elb.create_listener(
            LoadBalancerArn=self.of_loadbalancer("app/"), DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
            **settings)
        return made["Listeners"][0]["ListenerArn"]

    def of_listener(self, _):
        return self.network.once("listener", self.listen)

    def of_listener_rule(self, _):
        group = self.elb.create_target_group(
            Name="of-the-rule", Protocol="HTTP", Port=80, VpcId=self.network.vpc())["TargetGroups"][0]["TargetGroupArn"]
        made = self.elb.create_rule(
            ListenerArn=self.of_listener(""), Priority=10, Conditions=[{"Field": "path-pattern", "Values": ["/img/*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}])
        return made["Rules"][0]["RuleArn"]

    def register(self, words):
        group = next(word for word in words if ":targetgroup/" in word)
        targets = [dict(part.split("=") for part in word.split(",")) for word in words if word.startswith("Id=")]
        targets = targets or [{"Id": self.network.instance()}]
        self.elb.register_targets(TargetGroupArn=group, Targets=[
            {**target, **({"Port": int(target["Port"])} if "Port" in target else {})} for target in targets])

    def describe_target_groups(self, words):
        if "--load-balancer-arn" in words:
            self.listen()

    def describe_load_balancers(self, words):
        self.of_loadbalancer("app/")

    def describe_listeners(self, words):
        self.of_listener("")

    def remove_tags(self, words):
        self.elb.add_tags(ResourceArns=[next(word for word in words if ":loadbalancer/" in word)],
                          Tags=[{"Key": "project", "Value": "lima"}])

    def describe_tags(self, words):
        self.elb.add_tags(ResourceArns=[next(word for word in words if ":loadbalancer/" in word)],
                          Tags=[{"Key": "project", "Value": "lima"}, {"Key": "department", "Value": "digital-media"}])

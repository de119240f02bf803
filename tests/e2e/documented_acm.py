"""What the documented examples of certificates and of domain names take for granted."""

import re

from documented_setup import SESSION, Preparation, after

EC = {"ValidationMethod": "DNS", "KeyAlgorithm": "EC_prime256v1"}
TAGS = [{"Key": "Admin", "Value": "Alice"}, {"Key": "Purpose", "Value": "Website"}]


class AcmPreparation(Preparation):
    """The ARN of a certificate becomes that of one made for the example."""

    def general(self, words):
        if self.example.operation == "list-certificates":
            for domain in ("www.example.com", "www.example.net"):
                self.client.request_certificate(DomainName=domain, ValidationMethod="DNS")
        return [re.sub(r"arn:aws:acm:region:account:certificate/[^ ]+", self.certificate, word) for word in words]

    def certificate(self, _):
        return self.client.request_certificate(DomainName="www.example.com", Tags=TAGS, **EC)["CertificateArn"]


class Domains:
    """Domain names for an example of a gateway: each example has names of its own, as a moat has each name once."""

    def __init__(self, example):
        self.example, self.client = example, example.client(example.service)
        self.parent = f"n{example.number}.{'domain.tld' if example.service == 'apigateway' else 'example.com'}"

    def certificate(self, region=None):
        acm = SESSION.client("acm", region_name=region or self.example.region, endpoint_url=self.example.url)
        return acm.request_certificate(DomainName=f"*.{self.parent}", **EC)["CertificateArn"]

    def named(self, words):
        """The words with names and certificates of the example's own."""
        certificate = self.certificate()
        words = [re.sub(r"arn:aws:acm:[^ ,'\"]+", certificate, word) for word in words]
        return [re.sub(r"\b(domain\.tld|example\.com)$", self.parent, word) for word in words]

    def rest(self, words, api):
        words = self.named(words)
        name = after(words, "--domain-name") or f"api.{self.parent}"
        if self.example.operation == "create-domain-name" or "--domain-name-id" in words:
            return words
        if "--resource-owner" in words:
            self.client.create_domain_name(
                domainName=name, regionalCertificateArn=self.certificate(), securityPolicy="TLS_1_2",
                endpointConfiguration={"types": ["REGIONAL"]})
        else:
            self.client.create_domain_name(
                domainName=name, certificateArn=self.certificate("us-east-1"), certificateName="name")
        if "base-path" in self.example.operation:
            taken = after(words, "--base-path") if self.example.operation != "create-base-path-mapping" else None
            for path in (taken, "(none)") if taken else ("(none)",):
                self.client.create_base_path_mapping(domainName=name, basePath=path, restApiId=api, stage="dev")
        return ["dev" if before == "--stage" else word for before, word in zip([""] + words, words)]

    def http(self, words, api):
        words = self.named(words)
        name = after(words, "--domain-name") or f"api.{self.parent}"
        operation = self.example.operation
        if operation == "create-domain-name":
            return words
        self.client.create_domain_name(
            DomainName=name, DomainNameConfigurations=[{"CertificateArn": self.certificate()}])
        if operation.endswith("api-mapping") and operation != "create-api-mapping":
            made = self.client.create_api_mapping(DomainName=name, ApiId=api, Stage="test", ApiMappingKey="made")
            words = [made["ApiMappingId"] if before == "--api-mapping-id" else word
                     for before, word in zip([""] + words, words)]
        return words

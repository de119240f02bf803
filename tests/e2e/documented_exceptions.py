"""The documented examples that moat does not answer as documented, with the reasons. A key is a
pattern that is found in the command, spaces made single."""

# As written, no program could run these.
UNUSABLE = {
    r"policy-arns .*policy/q=webidentity": "the program reads the equals sign as its own",
    r"--generate-cli-skeleton >": "it calls no service",
    r"--ip-permissions \[\{IpProtocol=tcp,FromPort=80,ToPort=80,IpRanges=\[\{CidrIp=10.0.0.0/16\}\]$": "its brackets do not match",
    r"Description='RDP access": "its quotes end early",
    r"update-integration .*path='requestTemplates": "its path lacks the first slash",
    r"` --resources": "PowerShell's quotes",
    r"access-scope-analysis-id nis --nis-": "the identifier is broken in two",
    r"--default-actions Type=redirect, RedirectConfig": "a space breaks the action in two",
    r"elbv2 create-rule .*file://": "what is in the files is not said",
    r"create-launch-template .*file://config.json": "what is in the file is not said",
    r"file://(filters.json|UserData.base64.txt|my_script.txt|mapping.json)": "what is in the file is not said",
    r"create-default-subnet .*\{": "its answer is written into the command",
    r"contains\(SslProtocols,'TLSv1.3'\)|HttpCode='200,299'": "the shell takes away quotes that the program needs",
    r"acm list-certificates .*--next-token": "the token is an example; only a given one leads on",
    r"apigateway (create|update)-domain-name .*(my|api)\.domain\.tld": "an edge certificate is in us-east-1, and each example has a region of its own",
}

# Moat refuses these, with an error.
NOT_SERVED = {
    # sts
    r"get-session-token --duration-seconds 900 --serial-number": "multi-factor authentication is not there",
    r"decode-authorization-message": "the message is an example; only a real one can be decoded",
    # secretsmanager
    r"update-secret --secret-id MyTestSecret --kms-key-id": "keys of one's own (KMS) are not there",
    # rds
    r"--engine mysql --master-username": "PostgreSQL is the engine that is there",
    r"--final-db-snapshot-identifier": "snapshots are not there",
    r"--option-group-name": "option groups and parameter groups are not there",
    # lambda
    r"publish-layer-version .*S3Bucket": "S3 is not there",
    r"update-function-event-invoke-config .*arn:aws:sqs": "SQS is not there",
    # apigateway
    r"create-authorizer .*--type COGNITO_USER_POOLS": "user pools of Cognito are not there",
    r"create-rest-api .*--clone-from": "copies are not there",
    r"get-export .*extensions='postman'": "what another program reads is not written",
    r"create-api-key .*--stage-keys": "usage plans have taken the place of stage keys",
    r"apigateway .*-domain-name .*my\.private\.domain\.tld|api\.private\.domain\.tld": "private domain names are not there",
    # acm
    r"acm request-certificate .*--validation-method EMAIL": "nobody reads mail in moat's world: domains are validated by DNS",
    # elbv2
    r"elbv2 create-load-balancer .*--type gateway": "gateway load balancers are not there",
    r"elbv2 create-target-group .*--protocol GENEVE": "gateway load balancers are not there",
    r"elbv2 create-listener .*loadbalancer/app/.*--protocol TLS": "an application load balancer has listeners of HTTP and HTTPS",
    r"elbv2 modify-listener .*arn:aws:iam": "server certificates of IAM are not there, those of ACM are",
    r"elbv2 create-listener .*--protocol UDP": "UDP is not balanced",
    r"elbv2 create-listener .*loadbalancer/gwy/": "gateway load balancers are not there",
    r"elbv2 modify-load-balancer-attributes .*access_logs.s3.enabled,Value=true": "S3 is not there",
    # apigatewayv2
    r"apigatewayv2 create-integration .*--integration-type MOCK": "functions that get the message as it came (AWS_PROXY) are there",
    # ec2
    r"--resources .*ami-[0-9a-f]{8}": "images have no tags",
    r"attach-network-interface .*--network-card-index 1": "an instance has one network card",
    r"run-instances .*--key-name": "key pairs are not there: `moat exec` needs none",
    r"modify-instance-attribute .*--(sriov-net-support|block-device-mappings)": "disks and network cards are not modelled",
    r"modify-instance-metadata-options .*--http-protocol-ipv6 enabled": "the metadata service has its IPv4 address",
    r"stop-instances .*--hibernate": "hibernation is not there",
    r"network-border-group us-west-2-lax-1": "local zones are not there",
    r"--public-ipv4-pool|--ipam-pool-id|--ipv4-ipam-pool-id": "pools of one's own addresses are not there",
    r"create-subnet .*--ipv6-native": "subnets have IPv4",
    r"--connection-tracking-specification": "timeouts of connection tracking cannot be set",
    r"--interface-type efa": "interfaces are of the one usual type",
    r"modify-vpc-peering-connection-options": "EC2-Classic is gone, and public names do not resolve in a VPC",
    r"netbios-node-type": "no host of moat reads the option",
    r"create-flow-logs .*(s3|transit-gateway|TransitGateway|firehose)": "flow logs are delivered to CloudWatch Logs",
    r"\bvgw-": "virtual private gateways are not there",
    r"--instance-tenancy dedicated": "dedicated hardware is not there",
    r"release-address --public-ip": "it is EC2-Classic's way; addresses of a VPC are named by their allocation",
    r"create-vpc-endpoint .*Interface .*us-east-1.s3": "endpoints of S3 are gateways",
    r"--vpc-endpoint-type (GatewayLoadBalancer|Resource|ServiceNetwork)": "endpoints are interfaces or gateways",
}

# The documented keys that moat's answer does not have, and why.
ABSENT = {
    # acm
    r"acm describe-certificate ": [".Certificate.DomainValidationOptions[].ValidationEmails"],
    # domain names of other accounts are private ones
    r"apigateway get-domain-names --resource-owner OTHER_ACCOUNTS": [".items[]"],
    # ec2
    r"get-launch-template-data": [".BlockDeviceMappings", ".NetworkInterfaces[].Ipv6Addresses[]"],
    r"describe-images .*--image-ids": [".Images[].BlockDeviceMappings[]", ".Images[].SriovNetSupport"],
    r"describe-instance-types --filters Name=hibernation-supported": ["[]"],
    r"describe-instances --instance-ids i-1234567890abcdef0": [
        ".Reservations[].Instances[]." + key for key in (
            "BlockDeviceMappings[]", "CapacityReservationSpecification", "EnclaveOptions", "HibernationOptions",
            "IamInstanceProfile", "KeyName", "MaintenanceOptions", "NetworkInterfaces[].Association",
            "NetworkInterfaces[].PrivateIpAddresses[].Association", "PrivateDnsNameOptions", "PublicIpAddress",
            "UsageOperationUpdateTime")],
    r"describe-instances --instance-ids .*Placement": ["[][].PartitionNumber"],
    r"describe-instance-types --instance-types": [
        ".InstanceTypes[]." + key for key in (
            "AutoRecoverySupported", "DedicatedHostsSupported", "EbsInfo", "Hypervisor", "NetworkInfo.EnaSupport",
            "NetworkInfo.Ipv6AddressesPerInterface", "NetworkInfo.Ipv6Supported", "NetworkInfo.NetworkPerformance",
            "PlacementGroupInfo", "ProcessorInfo.SustainedClockSpeedInGhz", "VCpuInfo.ValidCores",
            "VCpuInfo.ValidThreadsPerCore")],
    # apigatewayv2
    r"apigatewayv2 update-route .*--authorization-scopes": [".RequestParameters"],
    # apigateway
    r"apigateway get-stage ": [".cacheClusterSize"],
    r"apigateway get-stages ": [".item[].cacheClusterSize"],
    # Rotation, replicas and keys of one's own are not there; AWS leaves the fields out then.
    r"describe-secret ": [
        ".KmsKeyId", ".LastRotatedDate", ".PrimaryRegion", ".ReplicationStatus", ".RotationEnabled",
        ".RotationLambdaARN", ".RotationRules"],
    r'list-secrets --filter Key="owning-service"': [
        ".SecretList[].LastRotatedDate", ".SecretList[].RotationEnabled", ".SecretList[].RotationRules"],
    # Users have no keys, certificates, devices or service credentials besides access keys.
    r"list-mfa-devices ": [".MFADevices[]"],
    r"list-service-specific-credentials ": [".ServiceSpecificCredentials[]"],
    r"list-signing-certificates ": [".Certificates[]"],
    r"list-ssh-public-keys ": [".SSHPublicKeys[]"],
    r"list-virtual-mfa-devices": [".VirtualMFADevices[]"],
    # Which service an entity used is not kept.
    r"get-service-last-accessed-details-with-entities": [".EntityDetailsList[]"],
    # Packages cannot be downloaded: the link would lead to a bucket that is not there.
    r"lambda get-function --": [".Code.Location", ".Code.RepositoryType"],
    r"lambda get-layer-version(-by-arn)? ": [".Content.Location"],
    # Queues are not there.
    r"get-function-event-invoke-config .*:BLUE": [".DestinationConfig.OnFailure.Destination"],
    # With spaces in its keys.
    r"put-provisioned-concurrency-config ": [
        ".Allocated ProvisionedConcurrentExecutions", ".Requested ProvisionedConcurrentExecutions"],
    # The documented answer is of another command.
    r"lambda list-layer-versions ": [".Layers"],
    # The interfaces that the test makes are of no instance; volumes and EC2-Classic are not there.
    r"describe-addresses($| --filters .*Values=vpc| --allocation-ids| --public-ips)": [".Addresses[].InstanceId"],
    r"describe-addresses .*Values=standard": [".Addresses[]"],
    r"describe-tags .*(Values=volume|Values=instance)": [".Tags[]"],
    r"describe-network-interface-attribute .*--attribute attachment": [".Attachment"],
    r"describe-network-interfaces$": [".NetworkInterfaces[].Attachment"],
    r"describe-vpc-endpoint-services .*us-east-1.s3": [".ServiceDetails[]", ".ServiceNames[]"],
    # The example is about an IPv6 block.
    # The documented keys are misspelt; they are NetworkInsightsPath and SecurityGroupReferenceSet.
    r"create-network-insights-path ": [".NetworkInsightsPaths"],
    r"describe-security-group-references": [".SecurityGroupsReferenceSet"],
    # It names another account's service or user that made the interface.
    r"create-network-interface .*--(private-ip-address|ipv6-address-count)": [".NetworkInterface.RequesterId"],
    # Addresses have no reverse name, as on AWS until one is asked for.
    r"describe-addresses-attribute ": [".Addresses[].PtrRecord"],
}

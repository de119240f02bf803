#!/usr/bin/env bash
# The same architecture by hand, with the AWS CLI and nothing else:
#
#     moat up -d; eval "$(moat env)"; AWS_PAGER= ./by-hand.sh function.zip
#
# It prints the function's answer. NAME and RUNTIME can be changed by the environment.
set -euo pipefail
zip=${1:?usage: by-hand.sh FUNCTION.zip}
name=${NAME:-byhand}
runtime=${RUNTIME:-python3.11}
# Version 1 of the AWS CLI forgets AWS_ENDPOINT_URL for `aws rds`, so it is named on every call.
aws() { command aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"; }
text() { aws "$@" --output text; }

vpc=$(text ec2 create-vpc --cidr-block 10.40.0.0/16 --query Vpc.VpcId)
aws ec2 modify-vpc-attribute --vpc-id "$vpc" --enable-dns-hostnames
subnet() { text ec2 create-subnet --vpc-id "$vpc" --cidr-block "$1" --availability-zone "$2" --query Subnet.SubnetId; }
app=$(subnet 10.40.1.0/24 us-east-1a)
data_a=$(subnet 10.40.11.0/24 us-east-1a)
data_b=$(subnet 10.40.12.0/24 us-east-1b)

group() { text ec2 create-security-group --group-name "$name-$1" --description "$1" --vpc-id "$vpc" --query GroupId; }
function=$(group function)
database=$(group database)
endpoint=$(group endpoint)
aws ec2 revoke-security-group-egress --group-id "$function" --protocol all --port all --cidr 0.0.0.0/0 >/dev/null
pair() { echo "IpProtocol=tcp,FromPort=$1,ToPort=$1,UserIdGroupPairs=[{GroupId=$2}]"; }
aws ec2 authorize-security-group-egress --group-id "$function" --ip-permissions "$(pair 5432 "$database")" >/dev/null
aws ec2 authorize-security-group-egress --group-id "$function" --ip-permissions "$(pair 443 "$endpoint")" >/dev/null
aws ec2 authorize-security-group-ingress --group-id "$database" --protocol tcp --port 5432 --source-group "$function" >/dev/null
aws ec2 authorize-security-group-ingress --group-id "$endpoint" --protocol tcp --port 443 --source-group "$function" >/dev/null

acl=$(text ec2 create-network-acl --vpc-id "$vpc" --query NetworkAcl.NetworkAclId)
aws ec2 create-network-acl-entry --network-acl-id "$acl" --rule-number 100 --protocol tcp --rule-action allow \
    --ingress --cidr-block 10.40.1.0/24 --port-range From=5432,To=5432
aws ec2 create-network-acl-entry --network-acl-id "$acl" --rule-number 100 --protocol tcp --rule-action allow \
    --egress --cidr-block 10.40.1.0/24 --port-range From=1024,To=65535
for subnet in "$data_a" "$data_b"; do
    association=$(text ec2 describe-network-acls --filters "Name=association.subnet-id,Values=$subnet" \
        --query "NetworkAcls[0].Associations[?SubnetId=='$subnet'].NetworkAclAssociationId")
    aws ec2 replace-network-acl-association --association-id "$association" --network-acl-id "$acl" >/dev/null
done

password=$(text secretsmanager get-random-password --exclude-punctuation --password-length 24 --query RandomPassword)
secret=$(text secretsmanager create-secret --name "$name/db" \
    --secret-string "{\"username\":\"app\",\"password\":\"$password\"}" --query ARN)
aws rds create-db-subnet-group --db-subnet-group-name "$name" --db-subnet-group-description private \
    --subnet-ids "$data_a" "$data_b" >/dev/null
aws rds create-db-instance --db-instance-identifier "$name" --engine postgres --db-instance-class db.t3.micro \
    --allocated-storage 20 --db-name "$name" --master-username app --master-user-password "$password" \
    --backup-retention-period 0 --db-subnet-group-name "$name" --vpc-security-group-ids "$database" >/dev/null

aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id "$vpc" \
    --service-name com.amazonaws.us-east-1.secretsmanager --subnet-ids "$app" --security-group-ids "$endpoint" \
    --private-dns-enabled >/dev/null

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
role=$(text iam create-role --role-name "$name" --assume-role-policy-document "$trust" --query Role.Arn)
aws iam attach-role-policy --role-name "$name" \
    --policy-arn arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole
aws iam put-role-policy --role-name "$name" --policy-name read-secret --policy-document \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"$secret\"}]}"

until [ "$(text rds describe-db-instances --db-instance-identifier "$name" --query 'DBInstances[0].DBInstanceStatus')" = available ]; do
    sleep 1
done
host=$(text rds describe-db-instances --db-instance-identifier "$name" --query 'DBInstances[0].Endpoint.Address')
aws lambda create-function --function-name "$name" --runtime "$runtime" --handler app.handler --role "$role" \
    --timeout 10 --memory-size 256 --zip-file "fileb://$zip" \
    --vpc-config "SubnetIds=$app,SecurityGroupIds=$function" \
    --environment "Variables={SECRET_ID=$secret,DB_HOST=$host,DB_PORT=5432,DB_NAME=$name}" >/dev/null
aws lambda wait function-active-v2 --function-name "$name"

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
aws lambda invoke --function-name "$name" --payload '{"seed":["by hand"]}' "$answer" >/dev/null
cat "$answer"
echo

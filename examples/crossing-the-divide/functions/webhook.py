"""Outside the network: takes the payment provider's webhook, checks who signed it, and hands it to the
function inside. It reaches nothing else: not the application, not the database."""

import hashlib
import hmac
import json
import os

import boto3

FUNCTIONS = boto3.client("lambda")
# How the provider signs: HMAC-SHA256 over the body, in hexadecimal.
HEADER = "x-provider-signature"


def handler(event, context):
    body = event.get("body") or ""
    given = next((value for name, value in event["headers"].items() if name.lower() == HEADER), "")
    wanted = hmac.new(os.environ["PROVIDER_SECRET"].encode(), body.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given, wanted):
        return answer(401, {"message": "the provider did not sign this"})
    try:
        response = FUNCTIONS.invoke(FunctionName=os.environ["INSIDE"], Payload=body.encode())
    except FUNCTIONS.exceptions.ClientError as error:
        return answer(502, {"message": str(error), "request": error.response["ResponseMetadata"]["RequestId"]})
    told = json.loads(response["Payload"].read())
    return answer(502, {"message": told["errorMessage"]}) if "FunctionError" in response else answer(200, told)


def answer(status, body):
    return {"statusCode": status, "body": json.dumps(body)}

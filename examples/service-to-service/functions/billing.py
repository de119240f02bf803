"""Service A: calls service B's API as itself, with the credentials that its role gives it."""

import json
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

SESSION = boto3.Session()


def handler(event, context):
    request = AWSRequest(event["verb"], event["url"], data=event.get("body"))
    SigV4Auth(SESSION.get_credentials(), "execute-api", SESSION.region_name).add_auth(request)
    wanted = urllib.request.Request(event["url"], method=event["verb"], headers=dict(request.headers.items()))
    try:
        with urllib.request.urlopen(wanted, timeout=10) as answer:
            return {"status": answer.status, "body": json.load(answer)}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "body": json.load(error), "request": error.headers["x-amzn-requestid"]}

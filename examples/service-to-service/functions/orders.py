"""Service B: its API hands every request to this function."""

import json


def handler(event, context):
    caller = event["requestContext"]["identity"].get("userArn")
    return {"statusCode": 200, "body": json.dumps({
        "did": f"{event['httpMethod']} {event['path']}", "for": caller})}

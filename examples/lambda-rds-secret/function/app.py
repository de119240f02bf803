"""Reads orders from a private PostgreSQL. The password comes from Secrets Manager.

There is no endpoint override in here: inside the VPC, DNS decides where
secretsmanager.us-east-1.amazonaws.com leads, as on AWS.
"""

import json
import os

import boto3
import pg8000.native
from botocore.config import Config

CONNECT_TIMEOUT_S = 2
secrets = boto3.client(
    "secretsmanager",
    config=Config(connect_timeout=CONNECT_TIMEOUT_S, read_timeout=5, retries={"total_max_attempts": 1}),
)


def connect():
    secret = secrets.get_secret_value(SecretId=os.environ["SECRET_ID"])
    login = json.loads(secret["SecretString"])
    return pg8000.native.Connection(
        user=login["username"],
        password=login["password"],
        host=os.environ["DB_HOST"],
        port=int(os.environ["DB_PORT"]),
        database=os.environ["DB_NAME"],
        timeout=CONNECT_TIMEOUT_S,
    )


def handler(event, context):
    db = connect()
    try:
        if event.get("seed"):
            db.run("CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY, item text NOT NULL)")
            for number, item in enumerate(event["seed"], start=1):
                db.run(
                    "INSERT INTO orders VALUES (:id, :item) ON CONFLICT (id) DO UPDATE SET item = :item",
                    id=number,
                    item=item,
                )
        rows = db.run("SELECT id, item FROM orders ORDER BY id")
        return {"orders": [{"id": number, "item": item} for number, item in rows]}
    finally:
        db.close()

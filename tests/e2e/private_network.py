"""The example's network and database with a small function that reads the database's rows, for tests that
stop and start moat under them."""

import io
import json
import pathlib
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/lambda-rds-secret"))
import deploy  # noqa: E402  (found by the line above)

HANDLER = '''
import pg8000.native

def handler(event, context):
    try:
        db = pg8000.native.Connection(timeout=event["patience"], **event["login"])
    except Exception as error:
        return {"failed": str(error)}
    for statement in event.get("statements", []):
        db.run(statement)
    return {"rows": [row[0] for row in db.run("SELECT word FROM words ORDER BY word")]}
'''
WORDS = ["drawbridge", "keep", "moat"]


def with_file(package, name, text):
    """A package with one file more, which everybody may read, as Lambda wants it."""
    content = io.BytesIO(package)
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr(entry, text)
    return content.getvalue()


class PrivateNetwork(deploy.Stack):
    """Deployed into a moat; `reconnect` after each start, which may be on another port."""

    def __init__(self, moat):
        self.moat, self.say = moat, lambda text: None
        self.reconnect()

    def reconnect(self):
        self.ec2, self.iam, self.rds, self.functions, self.secrets = map(
            self.moat.client, ("ec2", "iam", "rds", "lambda", "secretsmanager"))

    def function_made(self):
        password = json.loads(self.secrets.get_secret_value(SecretId=self.secret)["SecretString"])
        self.login = {
            "user": password["username"], "password": password["password"], "database": deploy.NAME,
            "host": self.database["Address"], "port": self.database["Port"]}
        self.package = with_file(deploy.package(), "words.py", HANDLER)
        self.make_function("words")
        filled = ["CREATE TABLE words (word text PRIMARY KEY)"] + [f"INSERT INTO words VALUES ('{w}')" for w in WORDS]
        assert self.words(filled) == {"rows": WORDS}

    def make_function(self, name, handler="words.handler", package=None, wait=True, **settings):
        vpc = {"SubnetIds": [self.app_subnet], "SecurityGroupIds": [self.function_group]}
        wanted = {"Timeout": 60, "MemorySize": 256, "VpcConfig": vpc, **settings}
        self.functions.create_function(
            FunctionName=name, Runtime="python3.11", Handler=handler, Role=self.role,
            Code={"ZipFile": package or self.package}, **wanted)
        if wait:
            self.functions.get_waiter("function_active_v2").wait(
                FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 1200})

    def event(self, statements=(), patience=0.5):
        return json.dumps({"login": self.login, "statements": list(statements), "patience": patience})

    def words(self, statements=(), patience=30):
        """What the function read; `patience` is how long it waits for a database that does not answer."""
        answer = self.functions.invoke(FunctionName="words", Payload=self.event(statements, patience))
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def instance(self):
        return self.rds.describe_db_instances(DBInstanceIdentifier=deploy.NAME)["DBInstances"][0]

    def wait_for_database(self):
        self.rds.get_waiter("db_instance_available").wait(
            DBInstanceIdentifier=deploy.NAME, WaiterConfig={"Delay": 0.1, "MaxAttempts": 1800})

"""What only a deployment has, after the scenario: policies, the event bus, poison, updates, deletion."""

import contextlib
import copy
import hashlib
import json
import os
import secrets
import shutil
import subprocess

from botocore.exceptions import ClientError
from stack import NAME
from web import Caller, ask, until

# A record that appears this much later was not projected meanwhile.
QUIET_S = 3


class Listener:
    """A queue behind a rule on the event bus, as somebody else's system would have it."""

    def __init__(self, account, stack):
        events, self.sqs = account.client("events"), account.client("sqs")
        bus = stack.outputs()["EventBusName"]
        self.queue = self.sqs.create_queue(QueueName="listener")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = {"source": ["annals"], "detail-type": ["customer.registered"]}
        rule = events.put_rule(Name="listener", EventBusName=bus, EventPattern=json.dumps(pattern))["RuleArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy})
        events.put_targets(Rule="listener", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
        self.subjects = {}

    def heard(self, subject):
        """The event about that record, once it has come."""
        while messages := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                event = json.loads(message["Body"])
                self.subjects[event["detail"]["subject"]] = event
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return self.subjects.get(subject)


class Work:
    """What the parts below share."""

    def __init__(self, world, made, template, site, parameters, heard, cli):
        self.world, self.made, self.heard, self.cli = world, made, heard, cli
        self.account, self.stack = world.account, world.stack
        self.template, self.site, self.parameters = template, site, parameters
        self.admin = made["admin"]

    def created(self, name="Somebody"):
        return self.admin.post("/customers", {"name": name}).expect(201).json()["id"]

    def listed(self, record):
        return any(row["id"] == record for row in self.admin.all("/customers?limit=100"))

    @contextlib.contextmanager
    def without(self, role, statement):
        """Takes one statement from a role's policy, and puts it back."""
        iam, name = self.account.client("iam"), self.stack.physical(role)
        whole = iam.get_role_policy(RoleName=name, PolicyName="what-it-needs")["PolicyDocument"]
        whole = whole if isinstance(whole, dict) else json.loads(whole)
        left = {**whole, "Statement": [one for one in whole["Statement"] if one["Sid"] != statement]}
        assert len(left["Statement"]) == len(whole["Statement"]) - 1, f"{role} has no statement {statement}"
        policy = {"RoleName": name, "PolicyName": "what-it-needs"}
        iam.put_role_policy(**policy, PolicyDocument=json.dumps(left))
        try:
            yield
        finally:
            iam.put_role_policy(**policy, PolicyDocument=json.dumps(whole))

    def refused_calls(self, function):
        """What a function's log says of calls that were denied."""
        logs, group = self.account.client("logs"), f"/aws/lambda/{NAME}-{function}"
        events = logs.filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events if "AccessDenied" in event["message"]]


def tell_errors(account):
    """What the functions' logs say went wrong, the last of each."""
    logs = account.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        wrong = [event["message"] for event in events if "ERROR" in event["message"] or "WARN" in event["message"]]
        print("\n".join([f"-- {group['logGroupName']}", *wrong[-5:]]) if wrong else "", end="\n" if wrong else "")


def run(work, steps):
    for sentence, part in PARTS:
        with steps.step(sentence):
            part(work)


def bus(work):
    record = work.made["lily"]
    event = until("the event", lambda: work.heard.heard(record))
    assert event["source"] == "annals" and event["detail-type"] == "customer.registered", event


def cors(work):
    api = work.stack.physical("Api")
    url = f"{work.account.gateway}/_aws/execute-api/{api}/$default/api/v1/customers"
    asked = {"access-control-request-method": "PATCH", "access-control-request-headers": "authorization,if-match"}
    answer = ask(url, "OPTIONS", headers={"origin": work.parameters["AllowedOrigins"], **asked})
    assert answer.headers.get("access-control-allow-origin") == work.parameters["AllowedOrigins"], answer.headers
    assert "if-match" in answer.headers["access-control-allow-headers"].lower(), answer.headers
    answer = ask(url, "OPTIONS", headers={"origin": "https://evil.example.org", **asked})
    assert "access-control-allow-origin" not in answer.headers, answer.headers


def append_only(work):
    """Whoever administers the account can read the log and change nothing in it."""
    iam = work.account.client("iam")
    iam.create_user(UserName="root-like")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName="root-like", PolicyName="everything", PolicyDocument=json.dumps(everything))
    key = iam.create_access_key(UserName="root-like")["AccessKey"]
    table = f"{NAME}-events"
    dynamodb = work.account.client("dynamodb", key["AccessKeyId"], key["SecretAccessKey"])
    item = dynamodb.scan(TableName=table, Limit=1)["Items"][0]
    where = {"TableName": table, "Key": {"pk": item["pk"], "rev": item["rev"]}}
    request = {"DeleteRequest": {"Key": where["Key"]}}
    for sentence, call in {
        "update": lambda: dynamodb.update_item(**where, UpdateExpression="SET e = :e", ExpressionAttributeValues={":e": {"S": "{}"}}),
        "delete": lambda: dynamodb.delete_item(**where),
        "put": lambda: dynamodb.put_item(TableName=table, Item=item),
        "batch": lambda: dynamodb.batch_write_item(RequestItems={table: [request]}),
    }.items():
        try:
            call()
        except ClientError as error:
            assert "AccessDenied" in error.response["Error"]["Code"], (sentence, error)
        else:
            raise AssertionError(f"{sentence}: an administrator changes the log")
    dynamodb.put_item(TableName=f"{NAME}-control", Item={"pk": {"S": "test"}, "sk": {"S": "test"}})
    dynamodb.delete_item(TableName=f"{NAME}-control", Key={"pk": {"S": "test"}, "sk": {"S": "test"}})


def denied_calls(work):
    """Each statement that a request needs: without it that request fails, and others do not."""
    admin = work.admin
    lily = work.made["lily"]
    write = lambda: admin.post("/customers", {"name": "Somebody"})
    read = lambda: admin.get("/customers")
    invite = lambda: admin.post("/people/rights", {"email": f"{secrets.token_hex(6)}@example.org", "groups": ["viewers"]})
    search = lambda: admin.get("/audit/commits")
    views = lambda: admin.get("/operations/views")
    past = lambda: admin.get(f"/customers/{lily}/history")
    rows = [
        ("RecordCommandsRole", "Append", "record-commands", write, [read, search, views, invite]),
        ("PeopleCommandsRole", "AppendToPeople", "people-commands", invite, [write, read]),
        ("PeopleCommandsRole", "People", "people-commands", invite, [write, read]),
        ("RecordQueriesRole", "Views", "record-queries", read, [write, past]),
        ("RecordQueriesRole", "Log", "record-queries", past, [write, read]),
        ("AuditQueriesRole", "Views", "audit-queries", search, [write, read]),
        ("OperatorCommandsRole", "Control", "operator-commands", views, [write, read]),
    ]
    for role, statement, function, fails, others in rows:
        before = len(work.refused_calls(function))
        with work.without(role, statement):
            status = fails().status
            assert status >= 500, f"{role} without {statement}: {status}"
            for other in others:
                answer = other()
                assert answer.status < 300, f"{role} without {statement}: {answer.status} {answer.body}"
        status = fails().status
        assert status < 300, f"{role} with {statement} again: {status}"
        assert len(work.refused_calls(function)) > before, f"{function} does not say why it failed"


def denied_streams(work):
    """What works in the background waits for its rights, and then does what it has missed."""
    for role, statement in [("ProjectorRole", "Stream"), ("ProjectorRole", "Views")]:
        with work.without(role, statement):
            record = work.created()
            try:
                until("nothing", lambda: work.listed(record), QUIET_S)
            except AssertionError:
                record_waits = True
            else:
                record_waits = False
            assert record_waits, f"{role} without {statement} projects"
        until(f"{role} with {statement} again", lambda: work.listed(record))
    with work.without("PublisherRole", "Publish"):
        record = work.created()
        until("the projection", lambda: work.listed(record))
        assert work.heard.heard(record) is None, "a publisher that may not publish"
    until("the event", lambda: work.heard.heard(record))


def poison(work):
    """An event that no build knows, in the log behind the API's back: by the account's root, which the emulator
    does not hold to the table's policy."""
    dynamodb, table = work.account.client("dynamodb"), f"{NAME}-events"
    record, tenant = work.created("Poisoned"), "t.main"
    until("the projection", lambda: work.listed(record))
    pk = f"{tenant}#customer#{record}"
    last = dynamodb.get_item(TableName=table, Key={"pk": {"S": pk}, "rev": {"N": "1"}})["Item"]
    text = json.loads(last["e"]["S"])
    digest = hashlib.sha256(b"annals:commit:v1\0" + last["p"]["B"] + last["e"]["S"].encode()).digest()
    commit = text["commit"][:-4] + "ZZZZ"
    text |= {"commit": commit, "rev": 2, "events": [{"type": "not_known_to_anybody", "schema": 1, "data": {}}]}
    text.pop("key", None)
    item = {**last, "rev": {"N": "2"}, "c": {"S": commit}, "e": {"S": json.dumps(text, separators=(",", ":"))}, "p": {"B": digest}}
    dynamodb.put_item(TableName=table, Item=item)

    def parked():
        items = work.admin.get("/operations/parked").expect(200).json()["items"]
        return [one for one in items if one["record"]["id"] == record]

    found = until("the record is parked", parked)
    assert found[0]["version"] == 2 and found[0]["cause"] == "newer_build", found
    other = work.created("After the poison")
    until("others go on", lambda: work.listed(other))
    left = work.account.client("s3").list_objects_v2(Bucket=work.stack.outputs()["FailedBatchesBucket"])
    assert left["KeyCount"] == 0, f"a batch was given up: {left}"


def smoke(work):
    """`annals smoke`, as somebody who has just deployed would run it."""
    environment = {"PATH": os.environ["PATH"], "ANNALS_TOKEN": work.admin.token, "HOME": str(work.account.home)}
    run = subprocess.run([work.cli, "smoke", work.world.base], env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr


def update(work):
    """Another page and a policy that lacks a statement: the site is new, one call fails, and everything is still
    there; then the template as it is."""
    before = {row["id"] for row in work.admin.all("/customers?limit=100")}
    versions = len(history(work))
    template = copy.deepcopy(work.template)
    policy = template["Resources"]["RecordCommandsRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    policy["Statement"] = [one for one in policy["Statement"] if one["Sid"] != "Append"]
    other = work.account.home / "other-screens"
    shutil.copytree(work.site, other)
    page = (other / "index.html").read_text()
    (other / "index.html").write_text(page.replace("</title>", " of another time</title>"))
    (other / "assets" / "another-1.js").write_text("// another")
    gone = next(path for path in sorted((other / "assets").iterdir()) if path.name != "another-1.js")
    gone.unlink()
    work.stack.deploy(template, other, work.parameters, update=True)
    base = work.world.base
    assert "of another time" in ask(f"{base}/").expect(200).text()
    script = ask(f"{base}/assets/another-1.js").expect(200)
    assert "immutable" in script.headers["cache-control"], script.headers
    ask(f"{base}/assets/{gone.name}").expect(404)
    status = work.admin.post("/customers", {"name": "Nobody"}).status
    assert status >= 500, f"a role that may not append: {status}"
    assert {row["id"] for row in work.admin.all("/customers?limit=100")} == before, "rows are lost"
    work.stack.deploy(work.template, work.site, work.parameters, update=True)
    assert "of another time" not in ask(f"{base}/").expect(200).text()
    ask(f"{base}/assets/another-1.js").expect(404)
    record = work.created("After the update")
    until("the stream goes on", lambda: work.listed(record))
    assert len(history(work)) == versions, "history is lost"


def history(work):
    return work.admin.all(f"/customers/{work.made['lily']}/history")


def delete(work):
    """The log and the people stay; everything else goes, the site's files with it."""
    names = {name: work.stack.physical(name) for name in ("SiteBucket", "UserPool", "Exports", "FailedBatches")}
    dynamodb, s3 = work.account.client("dynamodb"), work.account.client("s3")
    commits = dynamodb.scan(TableName=f"{NAME}-events", Select="COUNT")["Count"]
    work.stack.delete()
    assert dynamodb.list_tables()["TableNames"] == [f"{NAME}-events"], dynamodb.list_tables()
    assert dynamodb.scan(TableName=f"{NAME}-events", Select="COUNT")["Count"] == commits > 0
    buckets = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert names["SiteBucket"] not in buckets and {names["Exports"], names["FailedBatches"]} <= buckets, buckets
    work.account.client("cognito-idp").describe_user_pool(UserPoolId=names["UserPool"])
    assert work.account.client("lambda").list_functions()["Functions"] == []
    answer = Caller(work.world.base).get("/health")
    assert answer.status >= 400, answer.status


PARTS = [
    ("a rule on the event bus gets the event", bus),
    ("other sites: those that were named may call the API", cors),
    ("the log is append-only for administrators", append_only),
    ("without one statement of a role, its call fails and no other", denied_calls),
    ("without rights on stream, view or bus, work waits and is then done", denied_streams),
    ("an event that nobody knows is parked, and others go on", poison),
    ("annals smoke", smoke),
    ("an update of the stack: new screens, the same data", update),
    ("the stack is deleted; log and people stay", delete),
]

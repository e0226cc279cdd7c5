"""Who may do what, decided by the policies of the stack: what each function needs is allowed, what it must
never do is not. Each decision is asked of IAM as iam.py has it."""

from iam import ALLOWED, DENIED, REFUSED, decision
from rules import function_keys, rule

CUSTOMER, PERSON, ACCESS = "t.demo#customer#C-1", "t.demo#person#P-1", "t.demo#access#A-1"
OPERATION = "t.demo#operation#O-1"
KEYS = [CUSTOMER, PERSON, ACCESS, OPERATION]
# What would change or remove a commit.
CHANGING = ["UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"]
STREAM = ["DescribeStream", "GetRecords", "GetShardIterator"]
# Table by table, what each function's code asks of DynamoDB; `events/feed` is an index.
NEEDED = {
    "record-commands": {"events": "PutItem Query", "snapshots": "GetItem Query", "control": "Query"},
    "people-commands": {"events": "PutItem Query", "snapshots": "GetItem Query", "control": "Query"},
    "record-queries": {
        "events": "Query",
        "snapshots": "GetItem Query",
        "records": "GetItem Query",
        "records/by_status": "Query",
        "records/by_owner": "Query",
        "counts": "GetItem Query",
        "control": "Query",
    },
    "projector": {
        "events": "Query Scan",
        "events/feed": "Query",
        "snapshots": "GetItem PutItem Query",
        "records": "BatchGetItem GetItem PutItem Query",
        "counts": "BatchGetItem GetItem PutItem Query UpdateItem",
        "audit": "BatchGetItem BatchWriteItem GetItem PutItem Query",
        "control": "DeleteItem GetItem PutItem Query UpdateItem",
    },
    "publisher": {
        "events": "PutItem Query Scan",
        "events/feed": "Query",
        "snapshots": "Query",
        "control": "DeleteItem GetItem PutItem Query UpdateItem",
    },
    "operator-commands": {
        "events": "DescribeTable PutItem Query",
        "events/feed": "Query",
        "snapshots": "Query",
        "records": "GetItem",
        "counts": "GetItem",
        "audit": "GetItem",
        "control": "GetItem PutItem Query UpdateItem",
    },
    "rebuilder": {
        "events": "BatchGetItem DescribeTable PutItem Query Scan",
        "events/feed": "Query",
        "snapshots": "DeleteItem GetItem PutItem Query Scan",
        "records": "BatchGetItem BatchWriteItem DeleteItem GetItem PutItem Query Scan",
        "counts": "BatchGetItem BatchWriteItem DeleteItem GetItem PutItem Query Scan UpdateItem",
        "audit": "BatchGetItem BatchWriteItem DeleteItem GetItem PutItem Query Scan",
        "control": "DeleteItem GetItem PutItem Query UpdateItem",
    },
    "site-publisher": {},
    "audit-queries": {
        "events": "PutItem Query",
        "events/feed": "Query",
        "snapshots": "GetItem Query",
        "records": "GetItem Query",
        "audit": "GetItem Query",
        "control": "GetItem PutItem Query",
    },
    "exporter": {
        "events": "PutItem Query",
        "events/feed": "Query",
        "snapshots": "Query",
        "audit": "Query",
        "control": "GetItem PutItem Query",
    },
}
# The types whose records a function may append, where it is not any.
APPENDS = {"record-commands": KEYS, "people-commands": [PERSON]}
APPENDS |= {"audit-queries": [ACCESS], "exporter": [ACCESS]}
# What operators ordered and what became of it, told by whoever did it.
APPENDS |= {"operator-commands": [OPERATION], "rebuilder": [OPERATION], "publisher": [OPERATION]}
PEOPLE = [
    "AdminAddUserToGroup",
    "AdminCreateUser",
    "AdminGetUser",
    "AdminListGroupsForUser",
    "AdminRemoveUserFromGroup",
    "AdminUserGlobalSignOut",
    "ListUsersInGroup",
]
# Besides, no function may do these to any table.
NEVER = ["Scan", "DescribeTable", "DeleteTable", "UpdateTable", "DeleteResourcePolicy", "PartiQLDelete"]


def arn(stack, place):
    """A table of the stack, or an index of it."""
    table, _, index = place.partition("/")
    name = f"{stack.name}-{table}"
    if table == "events" and stack.parameters["EventsTableName"]:
        name = stack.parameters["EventsTableName"]
    found = f"arn:aws:dynamodb:{stack.region}:123456789012:table/{name}"
    return f"{found}/index/{index}" if index else found


def role(function):
    """The role of a function, by the name of the function."""
    return "".join(part.capitalize() for part in function.split("-")) + "Role"


def asked(stack, who, action, resource, wanted, **context):
    found = decision(stack, who, action, resource, **context)
    if found not in (wanted if isinstance(wanted, tuple) else (wanted,)):
        case = f" for {context['dynamodb__LeadingKeys'][0]}" if "dynamodb__LeadingKeys" in context else ""
        yield f"{who}: {action} on {resource}{case} is {found}"


NOT = (DENIED, REFUSED)


@rule("each function may do what its code asks of the tables, and nothing else of that kind")
def tables_as_needed(stack, needs):
    places = {place for needed in NEEDED.values() for place in needed}
    actions = ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", *NEVER]
    for function in function_keys(stack):
        needed = NEEDED.get(function)
        if needed is None:
            yield f"say what {function} needs"
            continue
        for place in sorted(places):
            for action in ["Query", "Scan"] if "/" in place else actions:
                allowed = action in needed.get(place, "").split()
                if allowed and action == "PutItem" and place == "events":
                    continue  # Below, by the kind of record.
                wanted = ALLOWED if allowed else NOT
                yield from asked(stack, role(function), f"dynamodb:{action}", arn(stack, place), wanted)


@rule("a commit is appended by the functions that decide, of the kinds of record that are theirs")
def appending(stack, needs):
    for function in function_keys(stack):
        for key in KEYS:
            wanted = ALLOWED if key in APPENDS.get(function, []) else NOT
            context = {"dynamodb__LeadingKeys": [key]}
            yield from asked(stack, role(function), "dynamodb:PutItem", arn(stack, "events"), wanted, **context)
        # A call that names no key is not let through by a condition on keys.
        if function in APPENDS and len(APPENDS[function]) == 1:
            yield from asked(stack, role(function), "dynamodb:PutItem", arn(stack, "events"), NOT)


@rule("nobody changes or removes a commit, administrators included, and they append none either")
def append_only(stack, needs):
    if stack.parameters["EventsTableName"]:
        return  # The policy of a table that was restored is put with it: docs/deploy.md.
    everybody = [role(function) for function in function_keys(stack)]
    for action in [*CHANGING, "UpdateTimeToLive"]:
        for who in [*everybody, "administrator"]:
            yield from asked(stack, who, f"dynamodb:{action}", arn(stack, "events"), REFUSED)
    for key in KEYS:
        context = {"dynamodb__LeadingKeys": [key]}
        yield from asked(stack, "administrator", "dynamodb:PutItem", arn(stack, "events"), REFUSED, **context)
    yield from asked(stack, "administrator", "dynamodb:Query", arn(stack, "events"), ALLOWED)


@rule("the stream is read by projector and publisher, and by nobody else")
def stream(stack, needs):
    resource = stack.parameters["EventsStreamArn"] or stack.attribute("EventsTable", "StreamArn")
    for function in function_keys(stack):
        wanted = ALLOWED if function in ("projector", "publisher") else NOT
        for action in STREAM:
            yield from asked(stack, role(function), f"dynamodb:{action}", resource, wanted)


@rule("only the publisher publishes, in its own name, and only to this bus")
def publishing(stack, needs):
    bus = stack.attribute("EventBus", "Arn")
    for function in function_keys(stack):
        wanted = ALLOWED if function == "publisher" else NOT
        context = {"events__source": "annals"}
        yield from asked(stack, role(function), "events:PutEvents", bus, wanted, **context)
        yield from asked(stack, role(function), "events:PutEvents", bus + "2", NOT, **context)
        yield from asked(stack, role(function), "events:PutEvents", bus, NOT, events__source="aws.s3")


@rule("only people-commands calls Cognito's admin API, of this pool, and not for passwords")
def people(stack, needs):
    pool = stack.attribute("UserPool", "Arn")
    for function in function_keys(stack):
        wanted = ALLOWED if function == "people-commands" else NOT
        for action in PEOPLE:
            yield from asked(stack, role(function), f"cognito-idp:{action}", pool, wanted)
            yield from asked(stack, role(function), f"cognito-idp:{action}", pool + "x", NOT)
        for action in ["AdminSetUserPassword", "AdminDeleteUser", "AdminInitiateAuth", "UpdateUserPoolClient"]:
            yield from asked(stack, role(function), f"cognito-idp:{action}", pool, NOT)


@rule("what the stream's readers give up lands in its bucket, and their schedules' failures in the queue")
def failures(stack, needs):
    bucket, queue = stack.attribute("FailedBatches", "Arn"), stack.attribute("DeadLetters", "Arn")
    for function in function_keys(stack):
        mapped = ("projector", "publisher")
        # Looked at by operators, and driven again by whoever did not carry them out.
        driving = ("operator-commands", "rebuilder", "publisher")
        for action, resource, who in [
            ("s3:PutObject", bucket + "/aws/lambda/1", mapped),
            ("s3:GetObject", bucket + "/aws/lambda/1", driving),
            ("s3:ListBucket", bucket, {*mapped, *driving}),
            ("sqs:SendMessage", queue, {*mapped, "rebuilder"}),
        ]:
            wanted = ALLOWED if function in who else NOT
            yield from asked(stack, role(function), action, resource, wanted)
        yield from asked(stack, role(function), "s3:DeleteObject", bucket + "/aws/lambda/1", NOT)


@rule("only site-publisher writes the site, and it reaches nothing else")
def publishing_the_site(stack, needs):
    bucket = stack.attribute("SiteBucket", "Arn")
    distribution = f"arn:aws:cloudfront::123456789012:distribution/{stack.ref('Distribution')}"
    for function in function_keys(stack):
        wanted = ALLOWED if function == "site-publisher" else NOT
        for action in ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"]:
            yield from asked(stack, role(function), action, bucket + "/index.html", wanted)
        for action in ["s3:ListBucket", "s3:ListBucketVersions"]:
            yield from asked(stack, role(function), action, bucket, wanted)
        yield from asked(stack, role(function), "cloudfront:CreateInvalidation", distribution, wanted)
        yield from asked(stack, role(function), "cloudfront:UpdateDistribution", distribution, NOT)


@rule("exports are ordered by audit-queries, written by the exporter, and read by both")
def exports(stack, needs):
    bucket, queue = stack.attribute("Exports", "Arn"), stack.attribute("ExportJobs", "Arn")
    both, worker = ("audit-queries", "exporter"), ("exporter",)
    for function in function_keys(stack):
        for action, resource, who in [
            ("s3:GetObject", bucket + "/j/part-1", both),
            ("s3:PutObject", bucket + "/j/part-1", worker),
            ("sqs:SendMessage", queue, both),
            ("sqs:ReceiveMessage", queue, worker),
            ("sqs:DeleteMessage", queue, worker),
            ("sqs:GetQueueAttributes", queue, worker),
        ]:
            wanted = ALLOWED if function in who else NOT
            yield from asked(stack, role(function), action, resource, wanted)
        yield from asked(stack, role(function), "s3:DeleteObject", bucket + "/j/part-1", NOT)


@rule("rebuilds are ordered by operator-commands and worked on by the rebuilder; the publisher has a queue of its own")
def jobs(stack, needs):
    for key, worker in [("RebuildJobs", "rebuilder"), ("PublishJobs", "publisher")]:
        queue = stack.attribute(key, "Arn")
        for function in function_keys(stack):
            for action, who in [
                ("sqs:SendMessage", ("operator-commands", worker)),
                ("sqs:ReceiveMessage", (worker,)),
                ("sqs:DeleteMessage", (worker,)),
                ("sqs:GetQueueAttributes", (worker,)),
            ]:
                wanted = ALLOWED if function in who else NOT
                yield from asked(stack, role(function), action, queue, wanted)


@rule("every function writes its own log, and no other one's")
def logs(stack, needs):
    keys = function_keys(stack)
    for function in keys:
        for other, key in keys.items():
            group = f"arn:aws:logs:{stack.region}:123456789012:log-group:/aws/lambda/{stack.name}-{other}:log-stream:1"
            wanted = ALLOWED if other == function else NOT
            yield from asked(stack, role(function), "logs:PutLogEvents", group, wanted)
        yield from asked(stack, role(function), "logs:CreateLogGroup", "*", NOT)
        yield from asked(stack, role(function), "xray:PutTraceSegments", "*", ALLOWED)


@rule("no function reaches what is none of its business: other services, roles, keys")
def nothing_else(stack, needs):
    for function in function_keys(stack):
        for action, resource in [
            ("iam:PassRole", "arn:aws:iam::123456789012:role/administrator"),
            ("sts:AssumeRole", "arn:aws:iam::123456789012:role/administrator"),
            ("lambda:InvokeFunction", f"arn:aws:lambda:{stack.region}:123456789012:function:{stack.name}-projector"),
            ("kms:ScheduleKeyDeletion", f"arn:aws:kms:{stack.region}:123456789012:key/DataKey"),
            ("ssm:GetParameter", f"arn:aws:ssm:{stack.region}:123456789012:parameter/x"),
            ("s3:GetObject", "arn:aws:s3:::somebody-elses/file"),
            ("dynamodb:GetItem", f"arn:aws:dynamodb:{stack.region}:123456789012:table/other"),
        ]:
            yield from asked(stack, role(function), action, resource, NOT)


@rule("with a key of one's own, it is used through the services that keep the data")
def key(stack, needs):
    if stack.parameters["Encryption"] != "customer-key":
        return
    resource = stack.attribute("DataKey", "Arn")
    for function in function_keys(stack):
        if function == "site-publisher":
            continue
        via = {"kms__ViaService": f"dynamodb.{stack.region}.amazonaws.com"}
        yield from asked(stack, role(function), "kms:Decrypt", resource, ALLOWED, **via)
        yield from asked(stack, role(function), "kms:Decrypt", resource, NOT)

"""Starts MiniStack (an emulator of AWS that runs Lambda functions as plain processes; MIT) with what it
lacks for this template closed.

The package itself is unmodified: some of its functions are replaced while it starts. Each replacement says
what it closes, and knows the function that it replaces by a digest of its source: once upstream changes it, this
refuses to start, so that somebody looks whether the gap is still there. GAPS is what is replaced; the
environment says port and region (check_deployment.py sets it).
"""

import collections
import hashlib
import http.client
import inspect
import json
import os
import re
import sys
import time
import uuid
import zipfile
from io import BytesIO
from pathlib import Path

import ministack.app as app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import cloudfront, cognito, dynamodb, eventbridge, lambda_svc, s3
from ministack.services.cloudformation import provisioners

TYPES = provisioners._RESOURCE_HANDLERS
PORT = int(os.environ["GATEWAY_PORT"])
outdated = []


def known(function, digest):
    """Notes a function that is not the one that was read when its replacement was written."""
    found = hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:12]
    if found != digest:
        outdated.append(f"{function.__module__}.{function.__qualname__} is {found} now, was {digest}")
    return function


def replaced(owner, name, digest, also=()):
    """A decorator: the function takes the place of another and gets it as its first argument."""

    def with_original(function):
        original = known(getattr(owner, name), digest)

        def instead(*args, **more):
            return function(original, *args, **more)

        for place in (owner, *also):
            setattr(place, name, instead)
        return instead

    return with_original


def missing(kind, create, delete):
    """A resource type that upstream refuses; it is never updated here but in vain."""
    if kind in TYPES:
        outdated.append(f"{kind} is known upstream")
    TYPES[kind] = {
        "create": create,
        "update": lambda physical_id, _old, _new, _stack: (physical_id, {}),
        "delete": delete,
    }


def carried_out(answer):
    """What a service's own call answers; an error is one of the resource."""
    if answer[0] >= 400:
        raise ValueError(answer[2].decode())
    return json.loads(answer[2] or b"{}")


# ── Resource types that are refused ──────────────────────────────────────────────────────────────────


def nothing(physical_id, properties):
    """Deletes nothing."""


# Sign-in pages have one look; a new version of a function takes over at once, as with `AllAtOnce`.
for kind in ("AWS::Cognito::ManagedLoginBranding", "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"):
    missing(kind, lambda logical, properties, stack: (f"{stack}-{logical}", {}), nothing)


def archive(logical, properties, stack):
    data = {**properties, "ArchiveName": f"{stack}-{logical}", "EventSourceArn": properties["SourceArn"]}
    data["EventPattern"] = json.dumps(properties.get("EventPattern", {}))
    made = carried_out(eventbridge._create_archive(data))
    return data["ArchiveName"], {"Arn": made["ArchiveArn"]}


missing("AWS::Events::Archive", archive, lambda name, _: eventbridge._delete_archive({"ArchiveName": name}))


def person(logical, properties, stack):
    carried_out(cognito._admin_create_user(dict(properties)))
    return properties["Username"], {}


def membership(logical, properties, stack):
    carried_out(cognito._admin_add_user_to_group(dict(properties)))
    return f"{properties['Username']}-{properties['GroupName']}", {}


missing(
    "AWS::Cognito::UserPoolUser",
    person,
    lambda name, properties: cognito._admin_delete_user({"UserPoolId": properties["UserPoolId"], "Username": name}),
)
missing(
    "AWS::Cognito::UserPoolUserToGroupAttachment",
    membership,
    lambda _, properties: cognito._admin_remove_user_from_group(dict(properties)),
)

# An alarm on a sum of metrics is refused: it is kept as nothing. No metric is told of here anyway.
alarm = TYPES["AWS::CloudWatch::Alarm"]
create_alarm = known(alarm["create"], "62b3679798aa")


def alarm_or_nothing(logical, properties, stack):
    return (f"{stack}-{logical}", {}) if properties.get("Metrics") else create_alarm(logical, properties, stack)


alarm["create"] = alarm_or_nothing

# ── API: what CloudFormation says of CORS is lost, since the API wants other capitals ────────────────


def api_words(properties):
    cors = properties.get("CorsConfiguration")
    if not cors:
        return properties
    return {**properties, "CorsConfiguration": {name[0].lower() + name[1:]: value for name, value in cors.items()}}


api = TYPES["AWS::ApiGatewayV2::Api"]
create_api = known(api["create"], "0002e18b4198")
update_api = known(api["update"], "d12d60c12ed7")
api["create"] = lambda logical, properties, stack: create_api(logical, api_words(properties), stack)
api["update"] = lambda physical, old, new, *more: update_api(physical, api_words(old), api_words(new), *more)

# ── CloudFront: an origin at API Gateway is answered with 502 ────────────────────────────────────────


@replaced(cloudfront, "_forward_to_origin", "439eb28c48e8")
def forward(original, origin, method, uri, query, headers, body, *more, **others):
    found = re.fullmatch(r"([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com", origin["domain_name"])
    if not found:
        return original(origin, method, uri, query, headers, body, *more, **others)
    client, viewer = others.get("client_ip", "127.0.0.1"), others.get("viewer_x_forwarded_for", "")
    passed_on = cloudfront._origin_request_headers(origin, headers, client, viewer)
    cloudfront._set_header_ci(passed_on, "Host", f"{found[1]}.execute-api.localhost")
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    try:
        connection.request(method, uri + (f"?{query}" if query else ""), body=body or None, headers=passed_on)
        answer = connection.getresponse()
        return answer.status, answer.reason, answer.getheaders(), answer.read()
    finally:
        connection.close()


@replaced(s3, "serve_cloudfront_origin_fetch", "a0742d203d91")
def fetched(original, bucket, key, method, headers, source_arn="", oai_id=""):
    """What is missing is always a 403; whoever may list a bucket gets a 404 (S3 API reference, `GetObject`)."""
    answer = original(bucket, key, method, headers, source_arn, oai_id)
    there, arn = s3._ensure_bucket(bucket), f"arn:aws:s3:::{bucket}"
    found = s3.bucket_policy_for_arn(arn) if there is not None else None
    if answer[0] != 403 or not found or key in there["objects"]:
        return answer
    account = source_arn.split(":")[4] if source_arn else ""
    told = {"aws:sourcearn": source_arn}
    context = iam_evaluator.EvalContext("", "Service", account, "s3:ListBucket", arn, "", service_context=told)
    decision = iam_evaluator.evaluate_resource_policy(found[0], context, service="cloudfront.amazonaws.com").decision
    return s3._error("NoSuchKey", "The specified key does not exist.", 404, key) if decision == "Allow" else answer


# ── Lambda: layers are not laid into /opt for functions that bring their own runtime ─────────────────

laid_out = {}


def folder_of_layers(attachments):
    """The layers' files in one folder; there is no /opt of the function's own."""
    key = json.dumps(attachments, sort_keys=True, default=str)
    if key not in laid_out:
        folder = Path(os.environ["TMPDIR"]) / f"layers-{uuid.uuid4()}"
        for attachment in attachments:
            content = lambda_svc._resolve_layer_zip(attachment)
            with zipfile.ZipFile(BytesIO(content)) as files:
                files.extractall(folder)
        laid_out[key] = str(folder)
    return laid_out[key]


@replaced(lambda_svc, "_provided_worker_env", "8cccaed6a6d8")
def worker_environment(original, config, code_dir, port):
    environment = original(config, code_dir, port)
    # Nor is the form of logs told to them.
    environment["AWS_LAMBDA_LOG_FORMAT"] = config.get("LoggingConfig", {}).get("LogFormat", "Text")
    if config.get("Layers"):
        folder = folder_of_layers(config["Layers"])
        for name, value in (config.get("Environment", {}).get("Variables") or {}).items():
            if str(value).startswith("/opt/"):
                environment[name] = folder + value.removeprefix("/opt")
    return environment


# ── IAM: what is not looked at ───────────────────────────────────────────────────────────────────────


@replaced(iam_evaluator, "_resolve_condition_key", "15e26964cd38")
def condition_key(original, key, context):
    """The loopback interface stands for TLS: nothing here is encrypted, and policies demand it. `aws:PrincipalArn` is
    told as the session's, where AWS tells the role's (IAM user guide, "AWS global condition context keys")."""
    if key.lower() == "aws:securetransport":
        return "true"
    found = original(key, context)
    if key.lower() == "aws:principalarn" and ":assumed-role/" in found:
        account, role = found.split(":")[4], found.split("/")[1]
        return f"arn:aws:iam::{account}:role/{role}"
    return found


@replaced(iam_actions, "dynamodb_service_context", "0f0021bdc8a3")
def keys_in_request(original, body):
    """`dynamodb:LeadingKeys` is not told, so conditions on it can be neither met nor missed."""
    context = original(body)
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return context
    table = dynamodb._tables.get(data.get("TableName", "")) if isinstance(data, dict) else None
    item = (data.get("Item") or data.get("Key")) if table else None
    if item:
        context["dynamodb:LeadingKeys"] = list((item.get(table["pk_name"]) or {}).values())
    return context


@replaced(iam_actions, "request_tag_context", "d46adb816e02")
def sources_in_request(original, service, action, body, *more):
    """`events:source` is not told."""
    context = original(service, action, body, *more)
    if action == "events:PutEvents":
        sources = {entry.get("Source") for entry in json.loads(body or b"{}").get("Entries", [])}
        # Several at once meet no condition on one.
        context = {**context, "events:source": sources.pop() if len(sources) == 1 else None}
    return context


@replaced(iam_evaluator, "_resource_policy", "dec265f9a903")
def policy_of(original, service, arn):
    """Policies of DynamoDB's tables are kept and not looked at."""
    if service == "dynamodb":
        found = dynamodb._resource_policies.get(arn)
        return (found["Policy"], arn.split(":")[4]) if found else None
    return original(service, arn)


def keep_policy(properties, made):
    """A template's policy of a table is thrown away."""
    policy = (properties.get("ResourcePolicy") or {}).get("PolicyDocument")
    arn = made[1]["Arn"]
    if policy:
        carried_out(dynamodb._put_resource_policy({"ResourceArn": arn, "Policy": json.dumps(policy)}))
    return made


table = TYPES["AWS::DynamoDB::Table"]
create_table = known(table["create"], "277586e016c6")
update_table = known(table["update"], "0665980ffdd0")
table["create"] = lambda logical, properties, stack: keep_policy(properties, create_table(logical, properties, stack))
table["update"] = lambda physical, old, new, *more: keep_policy(new, update_table(physical, old, new, *more))


def may(config, action, resource):
    """Whether a function's role allows what Lambda does in its name."""
    account, region = lambda_svc._account_region_from_function_config(config)
    role = config["Role"].rsplit("/", 1)[-1]
    policies = iam_evaluator._gather_role_policies(role, account)
    context = iam_evaluator.EvalContext(config["Role"], "AssumedRole", account, action, resource, region)
    return iam_evaluator.evaluate(context, policies).decision == "Allow"


READS = {"dynamodb": "dynamodb:GetRecords", "sqs": "sqs:ReceiveMessage"}


@replaced(lambda_svc, "_iter_all_esms", "7db06c0627a5")
def mappings(original):
    """Streams and queues are read for a function whose role may not read them; a number that came from a parameter
    stays a text, and nothing is read at all."""
    for account, region, mapping in original():
        if scaling := mapping.get("ScalingConfig"):
            mapping["ScalingConfig"] = {name: int(value) for name, value in scaling.items()}
        source = mapping.get("EventSourceArn", "")
        tokens = lambda_svc._request_account_id.set(account), lambda_svc._request_region.set(region)
        try:
            _, config = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
            action = READS.get(source.split(":")[2]) if source.count(":") > 2 else None
            readable = config is None or action is None or may(config, action, source)
        finally:
            lambda_svc._request_account_id.reset(tokens[0])
            lambda_svc._request_region.reset(tokens[1])
        if readable:
            yield account, region, mapping


# ── Lambda: a stream's failures ──────────────────────────────────────────────────────────────────────
# What a function answers of single records is ignored, retries never end, batches are not halved, and nothing is
# written to S3 (Lambda developer guide, "Process DynamoDB records with Lambda", read 2026-11-24).

PAUSE_S = 0.05
waiting = {}
not_before = {}


def first_failure(mapping, batch, result):
    """The place of the first record to be sent again; none when all are done."""
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []):
        return None
    body = result.get("body")
    failures = body.get("batchItemFailures") if isinstance(body, dict) else None
    if not failures:
        return None
    places = {record["dynamodb"]["SequenceNumber"]: place for place, record in enumerate(batch)}
    return min(places.get(failure.get("itemIdentifier"), 0) for failure in failures)


def give_up(mapping, function, batch, tries):
    """Writes a batch into the bucket for failures, as Lambda does; the records with it."""
    config = function.get("config") or function
    target = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", "")
    bucket = target.removeprefix("arn:aws:s3:::")
    if bucket == target or not may(config, "s3:PutObject", f"{target}/batch"):
        return
    now = time.gmtime()
    first, last = batch[0]["dynamodb"], batch[-1]["dynamodb"]
    at = lambda change: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(change["ApproximateCreationDateTime"]))
    told = {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": config["FunctionArn"],
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": tries + 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": config.get("Version", "$LATEST"), "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", now),
        "DDBStreamBatchInfo": {
            "shardId": "shardId-00000000000000000000-00000000",
            "startSequenceNumber": str(first["SequenceNumber"]),
            "endSequenceNumber": str(last["SequenceNumber"]),
            "approximateArrivalOfFirstRecord": at(first),
            "approximateArrivalOfLastRecord": at(last),
            "batchSize": len(batch),
            "streamArn": mapping["EventSourceArn"],
        },
        "payload": json.dumps({"Records": batch}),
    }
    name = f"{time.strftime('%Y/%m/%d/%Y-%m-%dT%H.%M.%S', now)}-{uuid.uuid4()}"
    key = f"aws/lambda/{mapping['UUID']}/shardId-00000000000000000000-00000000/{name}"
    s3._put_object(bucket, key, json.dumps(told).encode(), {"content-type": "application/json"})


def next_batch(mapping, table_name):
    """What of the stream comes next; None when there is nothing."""
    name = mapping["UUID"]
    start, end = dynamodb.stream_start_position(table_name), dynamodb.stream_end_position(table_name)
    with lambda_svc._dynamodb_stream_positions_lock:
        positions = lambda_svc._dynamodb_stream_positions
        from_start = mapping.get("StartingPosition") == "TRIM_HORIZON"
        place = max(positions.setdefault(name, start if from_start else end), start)
        records = dynamodb.stream_records_since(table_name, place, mapping.get("BatchSize", 100))
        positions[name] = place + len(records)
    return records or None


def worked_on(mapping):
    """Hands one batch to a function; whether there was one."""
    source, name = mapping["EventSourceArn"], mapping["UUID"]
    table_name = source.split(":table/")[1].split("/")[0]
    function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    there = dynamodb._tables.get(table_name)
    if function is None or not there or there.get("LatestStreamArn") != source:
        return False
    batches = waiting.setdefault(name, collections.deque())
    if not_before.get(name, 0) > time.time():
        return False
    if not batches:
        records = next_batch(mapping, table_name)
        if records is None:
            return False
        chosen = lambda_svc._apply_filter_criteria(records, mapping)
        if not chosen:
            return True
        batches.append((chosen, 0))
    batch, tries = batches.popleft()
    result = lambda_svc._execute_function(function, {"Records": batch})
    failed = first_failure(mapping, batch, result)
    if failed is None:
        return True
    rest, limit = batch[failed:], mapping.get("MaximumRetryAttempts")
    if failed == 0 and mapping.get("BisectBatchOnFunctionError") and len(rest) > 1:
        # Halving does not count as a try.
        half = (len(rest) + 1) // 2
        batches.extendleft([(rest[half:], tries), (rest[:half], tries)])
    elif failed == 0 and limit is not None and 0 <= int(limit) <= tries:
        give_up(mapping, function, rest, tries)
        return True
    else:
        batches.appendleft((rest, 0 if failed else tries + 1))
    not_before[name] = time.time() + PAUSE_S
    return True


@replaced(lambda_svc, "_poll_dynamodb_streams", "2b2460e933a9")
def poll_streams(_original):
    any_worked_on = False
    for account, region, mapping in lambda_svc._iter_all_esms():
        if not mapping.get("Enabled", True) or ":dynamodb:" not in mapping.get("EventSourceArn", ""):
            continue
        tokens = lambda_svc._request_account_id.set(account), lambda_svc._request_region.set(region)
        try:
            any_worked_on = worked_on(mapping) or any_worked_on
        finally:
            lambda_svc._request_account_id.reset(tokens[0])
            lambda_svc._request_region.reset(tokens[1])
    return any_worked_on


if __name__ == "__main__":
    if outdated:
        sys.exit("launch: MiniStack is not the one that the gaps were found in:\n  " + "\n  ".join(outdated))
    app.main()

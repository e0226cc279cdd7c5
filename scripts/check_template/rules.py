"""What must hold of the template, each rule a sentence. A rule gets a resolved stack and what the code needs
(tests/deployment.json and files beside it), and tells what is wrong. trials.py breaks each once."""

import json
import re
from pathlib import Path

from iam import listed

ROOT = Path(__file__).resolve().parent.parent.parent
RULES = []


def rule(sentence):
    def added(check):
        RULES.append((sentence, check))
        return check

    return added


class Needs:
    """What the code says of a deployment."""

    def __init__(self):
        self.__dict__.update(json.loads((ROOT / "tests/deployment.json").read_text()))
        self.document = json.loads((ROOT / "docs/openapi.json").read_text())
        config = (ROOT / "frontend/src/api/config.ts").read_text()
        self.config = re.findall(r'"(\w+)"', re.search(r"const needed = \[(.*?)\]", config)[1])
        login = (ROOT / "crates/cli/src/login/callback.rs").read_text()
        self.ports = re.findall(r"\d+", re.search(r"const PORTS.*= \[(.*?)\]", login)[1])


def name_of(stack, function):
    """A function's name in the code."""
    return function["FunctionName"].removeprefix(stack.name + "-")


def functions(stack):
    return {name_of(stack, f): f for f in stack.of_type("AWS::Lambda::Function").values()}


def function_keys(stack):
    found = stack.of_type("AWS::Lambda::Function").items()
    return {name_of(stack, properties): key for key, properties in found}


def routes(stack):
    return {r["RouteKey"]: r for r in stack.of_type("AWS::ApiGatewayV2::Route").values()}


def served_by(stack, route):
    """The function behind a route."""
    integration = stack.resources[route["Target"].removeprefix("integrations/")]["Properties"]
    for name, key in function_keys(stack).items():
        if integration["IntegrationUri"] == stack.ref(key + "Aliaslive"):
            return name
    return None


def matched(method, path, keys):
    """The route that API Gateway takes: of those that fit, the one whose parts are plain the earliest."""
    parts = path.strip("/").split("/")
    fitting = []
    for key in keys:
        verb, _, pattern = key.partition(" ")
        wanted = pattern.strip("/").split("/")
        same = len(wanted) == len(parts) and all(
            w.startswith("{") or w == p for w, p in zip(wanted, parts)
        )
        if verb == method and same:
            fitting.append(([w.startswith("{") for w in wanted], key))
    return min(fitting)[1] if fitting else None


# ── The API ──────────────────────────────────────────────────────────────────────────────────────────


@rule("the routes of the template are the routes of the code, served by the same functions")
def same_routes(stack, needs):
    wanted = {route["route"]: route["function"] for route in needs.routes}
    found = {key: served_by(stack, route) for key, route in routes(stack).items()}
    for key in sorted(wanted.keys() | found.keys()):
        if wanted.get(key) != found.get(key):
            yield f"{key}: the code has {wanted.get(key)}, the template {found.get(key)}"


@rule("every operation of docs/openapi.json has a route, and every route an operation")
def documented(stack, needs):
    used = set()
    for path, operations in needs.document["paths"].items():
        for method in operations.keys() & {"get", "post", "put", "patch", "delete"}:
            plain = "/api/v1" + re.sub(r"\{.*?\}", "x", path)
            key = matched(method.upper(), plain, routes(stack))
            used.add(key)
            if key is None:
                yield f"{method.upper()} {path} has no route"
    for key in routes(stack).keys() - used:
        yield f"{key} has no operation"


@rule("every route but the open ones takes only tokens of this pool, got by signing in")
def guarded(stack, needs):
    open_ones = {route["route"] for route in needs.routes if route["open"]}
    authorizers = stack.of_type("AWS::ApiGatewayV2::Authorizer")
    for key, route in routes(stack).items():
        if key in open_ones:
            if route.get("AuthorizationType", "NONE") != "NONE":
                yield f"{key} is open in the code"
        elif route.get("AuthorizationType") != "JWT" or route.get("AuthorizerId") not in authorizers:
            yield f"{key} asks for no token"
        elif route.get("AuthorizationScopes") != ["openid"]:
            yield f"{key} takes any token"
    clients = sorted(stack.of_type("AWS::Cognito::UserPoolClient"))
    for authorizer in authorizers.values():
        settings = authorizer["JwtConfiguration"]
        if sorted(settings["Audience"]) != clients:
            yield "the authorizer takes tokens of other clients"
        if settings["Issuer"] != site(stack)["Config"]["authority"]:
            yield "the authorizer trusts another issuer than the site"
        if authorizer["IdentitySource"] != ["$request.header.Authorization"]:
            yield "the authorizer looks elsewhere for the token"


@rule("the API answers below its own paths, with a limit and a log")
def staged(stack, needs):
    for stage in stack.of_type("AWS::ApiGatewayV2::Stage").values():
        if stage["StageName"] != "$default":
            yield "a stage's name would stand before every path"
        limits = stage["DefaultRouteSettings"]
        if not (int(limits["ThrottlingRateLimit"]) > 0 and int(limits["ThrottlingBurstLimit"]) > 0):
            yield "there is no limit"
        log = json.loads(stage["AccessLogSettings"]["Format"])
        if "$context.authorizer.claims.sub" not in log.values():
            yield "the log does not say who asked"


@rule("a function is called by this API and by nobody else's")
def callers(stack, needs):
    api = next(iter(stack.of_type("AWS::ApiGatewayV2::Api")))
    permissions = list(stack.of_type("AWS::Lambda::Permission").values())
    behind = {served_by(stack, route) for route in routes(stack).values()}
    keys = function_keys(stack)
    for name in behind - {None}:
        alias = stack.ref(keys[name] + "Aliaslive")
        if not any(p["FunctionName"] == alias and f":{api}/" in p.get("SourceArn", "") for p in permissions):
            yield f"{name} cannot be called by the API"
    for permission in permissions:
        if permission["Principal"] == "apigateway.amazonaws.com":
            if permission.get("SourceAccount") != "123456789012" or f":{api}/" not in permission.get("SourceArn", ""):
                yield f"{permission['FunctionName']} can be called by the API of somebody else"
        elif "SourceArn" not in permission:
            yield f"{permission['FunctionName']} can be called by whoever likes to"


@rule("other sites are named one by one, and may send and read the headers that the API has")
def cors(stack, needs):
    sent, read = {"accept", "authorization", "content-type"}, set()
    shared = needs.document["components"]
    for operations in needs.document["paths"].values():
        for operation in operations.values():
            if not isinstance(operation, dict):
                continue
            for parameter in operation.get("parameters", []):
                parameter = followed(shared, parameter)
                if parameter["in"] == "header":
                    sent.add(parameter["name"].lower())
            for response in operation.get("responses", {}).values():
                read |= {name.lower() for name in followed(shared, response).get("headers", {})}
    for api in stack.of_type("AWS::ApiGatewayV2::Api").values():
        if api.get("ProtocolType") != "HTTP":
            yield "this is another kind of API"
        settings = api.get("CorsConfiguration")
        if settings is None:
            continue
        if "*" in "".join(settings["AllowOrigins"] + settings["AllowHeaders"] + settings["ExposeHeaders"]):
            yield "everybody is allowed"
        if set(settings["AllowHeaders"]) != sent:
            yield f"pages may send {set(settings['AllowHeaders']) ^ sent} or may not"
        if set(settings["ExposeHeaders"]) != read:
            yield f"pages may read {set(settings['ExposeHeaders']) ^ read} or may not"
        methods = {route["route"].split()[0] for route in needs.routes}
        if set(settings["AllowMethods"]) != methods:
            yield f"pages may use {settings['AllowMethods']}"
    for key, bucket in stack.of_type("AWS::S3::Bucket").items():
        for one in bucket.get("CorsConfiguration", {}).get("CorsRules", []):
            if "*" in "".join(one["AllowedOrigins"]) or one["AllowedMethods"] != ["GET"]:
                yield f"everybody's pages reach {key}"


def followed(shared, item):
    if "$ref" not in item:
        return item
    kind, name = item["$ref"].split("/")[-2:]
    return shared[kind][name]


# ── The functions ────────────────────────────────────────────────────────────────────────────────────


@rule("the functions of the template are the functions of the code, built from their crates")
def same_functions(stack, needs):
    found = functions(stack)
    for name in sorted(found.keys() ^ needs.functions.keys()):
        yield f"{name} is on one side only"
    for name in found.keys() & needs.functions.keys():
        folder = found[name]["Code"]["S3Key"]
        if folder != needs.functions[name]["folder"]:
            yield f"{name} is built from {folder}"
        resource = stack.resources[function_keys(stack)[name]]
        if resource.get("Metadata", {}).get("BuildProperties", {}).get("Binary") != name:
            yield f"{name} is another binary"


@rule("every function is given the settings that it reads, and nothing that nobody reads")
def settings(stack, needs):
    anywhere = {key for function in needs.functions.values() for key in function["environment"]}
    for name, function in functions(stack).items():
        given = function.get("Environment", {}).get("Variables", {})
        for key in needs.functions.get(name, {"environment": []})["environment"]:
            if not given.get(key):
                yield f"{name} is not given {key}"
        for key in given.keys() - anywhere:
            yield f"{name} is given {key}, which nobody reads"


@rule("every function runs on what it was built for, says what it does in JSON, and is traced")
def run_alike(stack, needs):
    behind = {served_by(stack, route) for route in routes(stack).values()}
    for name, function in functions(stack).items():
        if function["Runtime"] != "provided.al2023" or function["Handler"] != "bootstrap":
            yield f"{name} runs on {function['Runtime']}"
        if function["Architectures"] != [stack.parameters["Architecture"]]:
            yield f"{name} runs on {function['Architectures']}"
        if function.get("LoggingConfig", {}).get("LogFormat") != "JSON":
            yield f"{name} logs text"
        if function.get("LoggingConfig", {}).get("ApplicationLogLevel") not in ("INFO", "DEBUG", "TRACE"):
            yield f"{name} logs no metrics"
        if function.get("TracingConfig", {}).get("Mode") != "Active":
            yield f"{name} is not traced"
        if name in behind and int(function["Timeout"]) > 29:
            yield f"{name} works on after API Gateway has given up"


@rule("every function has a role and a log group of its own, and logs go after a time")
def own(stack, needs):
    for what, of in [("role", lambda f: f["Role"]), ("log group", lambda f: f["LoggingConfig"]["LogGroup"])]:
        used = [of(f) for f in functions(stack).values()]
        for shared in {one for one in used if used.count(one) > 1}:
            yield f"two functions share the {what} {shared}"
    groups = stack.of_type("AWS::Logs::LogGroup")
    names = {stack.ref(key) for key in groups}
    for name, function in functions(stack).items():
        if function["LoggingConfig"]["LogGroup"] not in names:
            yield f"{name} logs into a group that is not here"
    for key, group in groups.items():
        if not group.get("RetentionInDays"):
            yield f"{key} keeps everything"


@rule("no role may do all of something, or anything to all, but what has no resource to name")
def narrow(stack, needs):
    nameless = {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "dynamodb:ListStreams"}
    for key, role in stack.of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = set(listed(statement["Action"]))
                for action in actions:
                    if "*" in action:
                        yield f"{key} may {action}"
                if "*" in listed(statement["Resource"]) and not actions <= nameless:
                    yield f"{key} may {sorted(actions)} to everything"
                for resource in listed(statement["Resource"]):
                    # The label of a stream is known to AWS alone.
                    table = resource.removesuffix("/stream/*")
                    if ":dynamodb:" in table and "*" in table:
                        yield f"{key} reaches {resource}"
        managed = role.get("ManagedPolicyArns", [])
        if managed and key != "DeploymentRole":
            yield f"{key} has {managed}"
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            service = statement["Principal"].get("Service")
            if service == "lambda.amazonaws.com" and "Condition" not in statement:
                yield f"{key} can be taken on for another account"


@rule("who reads is renewed before who writes")
def order(stack, needs):
    for writer in ["RecordCommands", "PeopleCommands"]:
        after = listed(stack.resources[writer].get("DependsOn", []))
        for reader in ["ProjectorAliaslive", "RecordQueriesAliaslive"]:
            if reader not in after or reader not in stack.resources:
                yield f"{writer} does not wait for {reader}"


@rule("a new version of a function behind the API goes back when its alarm says so")
def rollback(stack, needs):
    groups = stack.of_type("AWS::CodeDeploy::DeploymentGroup")
    behind = {served_by(stack, route) for route in routes(stack).values()} - {None}
    for name in behind:
        group = groups.get(function_keys(stack)[name] + "DeploymentGroup")
        if not group or not group["AlarmConfiguration"]["Alarms"]:
            yield f"{name} stays as it is"


# ── The stream and the queues ────────────────────────────────────────────────────────────────────────


def mappings(stack, of):
    """Event source mappings, by function; of a stream or of queues."""
    found = {}
    names = {stack.ref(key + "Aliaslive"): name for name, key in function_keys(stack).items() if key + "Aliaslive" in stack.resources}
    for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values():
        if of in mapping["EventSourceArn"]:
            found[names.get(mapping["FunctionName"], mapping["FunctionName"])] = mapping
    return found


@rule("every reader of the stream begins at its beginning, reports single records, and loses nothing")
def streams(stack, needs):
    found = mappings(stack, "/stream/")
    if sorted(found) != ["projector", "publisher"]:
        yield f"{sorted(found)} read the stream"
    buckets = [stack.attribute(key, "Arn") for key in stack.of_type("AWS::S3::Bucket")]
    for name, mapping in found.items():
        if mapping.get("StartingPosition") != "TRIM_HORIZON":
            yield f"{name} begins in the middle"
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} repeats whole batches"
        if not mapping.get("BisectBatchOnFunctionError"):
            yield f"{name} gives up a batch for one record"
        if not 0 < int(mapping.get("MaximumRetryAttempts", -1)) <= 100:
            yield f"{name} stands still for one record"
        if mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination") not in buckets:
            yield f"{name} throws away what it gives up"
        if mapping.get("MetricsConfig", {}).get("Metrics") != ["EventCount"]:
            yield f"{name} does not count what it gives up"
    if "FilterCriteria" in found.get("projector", {}):
        yield "the projector does not see tampering"
    pattern = found.get("publisher", {}).get("FilterCriteria", {}).get("Filters", [{}])[0].get("Pattern")
    if pattern is None or json.loads(pattern) != {"eventName": ["INSERT"]}:
        yield "the publisher is called for what it does not publish"


@rule("a message is not seen by a second worker while the first may be at work, and ends in a queue of its own")
def queues(stack, needs):
    queues = stack.of_type("AWS::SQS::Queue")
    for name, mapping in mappings(stack, ":sqs:").items():
        queue = next(q for key, q in queues.items() if stack.attribute(key, "Arn") == mapping["EventSourceArn"])
        if int(queue["VisibilityTimeout"]) < 6 * int(functions(stack)[name]["Timeout"]):
            yield f"{name}: the message comes back too soon"
        if "RedrivePolicy" not in queue:
            yield f"{name}: a bad message comes back for ever"
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} repeats whole batches"
    for key, queue in queues.items():
        if not queue.get("SqsManagedSseEnabled") and not queue.get("KmsMasterKeyId"):
            yield f"{key} is not encrypted"


@rule("every five minutes somebody looks for what the stream lost, and it is seen when that fails")
def schedules(stack, needs):
    rules = list(stack.of_type("AWS::Events::Rule").values())
    for name in ["projector", "publisher"]:
        alias = stack.ref(function_keys(stack)[name] + "Aliaslive")
        own = [r for r in rules if any(target["Arn"] == alias for target in r["Targets"])]
        if [r["ScheduleExpression"] for r in own] != ["rate(5 minutes)"]:
            yield f"{name} does not look"
        elif "DeadLetterConfig" not in own[0]["Targets"][0]:
            yield f"{name}: nobody sees when it cannot be started"
        config = [
            c
            for c in stack.of_type("AWS::Lambda::EventInvokeConfig").values()
            if c["FunctionName"] == stack.ref(function_keys(stack)[name])
        ]
        if not config or "OnFailure" not in config[0].get("DestinationConfig", {}):
            yield f"{name}: nobody sees when it fails"


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────────


def tables(stack):
    found = stack.of_type("AWS::DynamoDB::Table")
    return {t["TableName"].removeprefix(stack.name + "-"): (key, t) for key, t in found.items()}


def keys(schema):
    return [k["AttributeName"] for k in sorted(schema, key=lambda k: k["KeyType"])]


@rule("the tables of the template are the tables of the code: keys, indexes, stream, expiry")
def same_tables(stack, needs):
    wanted = dict(needs.tables)
    if stack.parameters["EventsTableName"]:
        del wanted["events"]
    for name in sorted(wanted.keys() ^ tables(stack).keys()):
        yield f"{name} is on one side only"
    for name in wanted.keys() & tables(stack).keys():
        table = tables(stack)[name][1]
        indexes = {
            index["IndexName"]: {
                "keys": keys(index["KeySchema"]),
                "projection": index["Projection"]["ProjectionType"],
                "attributes": sorted(index["Projection"].get("NonKeyAttributes", [])),
            }
            for index in table.get("GlobalSecondaryIndexes", [])
        }
        expiry = table.get("TimeToLiveSpecification", {})
        found = {
            "keys": keys(table["KeySchema"]),
            "types": {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]},
            "indexes": indexes,
            "stream": table.get("StreamSpecification", {}).get("StreamViewType"),
            "expires": expiry.get("AttributeName") if expiry.get("Enabled") else None,
        }
        for part, value in found.items():
            if value != wanted[name][part]:
                yield f"{name}: {part} is {value}, the code has {wanted[name][part]}"
        if table["BillingMode"] != "PAY_PER_REQUEST":
            yield f"{name} has a capacity"


@rule("the log outlives its stack and mistakes, and nothing in it expires")
def log_is_kept(stack, needs):
    if stack.parameters["EventsTableName"]:
        return
    key, table = tables(stack)["events"]
    if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        yield "it cannot be restored"
    if "TimeToLiveSpecification" in table:
        yield "it expires"
    resource = stack.resources[key]
    if resource.get("DeletionPolicy") != "RetainExceptOnCreate" or resource.get("UpdateReplacePolicy") != "Retain":
        yield "it goes with the stack"
    if stack.parameters["Stage"] == "prod" and table.get("DeletionProtectionEnabled") is not True:
        yield "it can be deleted by mistake"
    if "ResourcePolicy" not in table:
        yield "it can be changed"


@rule("no bucket is public, each is encrypted, and each is reached by TLS only")
def buckets(stack, needs):
    policies = stack.of_type("AWS::S3::BucketPolicy").values()
    for key, bucket in stack.of_type("AWS::S3::Bucket").items():
        blocked = bucket.get("PublicAccessBlockConfiguration", {})
        if len(blocked) != 4 or not all(value is True for value in blocked.values()):
            yield f"{key} may be public"
        if bucket.get("OwnershipControls", {}).get("Rules") != [{"ObjectOwnership": "BucketOwnerEnforced"}]:
            yield f"{key} has access lists"
        if "BucketEncryption" not in bucket:
            yield f"{key} is not encrypted"
        own = [p["PolicyDocument"]["Statement"] for p in policies if p["Bucket"] == stack.ref(key)]
        if not any(tls_only(statement) for statements in own for statement in statements):
            yield f"{key} is reached without TLS"
        for statement in (s for statements in own for s in statements):
            if statement["Effect"] == "Allow" and statement["Principal"] != {"Service": "cloudfront.amazonaws.com"}:
                yield f"{key} lets {statement['Principal']} in"
            if statement["Effect"] == "Allow" and "Condition" not in statement:
                yield f"{key} lets every distribution in"


@rule("every queue is reached by TLS only")
def queues_by_tls(stack, needs):
    safe = set()
    for policy in stack.of_type("AWS::SQS::QueuePolicy").values():
        if any(map(tls_only, policy["PolicyDocument"]["Statement"])):
            safe |= set(policy["Queues"])
    for key in stack.of_type("AWS::SQS::Queue").keys() - safe:
        yield f"{key} is reached without TLS"


def tls_only(statement):
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    return statement["Effect"] == "Deny" and statement["Principal"] == "*" and statement["Condition"] == insecure


@rule("with a key of one's own, everything that can be encrypted with it is")
def own_key(stack, needs):
    if stack.parameters["Encryption"] != "customer-key":
        return
    key = stack.attribute("DataKey", "Arn")
    if stack.resources["DataKey"]["Properties"].get("EnableKeyRotation") is not True:
        yield "the key is never changed"
    places = [
        ("AWS::DynamoDB::Table", lambda p: p["SSESpecification"].get("KMSMasterKeyId")),
        ("AWS::Logs::LogGroup", lambda p: p.get("KmsKeyId")),
        ("AWS::SQS::Queue", lambda p: p.get("KmsMasterKeyId")),
        ("AWS::SNS::Topic", lambda p: p.get("KmsMasterKeyId")),
        ("AWS::Events::EventBus", lambda p: p.get("KmsKeyIdentifier")),
        ("AWS::Lambda::Function", lambda p: p.get("KmsKeyArn")),
    ]
    for kind, of in places:
        for name, properties in stack.of_type(kind).items():
            if of(properties) != key:
                yield f"{name} has another key"


# ── The site and its people ──────────────────────────────────────────────────────────────────────────


def site(stack):
    return next(iter(stack.of_type("Custom::Site").values()))


def sent_headers(policy):
    """A policy of CloudFront as the headers that it sends."""
    config = policy["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    found = {item["Header"]: item["Value"] for item in config.get("CustomHeadersConfig", {}).get("Items", [])}
    found["content-security-policy"] = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    found["referrer-policy"] = security["ReferrerPolicy"]["ReferrerPolicy"]
    found["x-frame-options"] = security["FrameOptions"]["FrameOption"]
    if security["ContentTypeOptions"]["Override"] is True:
        found["x-content-type-options"] = "nosniff"
    age = security["StrictTransportSecurity"]["AccessControlMaxAgeSec"]
    found["strict-transport-security"] = str(age)
    return found


@rule("site and API are served under the headers of the local stack; the site may ask Cognito besides")
def same_headers(stack, needs):
    config = site(stack)["Config"]
    cognito = {"https://" + config[name].split("/")[2] for name in ("authority", "logout_url")}
    for key, wanted in [("SiteHeaders", needs.site_headers), ("ApiHeaders", needs.api_headers)]:
        found = sent_headers(stack.resources[key]["Properties"])
        if int(found.pop("strict-transport-security")) < 63_072_000:
            yield f"{key}: HTTPS for less than two years"
        policy = found["content-security-policy"]
        asked = re.search(r"connect-src 'self'([^;]*);", policy)
        if asked:
            if set(asked[1].split()) != cognito:
                yield f"{key}: pages may ask {asked[1]}, and Cognito is at {sorted(cognito)}"
            found["content-security-policy"] = policy.replace(asked[1], "")
        for name in sorted(found.keys() | wanted.keys()):
            if found.get(name) != wanted.get(name):
                yield f"{key}: {name} is {found.get(name)!r}, locally {wanted.get(name)!r}"


@rule("the API passes CloudFront as it is, and its errors are not made into pages")
def api_behind_cloudfront(stack, needs):
    for distribution in stack.of_type("AWS::CloudFront::Distribution").values():
        config = distribution["DistributionConfig"]
        if config.get("CustomErrorResponses"):
            yield "errors become pages"
        behaviours = {b["PathPattern"]: b for b in config["CacheBehaviors"]}
        if list(behaviours) != ["/api/*"]:
            yield f"there is more than the API: {list(behaviours)}"
            continue
        api = behaviours["/api/*"]
        if api["CachePolicyId"] != "4135ea2d-6df8-44a3-9df3-4b5a84be39ad":
            yield "answers are cached"
        if api["OriginRequestPolicyId"] != "b689b0a8-53d0-40ab-baf2-68738e2966ac":
            yield "headers are lost"
        if api["Compress"] is not False:
            yield "strong tags become weak"
        if len(api["AllowedMethods"]) != 7 or api.get("FunctionAssociations"):
            yield "requests are changed"
        for behaviour in [api, config["DefaultCacheBehavior"]]:
            if behaviour["ViewerProtocolPolicy"] not in ("https-only", "redirect-to-https"):
                yield "pages are sent in the clear"
        certificate = config["ViewerCertificate"]
        if config.get("Aliases"):
            if certificate.get("MinimumProtocolVersion") != "TLSv1.2_2021":
                yield "old TLS is taken"
            if not certificate.get("AcmCertificateArn"):
                yield "the domain has no certificate"


@rule("the screens are told where they are, and are published again when one of their files changes")
def published(stack, needs):
    properties = site(stack)
    wanted = set(needs.config) | {"cli_client_id", "api"}
    if properties["Config"].keys() != wanted:
        yield f"config.json has {sorted(properties['Config'].keys() ^ wanted)} more or less"
    clients = stack.of_type("AWS::Cognito::UserPoolClient")
    if {properties["Config"]["client_id"], properties["Config"]["cli_client_id"]} != clients.keys():
        yield "config.json names other clients"
    layers = stack.of_type("AWS::Lambda::LayerVersion")
    carried = [stack.ref(key) for key in layers]
    publisher = functions(stack)["site-publisher"]
    if [properties["Assets"]] != carried or publisher["Layers"] != carried:
        yield "the files of the site are not those that are published"
    if properties["ServiceToken"] != stack.attribute("SitePublisher", "Arn"):
        yield "somebody else publishes"
    if int(properties["ServiceTimeout"]) < int(publisher["Timeout"]):
        yield "CloudFormation gives up before the function does"
    if (properties["OnDelete"] == "keep") != (stack.parameters["Stage"] == "prod"):
        yield "files go in prod, or stay elsewhere"


@rule("people sign in on pages of the pool, with code and PKCE, for a time")
def clients(stack, needs):
    branded = {b["ClientId"] for b in stack.of_type("AWS::Cognito::ManagedLoginBranding").values()}
    for key, client in stack.of_type("AWS::Cognito::UserPoolClient").items():
        if client.get("GenerateSecret") is not False or client["AllowedOAuthFlows"] != ["code"]:
            yield f"{key} is no public client with code"
        rotates = client.get("RefreshTokenRotation", {}).get("Feature") == "ENABLED"
        if not rotates or "ALLOW_REFRESH_TOKEN_AUTH" in client["ExplicitAuthFlows"]:
            yield f"{key}: refresh tokens are not changed at each use"
        if client["PreventUserExistenceErrors"] != "ENABLED" or client["EnableTokenRevocation"] is not True:
            yield f"{key} tells who is there"
        if set(client["AllowedOAuthScopes"]) != {"openid", "email", "profile"}:
            yield f"{key} may ask for {client['AllowedOAuthScopes']}"
        if key not in branded:
            yield f"{key} has no sign-in page"
        if int(client["AccessTokenValidity"]) > 15 or client["TokenValidityUnits"]["AccessToken"] != "minutes":
            yield f"{key}: who lost a right keeps it too long"
    wanted = [f"http://localhost:{port}/callback" for port in needs.ports]
    if stack.resources["CliClient"]["Properties"]["CallbackURLs"] != wanted:
        yield "the command line waits elsewhere"
    site_url = stack.outputs()["SiteUrl"]
    if f"{site_url}/signed-in" not in stack.resources["WebClient"]["Properties"]["CallbackURLs"]:
        yield "the screens wait elsewhere"
    if f"{site_url}/" not in stack.resources["WebClient"]["Properties"]["LogoutURLs"]:
        yield "who signs out does not come back"


@rule("the groups of the pool are those that the code knows, and one for the workspace")
def groups(stack, needs):
    found = {g["GroupName"] for g in stack.of_type("AWS::Cognito::UserPoolGroup").values()}
    wanted = set(needs.groups) | {"tenant-" + stack.parameters["Workspace"]}
    for name in sorted(found ^ wanted):
        yield f"{name} is on one side only"


@rule("people are not lost by mistake, and in prod not with the stack")
def pool(stack, needs):
    for key, pool in stack.of_type("AWS::Cognito::UserPool").items():
        if stack.resources[key].get("DeletionPolicy") != "RetainExceptOnCreate":
            yield "they go with the stack"
        if stack.parameters["Stage"] == "prod" and pool.get("DeletionProtection") != "ACTIVE":
            yield "they can be deleted by mistake"
        if pool["UsernameAttributes"] != ["email"] or pool["UsernameConfiguration"]["CaseSensitive"] is not False:
            yield "the directory expects addresses as names"
        if pool["MfaConfiguration"] not in ("OPTIONAL", "ON"):
            yield "a second factor cannot be used"
        if int(pool["Policies"]["PasswordPolicy"]["MinimumLength"]) < 12:
            yield "short passwords are taken"


# ── Who is told ──────────────────────────────────────────────────────────────────────────────────────


@rule("every alarm says what it means, tells somebody, and says what no data mean")
def alarms(stack, needs):
    topic = stack.ref("AlarmTopic")
    for key, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        if alarm.get("AlarmActions") != [topic] or alarm.get("ActionsEnabled") is False:
            yield f"{key} tells nobody"
        if not alarm.get("TreatMissingData") or len(alarm.get("AlarmDescription", "")) < 20:
            yield f"{key} does not say what it means"


# What only tells how much is done: shown, and no reason to call anybody.
ONLY_SHOWN = {"Commits", "Conflicts", "ProjectionLagMs", "Published"}


@rule("a metric of the functions has an alarm, or tells how much is done and is shown; and there is no other metric")
def metrics(stack, needs):
    namespace = f"Annals/{stack.name}"
    alarms = [a for a in stack.of_type("AWS::CloudWatch::Alarm").values() if a.get("Namespace") == namespace]
    alarmed, shown = {a["MetricName"] for a in alarms}, set(dashboard(stack, namespace))
    for name in sorted((alarmed | shown) - set(needs.metrics)):
        yield f"no function logs {name}"
    for name in sorted(set(needs.metrics) - ONLY_SHOWN - alarmed):
        yield f"{name} has no alarm"
    for name in sorted(ONLY_SHOWN - shown):
        yield f"{name} is not shown"
    for alarm in alarms:
        if "Dimensions" in alarm:
            yield f"{alarm['MetricName']} has no dimensions in the log"
    for key in stack.of_type("AWS::Logs::MetricFilter"):
        yield f"{key} would count twice what log lines carry themselves"


def dashboard(stack, namespace):
    """The metrics of a namespace on the dashboards, by name; only there may a row take over what stands above it."""
    for board in stack.of_type("AWS::CloudWatch::Dashboard").values():
        for widget in json.loads(board["DashboardBody"])["widgets"]:
            above = []
            for row in widget["properties"]["metrics"]:
                row = [part for part in row if isinstance(part, str)]
                if row[0] == "...":
                    row = above[: len(above) - len(row) + 1] + row[1:]
                above = [above[at] if part == "." else part for at, part in enumerate(row)]
                if above[0] == namespace:
                    yield above[1]


@rule("every function, every reader of the stream and every queue of failures has an alarm")
def watched(stack, needs):
    found = set()
    for alarm in stack.of_type("AWS::CloudWatch::Alarm").values():
        for dimension in alarm.get("Dimensions", []):
            found.add((alarm["MetricName"], dimension["Value"]))
    for name, function in functions(stack).items():
        if name != "site-publisher" and ("Errors", function_keys(stack)[name]) not in found_by_ref(stack, found):
            yield f"nobody is told when {name} fails"
    for name in mappings(stack, "/stream/"):
        if ("IteratorAge", function_keys(stack)[name]) not in found_by_ref(stack, found):
            yield f"nobody is told when {name} is behind"
    fed = {mapping["EventSourceArn"] for mapping in mappings(stack, ":sqs:").values()}
    for key in stack.of_type("AWS::SQS::Queue"):
        if stack.attribute(key, "Arn") not in fed and ("ApproximateNumberOfMessagesVisible", key) not in found:
            yield f"nobody is told what is in {key}"


def found_by_ref(stack, found):
    """Dimensions name a function by its name; told here by its key."""
    names = {stack.ref(key): key for key in stack.of_type("AWS::Lambda::Function")}
    return {(metric, names.get(value, value)) for metric, value in found}


@rule("the stack stays well below CloudFormation's limit of 500 resources")
def small(stack, needs):
    if len(stack.resources) >= 400:
        yield f"there are {len(stack.resources)}"

"""Each rule, tried: the stack is broken as somebody might break it, and the rule must say so. A rule without
a trial is no rule."""


def properties(key):
    return lambda resources: resources[key]["Properties"]


def first(resources, kind):
    return next(r["Properties"] for r in resources.values() if r["Type"] == kind)


def changed(key, **values):
    return lambda resources: resources[key]["Properties"].update(values)


def without(key):
    return lambda resources: resources.pop(key)


def lacking(key, *names):
    def change(resources):
        for name in names:
            resources[key]["Properties"].pop(name)

    return change


def statements(resources, role):
    return resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]


def granted(role, actions, resource, **more):
    def change(resources):
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource, **more}
        statements(resources, role).append(statement)

    return change


def revoked(role, sid):
    def change(resources):
        own = statements(resources, role)
        own[:] = [statement for statement in own if statement.get("Sid") != sid]

    return change


def unconditional(role, sid):
    def change(resources):
        for statement in statements(resources, role):
            if statement.get("Sid") == sid:
                statement.pop("Condition")

    return change


def in_policy(sid, **values):
    def change(resources):
        policy = resources["EventsTable"]["Properties"]["ResourcePolicy"]["PolicyDocument"]
        for statement in policy["Statement"]:
            if statement["Sid"] == sid:
                statement.update(values)

    return change


def shown(text, instead):
    """Another text on the dashboard."""

    def change(resources):
        board = resources["Dashboard"]["Properties"]
        board["DashboardBody"] = board["DashboardBody"].replace(text, instead)

    return change


def deep(key, path, value):
    """Sets what stands at a path of names and numbers."""

    def change(resources):
        place = resources[key]["Properties"]
        *way, last = path.split(".")
        for part in way:
            place = place[int(part) if part.isdigit() else part]
        if value is None:
            del place[int(last) if last.isdigit() else last]
        else:
            place[int(last) if last.isdigit() else last] = value

    return change


EVENTS = "arn:aws:dynamodb:eu-central-1:123456789012:table/annals-events"
RECORDS = "arn:aws:dynamodb:eu-central-1:123456789012:table/annals-records"
TRIALS = {
    "the routes of the template are the routes of the code, served by the same functions": [
        without("RouteGetMe"),
        changed("RouteGetMe", Target="integrations/RecordCommandsIntegration"),
        changed("RouteGetMe", RouteKey="GET /api/v1/mine"),
    ],
    "every operation of docs/openapi.json has a route, and every route an operation": [
        without("RoutePutMe"),
        changed("RouteGetHealth", RouteKey="GET /api/v1/hale"),
    ],
    "every route but the open ones takes only tokens of this pool, got by signing in": [
        changed("RouteGetPlural", AuthorizationType="NONE"),
        changed("RouteGetPlural", AuthorizationScopes=[]),
        deep("ApiAuthorizer", "JwtConfiguration.Audience", ["WebClient", "Stranger"]),
        deep("ApiAuthorizer", "JwtConfiguration.Issuer", "https://example.org"),
        changed("ApiAuthorizer", IdentitySource=["$request.querystring.token"]),
    ],
    "the API answers below its own paths, with a limit and a log": [
        changed("ApiStage", StageName="prod"),
        deep("ApiStage", "AccessLogSettings.Format", '{"id":"$context.requestId"}'),
    ],
    "a function is called by this API and by nobody else's": [
        without("RecordQueriesPermission"),
        lacking("RecordQueriesPermission", "SourceAccount"),
        changed("RecordQueriesPermission", SourceArn="arn:aws:execute-api:eu-central-1:123456789012:*/*"),
    ],
    "other sites are named one by one, and may send and read the headers that the API has": [
        deep("Api", "CorsConfiguration.AllowOrigins", ["*"]),
        deep("Api", "CorsConfiguration.AllowHeaders", ["authorization"]),
        deep("Api", "CorsConfiguration.ExposeHeaders", ["etag"]),
        deep("Api", "CorsConfiguration.AllowMethods", ["GET"]),
        deep("Exports", "CorsConfiguration.CorsRules.0.AllowedOrigins", ["*"]),
    ],
    "the functions of the template are the functions of the code, built from their crates": [
        deep("Projector", "Code.S3Key", "queries"),
        changed("Projector", FunctionName="annals-projektor"),
        lambda resources: resources["Projector"]["Metadata"]["BuildProperties"].update(Binary="publisher"),
    ],
    "every function is given the settings that it reads, and nothing that nobody reads": [
        deep("Publisher", "Environment.Variables.EVENT_BUS", None),
        deep("Projector", "Environment.Variables.EVENTS_TABLE", ""),
        deep("Projector", "Environment.Variables.EVENT_TABLE", "x"),
    ],
    "every function runs on what it was built for, says what it does in JSON, and is traced": [
        changed("Projector", Runtime="provided.al2"),
        changed("Projector", Architectures=["x86_64"]),
        deep("Projector", "LoggingConfig.LogFormat", "Text"),
        deep("Projector", "LoggingConfig.ApplicationLogLevel", "WARN"),
        changed("Projector", TracingConfig={"Mode": "PassThrough"}),
        changed("RecordQueries", Timeout=60),
    ],
    "every function has a role and a log group of its own, and logs go after a time": [
        changed("Publisher", Role="arn:aws:iam::123456789012:role/ProjectorRole"),
        deep("Publisher", "LoggingConfig.LogGroup", "/aws/lambda/annals-projector"),
        lacking("PublisherLog", "RetentionInDays"),
    ],
    "no role may do all of something, or anything to all, but what has no resource to name": [
        granted("ProjectorRole", "dynamodb:*", RECORDS),
        granted("ProjectorRole", "dynamodb:GetItem", "*"),
        granted("ProjectorRole", "dynamodb:Query", RECORDS + "/index/*"),
        changed("ProjectorRole", ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
        deep("ProjectorRole", "AssumeRolePolicyDocument.Statement.0.Condition", None),
    ],
    "who reads is renewed before who writes": [
        lambda resources: resources["RecordCommands"].pop("DependsOn"),
        without("ProjectorAliaslive"),
    ],
    "a new version of a function behind the API goes back when its alarm says so": [
        deep("RecordQueriesDeploymentGroup", "AlarmConfiguration.Alarms", []),
        without("RecordCommandsDeploymentGroup"),
    ],
    "every reader of the stream begins at its beginning, reports single records, and loses nothing": [
        changed("ProjectorStream", StartingPosition="LATEST"),
        lacking("ProjectorStream", "FunctionResponseTypes"),
        lacking("ProjectorStream", "BisectBatchOnFunctionError"),
        changed("ProjectorStream", MaximumRetryAttempts=-1),
        lacking("PublisherStream", "DestinationConfig"),
        lacking("PublisherStream", "MetricsConfig"),
        changed("ProjectorStream", FilterCriteria={"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]}),
        lacking("PublisherStream", "FilterCriteria"),
        without("PublisherStream"),
    ],
    "a message is not seen by a second worker while the first may be at work, and ends in a queue of its own": [
        changed("DeadLetters", SqsManagedSseEnabled=False),
        changed("ExportJobs", VisibilityTimeout=30),
        lacking("ExportJobs", "RedrivePolicy"),
        lacking("ExporterJobs", "FunctionResponseTypes"),
    ],
    "every five minutes somebody looks for what the stream lost, and it is seen when that fails": [
        changed("ProjectorSchedule", ScheduleExpression="rate(1 day)"),
        deep("PublisherSchedule", "Targets.0.DeadLetterConfig", None),
        lambda resources: first(resources, "AWS::Lambda::EventInvokeConfig").pop("DestinationConfig"),
    ],
    "the tables of the template are the tables of the code: keys, indexes, stream, expiry": [
        without("CountsTable"),
        deep("EventsTable", "GlobalSecondaryIndexes.0.Projection.ProjectionType", "ALL"),
        deep("RecordsTable", "GlobalSecondaryIndexes.0.Projection.NonKeyAttributes", ["version"]),
        deep("EventsTable", "AttributeDefinitions.1.AttributeType", "S"),
        deep("EventsTable", "StreamSpecification.StreamViewType", "NEW_IMAGE"),
        lacking("ControlTable", "TimeToLiveSpecification"),
        changed("RecordsTable", BillingMode="PROVISIONED"),
        deep("RecordsTable", "KeySchema", [{"AttributeName": "pk", "KeyType": "HASH"}]),
    ],
    "the log outlives its stack and mistakes, and nothing in it expires": [
        lacking("EventsTable", "PointInTimeRecoverySpecification"),
        changed("EventsTable", TimeToLiveSpecification={"AttributeName": "t", "Enabled": True}),
        lambda resources: resources["EventsTable"].update(DeletionPolicy="Delete"),
        changed("EventsTable", DeletionProtectionEnabled=False),
        lacking("EventsTable", "ResourcePolicy"),
    ],
    "no bucket is public, each is encrypted, and each is reached by TLS only": [
        deep("SiteBucket", "PublicAccessBlockConfiguration.BlockPublicPolicy", False),
        lacking("SiteBucket", "BucketEncryption"),
        lacking("FailedBatches", "OwnershipControls"),
        without("FailedBatchesPolicy"),
        deep("SiteBucketPolicy", "PolicyDocument.Statement.1.Principal", "*"),
        deep("SiteBucketPolicy", "PolicyDocument.Statement.1.Condition", None),
    ],
    "every queue is reached by TLS only": [without("DeadLettersPolicy")],
    "with a key of one's own, everything that can be encrypted with it is": [
        lacking("ApiLog", "KmsKeyId"),
        deep("ControlTable", "SSESpecification", {"SSEEnabled": False}),
        changed("DataKey", EnableKeyRotation=False),
    ],
    "site and API are served under the headers of the local stack; the site may ask Cognito besides": [
        deep("SiteHeaders", "ResponseHeadersPolicyConfig.CustomHeadersConfig.Items.0", None),
        deep("SiteHeaders", "ResponseHeadersPolicyConfig.SecurityHeadersConfig.FrameOptions.FrameOption", "SAMEORIGIN"),
        lambda resources: loosened(resources, "'self' https:", "connect-src"),
        lambda resources: loosened(resources, "'self' 'unsafe-inline'", "script-src"),
        deep("ApiHeaders", "ResponseHeadersPolicyConfig.SecurityHeadersConfig.StrictTransportSecurity.AccessControlMaxAgeSec", 300),
    ],
    "the API passes CloudFront as it is, and its errors are not made into pages": [
        deep("Distribution", "DistributionConfig.CustomErrorResponses", [{"ErrorCode": 404}]),
        deep("Distribution", "DistributionConfig.CacheBehaviors.0.Compress", True),
        deep("Distribution", "DistributionConfig.CacheBehaviors.0.CachePolicyId", "658327ea-f89d-4fab-a63d-7e88639e58f6"),
        deep("Distribution", "DistributionConfig.CacheBehaviors.0.AllowedMethods", ["GET", "HEAD"]),
        deep("Distribution", "DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy", "allow-all"),
    ],
    "the screens are told where they are, and are published again when one of their files changes": [
        deep("Site", "Config.client_id", None),
        changed("Site", Assets="arn:aws:made-up:x"),
        changed("Site", OnDelete="empty"),
        changed("Site", ServiceTimeout=60),
    ],
    "people sign in on pages of the pool, with code and PKCE, for a time": [
        changed("WebClient", AllowedOAuthFlows=["implicit"]),
        changed("WebClient", GenerateSecret=True),
        changed("WebClient", ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"]),
        changed("WebClient", AccessTokenValidity=60),
        changed("CliClient", CallbackURLs=["http://localhost:1/callback"]),
        changed("WebClient", CallbackURLs=["https://example.org/signed-in"]),
        without("WebSignInPages"),
    ],
    "the groups of the pool are those that the code knows, and one for the workspace": [
        without("Auditors"),
        changed("WorkspaceGroup", GroupName="tenant-other"),
    ],
    "people are not lost by mistake, and in prod not with the stack": [
        lambda resources: resources["UserPool"].pop("DeletionPolicy"),
        changed("UserPool", DeletionProtection="INACTIVE"),
        changed("UserPool", MfaConfiguration="OFF"),
        deep("UserPool", "UsernameConfiguration.CaseSensitive", True),
    ],
    "every alarm says what it means, tells somebody, and says what no data mean": [
        lacking("TamperAlarm", "AlarmActions"),
        lacking("TamperAlarm", "TreatMissingData"),
        changed("TamperAlarm", AlarmDescription="bad"),
    ],
    "a metric of the functions has an alarm, or tells how much is done and is shown; and there is no other metric": [
        without("TamperAlarm"),
        changed("TamperAlarm", MetricName="Tampered"),
        changed("ParkedAlarm", Dimensions=[{"Name": "function", "Value": "projector"}]),
        changed("ParkedAlarm", Namespace="Other"),
        shown('[".", "Conflicts"]', '[".", "Quarrels"]'),
        shown('[".", "Conflicts"], ', ""),
        lambda resources: resources.update({"Twice": {"Type": "AWS::Logs::MetricFilter", "Properties": {}}}),
    ],
    "every function, every reader of the stream and every queue of failures has an alarm": [
        without("ProjectorErrors"),
        without("PublisherBehind"),
        without("DeadLettersFilled"),
    ],
    "the stack stays well below CloudFormation's limit of 500 resources": [
        lambda resources: resources.update({f"Extra{n}": resources["AlarmTopic"] for n in range(400)}),
    ],
    "each function may do what its code asks of the tables, and nothing else of that kind": [
        revoked("RecordQueriesRole", "Views"),
        granted("RecordQueriesRole", "dynamodb:PutItem", RECORDS),
        granted("RecordQueriesRole", "dynamodb:Scan", EVENTS),
        granted("RecordCommandsRole", "dynamodb:GetItem", RECORDS),
    ],
    "a commit is appended by the functions that decide, of the kinds of record that are theirs": [
        revoked("RecordCommandsRole", "Append"),
        unconditional("PeopleCommandsRole", "AppendToPeople"),
        in_policy("OnlyCommandsAppend", Effect="Deny", Condition={}),
        unconditional("AuditQueriesRole", "AppendAccess"),
        unconditional("OperatorCommandsRole", "AppendOperations"),
        unconditional("RebuilderRole", "TellHowItEnded"),
    ],
    "nobody changes or removes a commit, administrators included, and they append none either": [
        in_policy("NobodyChangesOrRemovesACommit", Action=["dynamodb:UpdateItem"]),
        in_policy("NobodyChangesOrRemovesACommit", Effect="Allow"),
        in_policy("OnlyCommandsAppend", Action="dynamodb:GetItem"),
        lacking("EventsTable", "ResourcePolicy"),
    ],
    "the stream is read by projector and publisher, and by nobody else": [
        revoked("ProjectorRole", "Stream"),
        granted("RecordQueriesRole", "dynamodb:GetRecords", EVENTS + "/stream/2026"),
    ],
    "only the publisher publishes, in its own name, and only to this bus": [
        unconditional("PublisherRole", "Publish"),
        revoked("PublisherRole", "Publish"),
        granted("RebuilderRole", "events:PutEvents", "arn:aws:events:eu-central-1:123456789012:event-bus/annals"),
    ],
    "only people-commands calls Cognito's admin API, of this pool, and not for passwords": [
        revoked("PeopleCommandsRole", "People"),
        granted("PeopleCommandsRole", "cognito-idp:AdminSetUserPassword", "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/UserPool"),
    ],
    "what the stream's readers give up lands in its bucket, and their schedules' failures in the queue": [
        revoked("ProjectorRole", "FailedBatches"),
        revoked("PublisherRole", "FailedBatchesList"),
        revoked("PublisherRole", "DeadLetters"),
    ],
    "only site-publisher writes the site, and it reaches nothing else": [
        revoked("SitePublisherRole", "Invalidate"),
        granted("RecordQueriesRole", "s3:PutObject", "arn:aws:s3:::annals-sitebucket/*"),
    ],
    "exports are ordered by audit-queries, written by the exporter, and read by both": [
        revoked("ExporterRole", "Files"),
        revoked("AuditQueriesRole", "Jobs"),
        granted("AuditQueriesRole", "s3:PutObject", "arn:aws:s3:::annals-exports/*"),
    ],
    "rebuilds are ordered by operator-commands and worked on by the rebuilder; the publisher has a queue of its own": [
        revoked("OperatorCommandsRole", "Jobs"),
        revoked("RebuilderRole", "Jobs"),
        granted("RebuilderRole", "sqs:SendMessage", "arn:aws:sqs:eu-central-1:123456789012:PublishJobs"),
    ],
    "every function writes its own log, and no other one's": [
        revoked("ProjectorRole", "Logs"),
        granted("ProjectorRole", "logs:PutLogEvents", "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/annals-publisher:*"),
    ],
    "no function reaches what is none of its business: other services, roles, keys": [
        granted("ProjectorRole", "iam:PassRole", "arn:aws:iam::123456789012:role/*"),
    ],
    "with a key of one's own, it is used through the services that keep the data": [without("UseDataKey")],
}


def loosened(resources, text, directive):
    security = resources["SiteHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = security["ContentSecurityPolicy"]
    policy["ContentSecurityPolicy"] = policy["ContentSecurityPolicy"].replace(f"{directive} 'self'", f"{directive} {text}")

"""A template as CloudFormation would see it: translated from SAM, with its parameters, conditions and
references resolved. What only a deployment knows (ids, generated names) is made up, so that the same thing
has the same name everywhere."""

import copy
import logging
import os
import re
import tomllib
from pathlib import Path

ACCOUNT = "123456789012"
REGION = "eu-central-1"
# What each kind of resource is called in ARNs and by `Ref`, where it is not its name.
ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
    "AWS::Events::EventBus": "arn:aws:events:{region}:{account}:event-bus/{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/{name}",
    "AWS::Cognito::UserPool": "arn:aws:cognito-idp:{region}:{account}:userpool/{name}",
    "AWS::Lambda::Alias": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::Events::Rule": "arn:aws:events:{region}:{account}:rule/{name}",
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
}
# The property that gives a resource its name, where that is what `Ref` tells.
NAMES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Events::EventBus": "Name",
}
# `Ref` tells the ARN of these.
REF_IS_ARN = ["AWS::SNS::Topic", "AWS::Lambda::Alias", "AWS::Lambda::LayerVersion"]
NO_VALUE = object()


def translated(source, parameters):
    """A SAM template's text as the transform makes it, with local paths as if they were uploaded."""
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    class NoManagedPolicies:
        def load(self):
            return {}

    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    template = yaml_parse(source)
    for resource in template["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = "s3://uploaded/" + resource["Properties"][name]
    return transform(template, dict(parameters), NoManagedPolicies())


def stages(root):
    """The parameters of each stage in samconfig.toml, and its stack's name."""
    config = tomllib.loads((Path(root) / "samconfig.toml").read_text())
    found = {}
    for name, section in config.items():
        if isinstance(section, dict) and "deploy" in section:
            settings = section["deploy"]["parameters"]
            pairs = dict(pair.split("=", 1) for pair in settings["parameter_overrides"])
            found["dev" if name == "default" else name] = (settings["stack_name"], pairs)
    return found


class Stack:
    """A translated template with the parameters of one deployment."""

    def __init__(self, template, parameters, name="annals", region=REGION):
        self.template = template
        self.name = name
        self.region = region
        self.parameters = {}
        for key, declared in template.get("Parameters", {}).items():
            value = parameters.get(key, declared.get("Default"))
            if declared["Type"] == "CommaDelimitedList":
                value = value if isinstance(value, list) else str(value).split(",")
            self.parameters[key] = value if isinstance(value, list) else str(value)
        unknown = set(parameters) - set(self.parameters)
        if unknown:
            raise ValueError(f"the template has no parameter {sorted(unknown)}")
        self.conditions = {
            key: self.holds(value) for key, value in template.get("Conditions", {}).items()
        }
        self.present = {
            key: resource
            for key, resource in template["Resources"].items()
            if self.conditions.get(resource.get("Condition"), True)
        }
        self.resources = {key: self.resolved(resource) for key, resource in self.present.items()}

    def with_resources(self, change):
        """The same stack after a change of its resolved resources; for trials of the rules."""
        other = copy.copy(self)
        other.resources = copy.deepcopy(self.resources)
        change(other.resources)
        return other

    def of_type(self, kind):
        return {key: r["Properties"] for key, r in self.resources.items() if r["Type"] == kind}

    def outputs(self):
        declared = self.template.get("Outputs", {})
        return {key: self.resolved(output["Value"]) for key, output in declared.items()}

    def failed_assertions(self):
        """What the template's `Rules` say against these parameters."""
        failed = []
        for rule in self.template.get("Rules", {}).values():
            if "RuleCondition" not in rule or self.holds(rule["RuleCondition"]):
                failed += [
                    one["AssertDescription"]
                    for one in rule["Assertions"]
                    if not self.holds(one["Assert"])
                ]
        return failed

    def holds(self, condition):
        (kind, value), = condition.items()
        if kind == "Condition":
            return self.holds(self.template["Conditions"][value])
        if kind == "Fn::Equals":
            first, second = map(self.resolved, value)
            return str(first) == str(second)
        if kind == "Fn::Not":
            return not self.holds(value[0])
        if kind == "Fn::And":
            return all(map(self.holds, value))
        if kind == "Fn::Or":
            return any(map(self.holds, value))
        raise ValueError(f"a condition with {kind}")

    def resolved(self, value):
        """A value without functions."""
        if isinstance(value, list):
            items = [self.resolved(item) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (kind, argument), = value.items()
            if kind == "Ref" or kind.startswith("Fn::"):
                return self.called(kind, argument)
        pairs = {key: self.resolved(item) for key, item in value.items()}
        return {key: item for key, item in pairs.items() if item is not NO_VALUE}

    def called(self, kind, argument):
        if kind == "Ref":
            return self.ref(argument)
        if kind == "Fn::GetAtt":
            key, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            return self.attribute(key, attribute)
        if kind == "Fn::If":
            condition, then, otherwise = argument
            return self.resolved(then if self.conditions[condition] else otherwise)
        if kind == "Fn::Sub":
            text, names = argument if isinstance(argument, list) else (argument, {})
            return re.sub(r"\$\{([^!}][^}]*)\}", lambda m: self.substituted(m[1], names), text)
        if kind == "Fn::Join":
            return argument[0].join(map(str, self.resolved(argument[1])))
        raise ValueError(f"{kind} is not known here")

    def substituted(self, name, names):
        if name in names:
            return str(self.resolved(names[name]))
        return str(self.attribute(*name.split(".", 1)) if "." in name else self.ref(name))

    def ref(self, name):
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Region": self.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.name,
            "AWS::StackId": f"arn:aws:cloudformation:{self.region}:{ACCOUNT}:stack/{self.name}/1",
            "AWS::NoValue": NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        kind = self.existing(name)["Type"]
        return self.attribute(name, "Arn") if kind in REF_IS_ARN else self.physical(name)

    def attribute(self, key, name):
        kind = self.existing(key)["Type"]
        if name in ("Arn", "TopicArn") and kind in ARNS:
            return ARNS[kind].format(region=self.region, account=ACCOUNT, name=self.physical(key))
        if name == "Arn":
            return f"arn:aws:made-up:{self.region}:{ACCOUNT}:{self.physical(key)}"
        if name == "StreamArn":
            return f"{self.attribute(key, 'Arn')}/stream/2026"
        if name == "QueueName":
            return self.physical(key)
        return f"{key}.{name}"

    def existing(self, key):
        if key not in self.present:
            raise ValueError(f"{key} is referred to and not there")
        return self.present[key]

    def physical(self, key):
        """What the resource is called; made up where the template does not say."""
        resource = self.existing(key)
        named = resource.get("Properties", {}).get(NAMES.get(resource["Type"]))
        if named is not None:
            return str(self.resolved(named))
        # Names of buckets are in lower case.
        return f"{self.name}-{key}".lower() if resource["Type"] == "AWS::S3::Bucket" else key

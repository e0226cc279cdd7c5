"""Decides as IAM does, for what this template uses: identity policies of a role, its permissions through
managed policies of the stack, resource policies, explicit denials first (IAM user guide, "Policy evaluation
logic", read 2026-11-24). A condition operator that is not known is an error, never a guess."""

import re
from fnmatch import fnmatchcase

ALLOWED, DENIED, REFUSED = "allowed", "not allowed", "denied"


def listed(value):
    return value if isinstance(value, list) else [value]


def like(pattern, text):
    """IAM's wildcards: `*` and `?`, and nothing else."""
    return fnmatchcase(text, re.sub(r"\[", "[[]", pattern))


def matches(statement, action, resource):
    actions = any(like(a.lower(), action.lower()) for a in listed(statement["Action"]))
    return actions and any(like(r, resource) for r in listed(statement.get("Resource", "*")))


def holds(conditions, context):
    """Whether every condition of a statement holds for a request."""
    return all(
        one_holds(operator, key, listed(wanted), context.get(key))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def one_holds(operator, key, wanted, found):
    if operator == "Null":
        return (found is None) == (wanted[0] == "true")
    qualifier, _, plain = operator.rpartition(":")
    compare = {
        "StringEquals": lambda pattern, value: value == pattern,
        "StringNotLike": like,
        "StringLike": like,
        "ArnEquals": like,
        "ArnLike": like,
        "ArnNotEquals": like,
        "Bool": lambda pattern, value: value.lower() == pattern.lower(),
    }[plain]
    negated = "Not" in plain
    fits = lambda value: any(compare(pattern, value) for pattern in wanted) != negated
    values = [] if found is None else listed(found)
    if qualifier == "ForAllValues":
        return all(map(fits, values))
    if qualifier == "ForAnyValue":
        return any(map(fits, values))
    # A key that is missing fits nothing, and so fits what is negated.
    return negated if found is None else fits(values[0])


def decided(statements, action, resource, context):
    outcome = DENIED
    for statement in statements:
        if "NotAction" in statement or "NotResource" in statement:
            raise ValueError("a statement says what it does not mean")
        if matches(statement, action, resource) and holds(statement.get("Condition", {}), context):
            if statement["Effect"] == "Deny":
                return REFUSED
            outcome = ALLOWED
    return outcome


def decision(stack, role, action, resource, **context):
    """What becomes of a call by a role of the stack, or by `administrator`, who may do everything that
    no policy of a resource denies."""
    full = {"aws:PrincipalArn": principal(stack, role), "aws:SecureTransport": "true"}
    full |= {key.replace("__", ":"): value for key, value in context.items()}
    own = statements_of(stack, role)
    of_resource = [s for s in resource_statements(stack, resource) if s["Effect"] == "Deny"]
    refused = decided(of_resource, action, resource, full)
    return REFUSED if refused == REFUSED else decided(own, action, resource, full)


def principal(stack, role):
    if role == "administrator":
        return "arn:aws:iam::123456789012:role/administrator"
    return stack.attribute(role, "Arn")


def statements_of(stack, role):
    """Everything that a role's own policies say."""
    if role == "administrator":
        return [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    documents = [p["PolicyDocument"] for p in stack.resources[role]["Properties"].get("Policies", [])]
    for policy in stack.of_type("AWS::IAM::ManagedPolicy").values():
        if stack.ref(role) in policy["Roles"]:
            documents.append(policy["PolicyDocument"])
    return [statement for document in documents for statement in document["Statement"]]


def resource_statements(stack, resource):
    """What the policy of a table of the stack says of calls to it and its indexes."""
    found = []
    for key, table in stack.of_type("AWS::DynamoDB::Table").items():
        arn = stack.attribute(key, "Arn")
        if resource == arn or resource.startswith(arn + "/"):
            found += table.get("ResourcePolicy", {}).get("PolicyDocument", {}).get("Statement", [])
    return found

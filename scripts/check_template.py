#!/usr/bin/env python3
"""Checks template.yaml without an account.

In turn: that the routes in it are those of the code; cfn-lint on the source and on what SAM makes of it (only
the latter shows cycles through resources that SAM makes); `sam validate` with and without `--lint`, since
each finds what the other does not; checkov on the source, and on production's form with all parameters
resolved; the rules in scripts/check_template/, for every stage of samconfig.toml and some more, each tried
by breaking the template; CloudFront's function, run by node; and that the functions that lie built here, by
`sam build` or `make lambdas`, can start on their runtime.

The tools are installed once, into target/check_template/, in the versions of
scripts/check_template/requirements*.txt. `scripts/check_template.py routes` writes the template's routes
anew from tests/deployment.json; `scripts/check_template.py rules` asks only what needs no tool, in seconds;
`scripts/check_template.py translated` prints what SAM makes of the template; `scripts/check_template.py built`
looks at what is built only, and fails where nothing is.
"""

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools import installed

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "scripts" / "check_template"
HOME = ROOT / (os.environ.get("CARGO_TARGET_DIR") or "target") / "check_template"
TEMPLATE = ROOT / "template.yaml"
RUN_S = 300
# What checkov asks and is not done, anywhere; each with the reason.
NOT_DONE = {
    "CKV_AWS_115": "no reserved concurrency: it would take from the account's pool, which in new accounts is 10, and the API is throttled before it",
    "CKV_AWS_116": "no dead letters of the function itself: calls come from the API or the stream, and what a schedule starts has a destination for failures",
    "CKV_AWS_117": "no private network: there is nothing private to reach, and calls would start slower",
}
# What checkov cannot see on the source, where it stands in a condition; it is checked on the resolved form.
CONDITIONAL = {
    "CKV_AWS_119": "a key of one's own is a parameter (Encryption)",
    "CKV_AWS_173": "the same",
    "CKV_AWS_26": "the same; AWS's own key for SNS would keep alarms out",
    "CKV_AWS_158": "the same",
    "CKV_AWS_86": "access logs go into a bucket that a parameter names (LogBucket)",
    "CKV_AWS_18": "the same",
    "CKV_AWS_174": "the certificate is one of three",
    "CKV_AWS_68": "a web ACL is a parameter (WebAclArn), with costs of its own",
}
# The checks that are made here.
WITHOUT_TOOLS = ["the routes in the template", "what must hold", "what must hold, tried", "what cannot be"]
# Deployments that the rules are held against, besides the stages.
OTHERS = {
    "a domain in us-east-1": ("annals", {"DomainName": "records.example.org", "HostedZoneId": "Z0123456789"}, "us-east-1"),
    "a domain with a certificate": (
        "annals",
        {
            "DomainName": "records.example.org",
            "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
            "AlarmEmail": "ops@example.org",
            "FirstAdminEmail": "anna@example.org",
            "LogBucket": "logs",
        },
        "eu-central-1",
    ),
    "a restored log": (
        "annals",
        {
            "EventsTableName": "annals-restored",
            "EventsStreamArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/annals-restored/stream/2026",
        },
        "eu-central-1",
    ),
    "everything": (
        "annals",
        {
            "Stage": "prod",
            "Encryption": "customer-key",
            "UserPoolTier": "PLUS",
            "AllowedOrigins": "https://one.example.org,https://two.example.org",
            "DomainName": "records.example.org",
            "HostedZoneId": "Z0123456789",
            "FirstAdminEmail": "anna@example.org",
            "AlarmEmail": "ops@example.org",
            "LogBucket": "logs",
            "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/w/1",
            "PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/boundary",
        },
        "us-east-1",
    ),
}
IMPOSSIBLE = {
    "a domain without a certificate": ({"DomainName": "records.example.org"}, "us-east-1"),
    "a certificate that would be made elsewhere": (
        {"DomainName": "records.example.org", "HostedZoneId": "Z0123456789"},
        "eu-central-1",
    ),
    "a restored table without its stream": ({"EventsTableName": "annals-restored"}, "us-east-1"),
}


def inside(programs):
    """Goes on in the Python that has the translator."""
    python = programs / "python"
    if Path(sys.prefix) != programs.parent:
        os.execv(python, [python, __file__, *sys.argv[1:]])
    sys.path.insert(0, str(SETTINGS))


# ── Routes ───────────────────────────────────────────────────────────────────────────────────────────

ROUTES = re.compile(r"(  #>routes\n)(.*?)(  #<routes\n)", re.DOTALL)


def written_routes():
    """The block of routes, as the code wants it."""
    needs = json.loads((ROOT / "tests" / "deployment.json").read_text())
    lines = []
    for route in needs["routes"]:
        method, path = route["route"].split(" ")
        words = re.findall(r"[A-Za-z0-9]+", path.removeprefix("/api/v1"))
        key = "Route" + method.capitalize() + "".join(word[0].upper() + word[1:] for word in words)
        function = "".join(part.capitalize() for part in route["function"].split("-"))
        guard = "" if route["open"] else "AuthorizationType: JWT, AuthorizerId: !Ref ApiAuthorizer, AuthorizationScopes: [openid], "
        lines += [
            f"  {key}:\n",
            "    Type: AWS::ApiGatewayV2::Route\n",
            f'    Properties: {{ ApiId: !Ref Api, RouteKey: "{method} {path}", {guard}Target: !Sub "integrations/${{{function}Integration}}" }}\n',
        ]
    return "".join(lines)


def write_routes():
    text = TEMPLATE.read_text()
    TEMPLATE.write_text(ROUTES.sub(lambda m: m[1] + written_routes() + m[3], text))


def check_routes():
    if ROUTES.search(TEMPLATE.read_text())[2] != written_routes():
        return ["they are not those of the code: scripts/check_template.py routes"]
    return []


# ── Tools ────────────────────────────────────────────────────────────────────────────────────────────


def said(command, **more):
    """What a tool finds, if it finds anything; so that many can run at once."""
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-central-1"}
    environment |= {"LOG_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore", "HOME": str(HOME)}
    run = subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True, timeout=RUN_S, **more
    )
    told = run.stdout.strip() + "\n" + run.stderr.strip()
    return [] if run.returncode == 0 else [told.strip() or f"exit code {run.returncode}"]


def checkov(programs, path, skipped):
    return said([programs / "checkov", "--file", path, "--framework", "cloudformation", "--compact", "--quiet", "--skip-download", "--skip-check", ",".join(skipped)])


def spa_routes(stacks):
    """CloudFront's function says of each path what crates/local says of it."""
    code = next(iter(stacks.values())).resources["SiteRoutes"]["Properties"]["FunctionCode"]
    wanted = {
        "/": "/index.html",
        "/r/customers": "/index.html",
        "/r/customers/lily": "/index.html",
        "/signed-in": "/index.html",
        "/nowhere/": "/index.html",
        "/index.html": "/index.html",
        "/config.json": "/config.json",
        "/favicon.svg": "/favicon.svg",
        "/missing.js": "/missing.js",
        "/assets/main-1f.js": "/assets/main-1f.js",
        "/assets/": "/assets/",
        "/assets/x": "/assets/x",
    }
    script = code + f"""
        const asked = {json.dumps(list(wanted))};
        console.log(JSON.stringify(asked.map((uri) => handler({{ request: {{ uri }} }}).uri)));
    """
    run = subprocess.run(["node", "-e", script], capture_output=True, text=True, timeout=60)
    if run.returncode != 0:
        return [run.stderr]
    found = dict(zip(wanted, json.loads(run.stdout)))
    return [f"{path} leads to {found[path]}" for path in wanted if found[path] != wanted[path]]


# ── Rules ────────────────────────────────────────────────────────────────────────────────────────────


def deployments(template):
    """The stacks that the rules are held against."""
    from cloudformation import REGION, Stack, stages

    found = {
        name: Stack(template, parameters, stack) for name, (stack, parameters) in stages(ROOT).items()
    }
    found["everything by default"] = Stack(template, {})
    for name, (stack, parameters, region) in OTHERS.items():
        found[name] = Stack(template, parameters, stack, region or REGION)
    return found


def check_rules(stacks):
    import decisions  # noqa: F401 - its rules are added to the others
    from rules import RULES, Needs

    needs = Needs()
    complaints = {}
    for name, stack in stacks.items():
        for text in stack.failed_assertions():
            complaints.setdefault(f"it is refused: {text}", []).append(name)
        for sentence, check in RULES:
            for text in check(stack, needs):
                complaints.setdefault(f"{sentence}: {text}", []).append(name)
    return [f"{text} ({', '.join(names)})" for text, names in complaints.items()]


def check_trials(stacks):
    """Every rule has its trials, and finds what is broken in each."""
    from rules import RULES, Needs
    from trials import TRIALS
    from cloudformation import Stack

    needs = Needs()
    checks = dict(RULES)
    complaints = [f"{sentence}: was never tried" for sentence in checks.keys() - TRIALS.keys()]
    complaints += [f"{sentence}: is no rule" for sentence in TRIALS.keys() - checks.keys()]
    # Production with a key of its own and other sites, under the name that the trials use.
    tried = Stack(
        next(iter(stacks.values())).template,
        {"Stage": "prod", "Encryption": "customer-key", "AllowedOrigins": "https://one.example.org"},
    )
    plain = Stack(tried.template, {})
    for sentence in checks.keys() & TRIALS.keys():
        # Where a key encrypts everything, no queue has to do it by itself.
        stack = plain if sentence.startswith("a message is not seen") else tried
        complaints += [f"{sentence}: {text} (before any trial)" for text in checks[sentence](stack, needs)]
        for number, change in enumerate(TRIALS[sentence], 1):
            try:
                found = any(checks[sentence](stack.with_resources(change), needs))
            except Exception as error:  # A rule that breaks says nothing of what is wrong.
                complaints.append(f"{sentence}: breaks on trial {number}: {error!r}")
                continue
            if not found:
                complaints.append(f"{sentence}: does not find what trial {number} breaks")
    return complaints


def check_impossible(template):
    from cloudformation import Stack

    return [
        f"{name} is let through"
        for name, (parameters, region) in IMPOSSIBLE.items()
        if not Stack(template, parameters, "annals", region).failed_assertions()
    ]


def check_site_follows_files(source):
    """The layer's name follows its content, and with it the property that publishes the site anew."""
    from cloudformation import translated

    def layer(content):
        changed = source.replace("ContentUri: frontend\n", f"ContentUri: {content}\n")
        return translated(changed, {})["Resources"]["Site"]["Properties"]["Assets"]["Ref"]

    if layer("one") == layer("two") or layer("one") != layer("one"):
        return ["the site would not be published when a file changes"]
    return []


def check_built():
    """Built functions find what they need on their runtime; and one that does not is found."""
    from bootstraps import built, complaints

    found = [text for paths in built(ROOT, HOME.parent).values() for text in complaints(paths)]
    # Whatever runs this needs a newer one than the first of all.
    if not complaints([Path(sys.executable).resolve()], (2, 0)):
        found.append("a program that needs too much is not found")
    return found


def lying():
    from bootstraps import built

    return sum(map(len, built(ROOT, HOME.parent).values()))


def tell_built():
    """Looks at what is built, and says what there is."""
    from bootstraps import GLIBC, built, newest

    folders = built(ROOT, HOME.parent)
    if not folders:
        sys.exit("check_template: no function is built here (sam build, or make lambdas)")
    for folder, paths in folders.items():
        print(f"{len(paths)} functions in {folder} ask for {newest(paths)}; the runtime has {GLIBC[0]}.{GLIBC[1]}")
    found = check_built()
    sys.exit("\n".join(found) or 0)


def main():
    begun = time.monotonic()
    HOME.mkdir(parents=True, exist_ok=True)
    # Two places, since their needs contradict each other; most of the time is the network's.
    with concurrent.futures.ThreadPoolExecutor(2) as at_once:
        places = [SETTINGS / "requirements.txt", SETTINGS / "requirements-checkov.txt"]
        programs, other_programs = at_once.map(lambda file: installed(file, HOME / file.stem), places)
    inside(programs)
    if sys.argv[1:] == ["routes"]:
        return write_routes()
    if sys.argv[1:] == ["built"]:
        return tell_built()
    from cloudformation import Stack, translated

    source = TEMPLATE.read_text()
    template = translated(source, {"DeploymentType": "AllAtOnce"})
    if sys.argv[1:] == ["translated"]:
        return print(json.dumps(template, indent=1))
    ready = time.monotonic()
    form = HOME / "translated.json"
    form.write_text(json.dumps(template, indent=1))
    stacks = deployments(template)
    _, parameters, region = OTHERS["everything"]
    resolved = HOME / "resolved.json"
    whole = Stack(template, parameters, "annals", region)
    resolved.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": whole.resources}, indent=1))
    shutil.rmtree(HOME / ".aws-sam", ignore_errors=True)
    checks = {
        "the routes in the template": check_routes,
        "cfn-lint": lambda: said([programs / "cfn-lint", TEMPLATE]),
        # SAM has put the parameter's value in its place.
        "cfn-lint on the translated form": lambda: said([programs / "cfn-lint", "--ignore-checks", "W2001", "--", form]),
        "sam validate": lambda: said([programs / "sam", "validate", "--template", TEMPLATE, "--region", "eu-central-1"]),
        "sam validate --lint": lambda: said([programs / "sam", "validate", "--lint", "--template", TEMPLATE, "--region", "eu-central-1"]),
        "checkov": lambda: checkov(other_programs, TEMPLATE, NOT_DONE | CONDITIONAL),
        "checkov on production's form": lambda: checkov(other_programs, resolved, NOT_DONE),
        "paths of the screens": lambda: spa_routes(stacks),
        "what must hold": lambda: check_rules(stacks),
        "what must hold, tried": lambda: check_trials(stacks),
        "what cannot be": lambda: check_impossible(template),
        "the site follows its files": lambda: check_site_follows_files(source),
    }
    # Not built by this; a deployment builds them first.
    if built := lying():
        checks[f"the {built} built functions that lie here start on their runtime"] = check_built
    else:
        print("skipped  whether built functions start on their runtime: none is built here (make lambdas)")
    if sys.argv[1:] == ["rules"]:
        checks = {name: check for name, check in checks.items() if name in WITHOUT_TOOLS}
    failed = 0
    # The tools wait for a processor more than for each other.
    with concurrent.futures.ThreadPoolExecutor(3) as at_once:
        running = {name: at_once.submit(check) for name, check in checks.items()}
        for name, check in running.items():
            complaints = check.result()
            failed += bool(complaints)
            print(f"{'FAILED' if complaints else 'ok':8} {name}")
            for complaint in complaints:
                print("         " + complaint.replace("\n", "\n         "))
    done = time.monotonic()
    print(f"{len(checks) - failed} passed, {failed} failed; {done - ready:.0f} s, after {ready - begun:.0f} s of installing")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

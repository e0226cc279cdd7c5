"""Aims requests at records that are there: a made-up id would nearly always be answered with 404."""

import json
import os
import re
import urllib.request

import schemathesis

API = os.environ["CHECK_API_URL"]
TOKEN = os.environ["CHECK_API_TOKEN"]
RECORD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
TAG = re.compile(r'(W/)?"[1-9][0-9]{0,15}"\Z')


def asked(path):
    request = urllib.request.Request(API + path, headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


ME = asked("/me")["id"]


def kept(path):
    """The id of a record of the path's type, made by check_api.py."""
    return ME if path.startswith("/people") else "lily"


@schemathesis.hook
def before_call(context, case, kwargs):
    identity = case.path_parameters.get("id")
    # By the length, so that some ids stay unknown and some versions wrong, the same ones in each run.
    if not isinstance(identity, str) or not RECORD_ID.match(identity) or len(identity) % 4 == 3:
        return
    case.path_parameters["id"] = kept(case.path)
    tag = str(case.headers.get("If-Match", ""))
    if TAG.match(tag) and len(tag) % 2 == 0:
        plural = case.path.split("/")[1]
        case.headers["If-Match"] = f'"{asked(f"/{plural}/lily")["version"]}"'

#!/usr/bin/env python3
"""Verifies an export of Annals, or items of its event table, by docs/format.md and nothing of ours.

    scripts/verify_log.py FOLDER        an export in NDJSON: manifest.json and its files
    scripts/verify_log.py ITEMS.json    a JSON array of items, each record's in ascending order

Writes what was checked and found as one JSON document. Exit code 0: clean, 1: not. Python 3.11, no
packages. It is there to be read: who trusts neither server nor command line can check with it, or
write their own.
"""

import datetime
import hashlib
import json
import sys
from pathlib import Path

NEEDED = ["commit", "tenant", "type", "id", "rev", "at", "actor", "app", "events"]


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).hexdigest()


def feed(pk, commit):
    """The day on which a ULID was minted, and a shard of 16 by the key."""
    ms = sum("0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(c) << 5 * (9 - i) for i, c in enumerate(commit[:10]))
    day = datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC).strftime("%Y%m%d")
    return f"{day}#{int(sha256(pk.encode())[:32], 16) % 16}"


def verified(items, allows_gaps=False):
    last, broken, findings, contents, links, records = {}, {}, [], 0, 0, set()

    def find(fault, pk, rev):
        findings.append([fault, pk, rev])

    def settle(pk, confirmed=False):
        if pk in broken:
            rev = broken.pop(pk)
            find("content", pk, rev - 1) if confirmed else find("link", pk, rev)

    for item in items:
        pk, rev = item["pk"], item["rev"]
        records.add(pk)
        before, own = last.pop(pk, None), None
        try:
            text = json.loads(item["e"])
            if text["format"] != 1 or len(bytes.fromhex(item["p"])) != 32 or not all(k in text for k in NEEDED):
                raise ValueError
            contents += 1
            own = sha256(b"annals:commit:v1\0", bytes.fromhex(item["p"]), item["e"].encode())
            said = {"c": text["commit"], "d": feed(pk, text["commit"]), "hash": own}
            for fault, name in [("key_mismatch", "c"), ("key_mismatch", "d"), ("content", "hash")]:
                if name in item and item[name] != said[name]:
                    find(fault, pk, rev)
            place = "#".join(text[name] for name in ["tenant", "type", "id"])
            wrong = [place != pk, text["rev"] != rev]
            for _ in range(sum(wrong)):
                find("key_mismatch", pk, rev)
            if any(wrong) or item.get("hash", own) != own:
                own = None
        except (ValueError, KeyError, TypeError):
            find("content", pk, rev)
        follows = before[0] + 1 if before else 1
        if rev != follows and not (allows_gaps and rev > (before[0] if before else 0)):
            find("gap", pk, rev)
        if own and before and before[1] and rev == follows:
            links += 1
            settle(pk, confirmed=item["p"] == before[1])
            if item["p"] != before[1]:
                broken[pk] = rev
        elif own and not before and rev == 1:
            links += 1
            if item["p"] != sha256(b"annals:genesis:v1\0", pk.encode()):
                find("link", pk, rev)
        else:
            settle(pk)
        last[pk] = (rev, own)
    for pk in list(broken):
        settle(pk)
    counts = {fault: sum(f == fault for f, _, _ in findings) for fault in {f for f, _, _ in findings}}
    return {"records": len(records), "commits": len(items), "contents": contents, "links": links,
            "found": counts, "findings": findings}


def exported(folder):
    manifest = json.loads((folder / "manifest.json").read_bytes())
    items, files = [], []
    for part in manifest["parts"]:
        whole = (folder / part["name"]).read_bytes() if (folder / part["name"]).is_file() else b""
        lines = [json.loads(line) for line in whole.splitlines()]
        if (len(whole), sha256(whole), len(lines)) != (part["bytes"], part["sha256"], part["commits"]):
            files.append(part["name"])
        for line in lines:
            pk = "#".join([manifest["tenant"], line["record"]["type"], line["record"]["id"]])
            items.append({"pk": pk, "rev": line["version"], "p": line["prev_hash"], "e": line["stored"],
                          "c": line["commit_id"], "hash": line["hash"]})
    partial = {"actor", "action", "field", "correlation_id", "since"} & set(manifest["filter"])
    return verified(items, bool(partial)) | {"other_files": files}


if __name__ == "__main__":
    path = Path(sys.argv[1])
    result = exported(path) if path.is_dir() else verified(json.loads(path.read_bytes()))
    print(json.dumps(result))
    sys.exit(1 if result["findings"] or result.get("other_files") else 0)

"""What must hold of any Annals, on AWS as on one machine: written once, run on both.

A world has: `name`, `base` (where screens and API are), `redirect` (where sign-ins lead), `reached(url)` (where an
address of the provider is found from here), `schedules()` (what they start is done), `admin` (somebody who may do
everything), `sign_up(name, email, password)`, `mail(email)` (the secret of the last message to somebody).
"""

import hashlib
import json
import secrets

from web import Caller, SignIn, ask, signed_in, until

PASSWORD = "Correct-horse-1-battery"


def run(world, steps):
    """Goes through the scenario; gives the callers and what they made, for what comes after."""
    made = {}
    for sentence, part in PARTS:
        with steps.step(sentence):
            part(world, made)
    return made


def site(world, made):
    page = ask(f"{world.base}/").expect(200)
    for path in ("/customers/any", "/signed-in"):
        assert ask(f"{world.base}{path}").expect(200).body == page.body, f"{path} is not the application's page"
    assert page.headers["content-type"].startswith("text/html"), page.headers
    for name, value in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer")]:
        assert page.headers.get(name) == value, (name, page.headers)
    assert "default-src 'none'" in page.headers["content-security-policy"], page.headers
    config = ask(f"{world.base}/config.json").expect(200)
    assert "no-cache" in config.headers["cache-control"] or "no-store" in config.headers["cache-control"], config.headers
    assert config.json()["api"] == "/api/v1", config.json()
    ask(f"{world.base}/assets/no-such-file.js").expect(404)


def open_routes(world, made):
    nobody = Caller(world.base)
    health = nobody.get("/health").expect(200)
    assert health.json()["status"] == "ok", health.json()
    assert health.headers["content-security-policy"].startswith("default-src 'none'"), health.headers
    assert nobody.get("/openapi.json").expect(200).json()["openapi"].startswith("3."), "no document"


def sign_in(world, made):
    person = world.admin
    made["admin"] = Caller(world.base, signed_in(world, person))
    # From now on the password is one that the person chose.
    answers = {"username": person["username"], "password": person["password"], "challenge": "PASSWORD"}
    intruder = SignIn(world)
    refused = intruder.exchanged(intruder.code(answers), "another-verifier-" + "x" * 40)
    assert refused.status == 400, refused.status
    twice = SignIn(world)
    code = twice.code(answers)
    twice.exchanged(code).expect(200)
    assert twice.exchanged(code).status == 400, "a code is good once"
    me = made["admin"].get("/me").expect(200).json()
    assert {"read", "write", "audit", "operate", "administer"} <= set(me["rights"]), me
    made["me"] = me["id"]


def tokens(world, made):
    good = made["admin"].token
    head, claims, signature = good.split(".")
    changed = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
    for wrong in (None, "garbage", f"{head}.{claims}.", f"{head}.{claims}.{changed}"):
        for path in ("/customers", "/me", "/audit/commits", "/operations/views", "/people/rights"):
            Caller(world.base, wrong).get(path).expect(401)


def create(world, made):
    admin, key = made["admin"], secrets.token_hex(16)
    body = {"id": f"lily-{secrets.token_hex(4)}", "name": "Lily Ari", "email": "lily@example.org", "tags": ["vip"]}
    made["lily"] = body["id"]
    first = admin.post("/customers", body, idempotency_key=key).expect(201)
    assert first.headers["etag"] == '"1"', first.headers
    again = admin.post("/customers", body, idempotency_key=key).expect(201)
    assert again.json() == first.json() and again.headers.get("idempotency-replayed") == "true", again.headers
    admin.post("/customers", body).expect(409, "id-taken")
    admin.post("/customers", {"name": ""}).expect(400, "invalid-fields")
    # What was acknowledged is there for whoever made it, whatever the view knows.
    read = admin.get(f"/customers/{made['lily']}?min_version=1").expect(200).json()
    assert (read["name"], read["version"], read["owner"]) == ("Lily Ari", 1, made["me"]), read
    made["todo"] = admin.post("/todos", {"title": "Call Lily"}).expect(201).json()["id"]


def projected(world, made):
    admin = made["admin"]

    def row():
        return next((row for row in admin.all("/customers?limit=100") if row["id"] == made["lily"]), None)

    row = until("the new record is in the list", row)
    assert (row["name"], row["version"]) == ("Lily Ari", 1), row
    until("it is counted", lambda: admin.get("/meta/counts").expect(200).json()["customer"].get("active", 0) >= 1)


def edit(world, made):
    admin, path = made["admin"], f"/customers/{made['lily']}"
    edited = admin.patch(path, {"phone": "+43 1 5550100"}, 1).expect(200)
    assert edited.headers["etag"] == '"2"' and edited.json()["phone"] == "+43 1 5550100", edited.json()
    stale = admin.patch(path, {"name": "Lily Other"}, 1).expect(412, "version-mismatch")
    assert stale.json()["current_version"] == 2, stale.json()
    admin.call("PATCH", path, {"name": "Lily Other"}).expect(428)
    until("the list has the change", lambda: any(row["version"] == 2 for row in admin.all("/customers") if row["id"] == made["lily"]))


def history(world, made):
    admin, path = made["admin"], f"/customers/{made['lily']}"
    commits = admin.all(f"{path}/history")
    assert sorted(commit["version"] for commit in commits) == [1, 2], commits
    assert {commit["actor"]["id"] for commit in commits} == {made["me"]}, commits
    then = admin.get(f"{path}?version=1").expect(200).json()
    assert then.get("phone") is None, then
    changes = admin.get(f"{path}/diff?from=1&to=2").expect(200).json()
    assert "/phone" in json.dumps(changes) and "/name" not in json.dumps(changes), changes
    blame = admin.get(f"{path}/blame").expect(200).json()
    assert "phone" in json.dumps(blame), blame


def people(world, made):
    email = f"emil-{secrets.token_hex(4)}@example.org"
    body = {"email": email, "display_name": "Emil Editor", "groups": ["editors"]}
    invited = made["admin"].post("/people/rights", body).expect(201).json()
    person = {"username": email, "password": until("the invitation", lambda: world.mail(email)), "chosen": PASSWORD}
    made["editor"] = Caller(world.base, signed_in(world, person))
    made["editor"].get(f"/customers/{made['lily']}").expect(200)
    for path in ("/audit/commits", "/operations/views", "/people/rights"):
        made["editor"].get(path).expect(403)
    assert email in json.dumps(made["admin"].get("/people/rights").expect(200).json()), invited


def stranger(world, made):
    email = f"oskar-{secrets.token_hex(4)}@example.org"
    world.sign_up("Oskar Outsider", email, PASSWORD)
    other = made["stranger"] = Caller(world.base, signed_in(world, {"username": email, "password": PASSWORD}))
    path = f"/customers/{made['lily']}"
    for part in ("", "/history", "/blame", "/diff?from=1"):
        other.get(path + part).expect(404)
    other.patch(path, {"name": "Stolen"}, 2).expect(404)
    assert other.all("/customers") == [], "another workspace's records"
    # The same id is another record there.
    other.post("/customers", {"id": made["lily"], "name": "Another Lily"}).expect(201)
    assert made["admin"].get(path).expect(200).json()["name"] == "Lily Ari"


def audit(world, made):
    admin = made["admin"]
    record = f"customer/{made['lily']}"

    def found():
        commits = admin.get(f"/audit/commits?record={record}").expect(200).json()["items"]
        return commits if len(commits) == 2 else None

    until("the auditor's search has both changes", found)


def export(world, made):
    admin = made["admin"]
    body = {"format": "ndjson", "filter": {"type": "customer"}}

    def taken():
        # Refused until the search over the log is complete up to some time.
        asked = admin.post("/audit/exports", body)
        return asked.json() if asked.status != 503 and asked.expect(202) else None

    world.schedules()
    asked = until("an export is taken", taken)

    def done():
        told = admin.get(f"/audit/exports/{asked['id']}").expect(200).json()
        assert told["state"] not in ("failed", "expired"), told
        return told if told["state"] == "done" else None

    told = until("the export", done, 90)
    # What was recorded within the last minute is not in it yet: the view does not vouch for it.
    link = told["manifest"]["url"]
    content = ask(link).expect(200).body
    assert hashlib.sha256(content).hexdigest() == told["manifest"]["sha256"], told
    assert ask(link.split("?")[0]).status in (401, 403), "a file without its link"


def rebuild(world, made):
    admin = made["admin"]
    body = {"reason": "A rehearsal", "parallel": 2}
    asked = admin.post("/operations/views/records/rebuild", body).expect(202).json()

    def ended():
        told = admin.get(f"/operations/rebuilds/{asked['id']}").expect(200).json()
        return told if told["phase"] == "ended" else None

    told = until("the rebuild", ended, 120)
    assert told["state"] == "verified" and told["totals"]["drift"] == 0, told
    view = admin.post("/operations/views/records/promote", {"reason": "It is verified"}).expect(200).json()
    assert view["active"]["number"] == told["generation"], view
    rows = until("the new generation", lambda: admin.all("/customers"), 10)
    assert made["lily"] in [row["id"] for row in rows], rows


def ending(world, made):
    admin, path = made["admin"], f"/customers/{made['lily']}"
    ended = admin.delete(path, "Moved abroad").expect(200).json()
    assert ended["status"] != "active", ended
    until("it is no longer listed", lambda: all(row["id"] != made["lily"] for row in admin.all("/customers")))
    assert admin.get(path).expect(200).json()["name"] == "Lily Ari", "what has ended can be read"


PARTS = [
    ("the screens, with their headers", site),
    ("what is open to everybody", open_routes),
    ("a sign-in with PKCE; a wrong verifier and a code used twice are refused", sign_in),
    ("no token, garbage, an unsigned and a changed one: 401", tokens),
    ("a record is created, once; its id is then taken", create),
    ("log, stream, projector, list and numbers", projected),
    ("an edit; a stale one is 412 and one that saw nothing 428", edit),
    ("history, a former version, differences, who made what", history),
    ("somebody is invited, chooses a password, and may do what editors may", people),
    ("a stranger signs up and sees nothing of it", stranger),
    ("the auditor's search", audit),
    ("an export, through the queue, by its link", export),
    ("a rebuild through the queue, verified and promoted", rebuild),
    ("a record ends and stays readable", ending),
]

"""Annals as people and programs meet it: requests, the sign-in pages, tokens. Knows no world."""

import base64
import contextlib
import hashlib
import json
import secrets
import sys
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

ANSWER_S = 60
WAIT_S = 60
PAGES_MAX = 8


class Answer:
    """What came back, whatever the status."""

    def __init__(self, status, headers, body):
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in headers}
        self.cookies = [value for name, value in headers if name.lower() == "set-cookie"]

    def json(self):
        return json.loads(self.body or b"null")

    def text(self):
        return self.body.decode()

    def problem(self):
        """The last part of the problem's type: `version-mismatch`."""
        told = self.json()
        return str(told.get("type", "")).rsplit(":", 1)[-1] if isinstance(told, dict) else ""

    def expect(self, status, problem=None):
        if self.status != status or (problem and self.problem() != problem):
            wanted = f"{status} {problem or ''}".strip()
            raise AssertionError(f"{wanted} was expected, not {self.status}: {self.body[:2000].decode(errors='replace')}")
        return self


class AsIs(urllib.request.HTTPRedirectHandler):
    """Redirects are answers."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(AsIs, urllib.request.ProxyHandler({}))


def ask(url, method="GET", body=None, headers=None):
    """Sends once."""
    request = urllib.request.Request(url, body, dict(headers or {}), method=method)
    try:
        with OPENER.open(request, timeout=ANSWER_S) as answer:
            return Answer(answer.status, answer.getheaders(), answer.read())
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, list(refused.headers.items()), refused.read())


class Caller:
    """Somebody who calls the API of a world, with a token or without."""

    def __init__(self, base, token=None):
        self.base, self.token = base, token

    def call(self, method, path, body=None, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        if body is not None:
            sent["content-type"] = "application/json"
            body = json.dumps(body).encode()
        return ask(f"{self.base}/api/v1{path}", method, body, sent)

    def get(self, path, **headers):
        return self.call("GET", path, **headers)

    def post(self, path, body=None, **headers):
        headers.setdefault("idempotency_key", secrets.token_hex(16))
        return self.call("POST", path, {} if body is None else body, **headers)

    def patch(self, path, body, version):
        return self.call("PATCH", path, body, if_match=f'"{version}"', idempotency_key=secrets.token_hex(16))

    def delete(self, path, reason):
        return self.call("DELETE", path, x_change_reason=urllib.parse.quote(reason), idempotency_key=secrets.token_hex(16))

    def all(self, path):
        """Every item of a list, to its last page."""
        items, joint, cursor = [], "&" if "?" in path else "?", ""
        while True:
            page = self.get(path + cursor).expect(200).json()
            items += page["items"]
            if "next_cursor" not in page:
                return items
            cursor = f"{joint}cursor={urllib.parse.quote(page['next_cursor'])}"


def until(what, seen, longest=WAIT_S):
    """Waits until something is seen, and gives it; what it waits for comes by itself and not at once."""
    end = time.monotonic() + longest
    while True:
        found = seen()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {longest} s")
        time.sleep(0.1)


# ── Sign-in pages ────────────────────────────────────────────────────────────────────────────────────


class Forms(HTMLParser):
    """The forms of a page: where they lead, what they carry, what they ask for."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.links = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        if tag == "form":
            self.forms.append({"action": has.get("action", ""), "carries": {}, "asks": [], "buttons": []})
        elif tag == "a" and has.get("href"):
            self.links.append(has["href"])
        elif self.forms and has.get("name"):
            form = self.forms[-1]
            if tag == "button":
                form["buttons"].append((has["name"], has.get("value", "")))
            elif tag == "input" and has.get("type") == "hidden":
                form["carries"][has["name"]] = has.get("value", "")
            elif tag == "input":
                form["asks"].append(has["name"])

    def filled(self, answers):
        """The first form that can be filled in, and what is then sent."""
        for form in self.forms:
            if form["action"].startswith("/changePassword"):
                answers = answers | {"password": answers["new_password"]}
            if form["asks"] and all(name in answers for name in form["asks"]):
                return form["action"], form["carries"] | {name: answers[name] for name in form["asks"]}
        for form in self.forms:
            for name, value in form["buttons"]:
                if answers.get(name) == value:
                    return form["action"], form["carries"] | {name: value}
        raise AssertionError(f"no form that can be filled in: {self.forms}")


class Browser:
    """Keeps cookies and fills in forms."""

    def __init__(self):
        self.cookies, self.page, self.url = {}, None, ""

    def open(self, url, form=None):
        """Asks for a page, and follows redirects within the same site; gives what is there at the end."""
        for _ in range(PAGES_MAX):
            headers = {"accept": "text/html"}
            if self.cookies:
                headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            body = None
            if form is not None:
                body = urllib.parse.urlencode(form).encode()
                headers |= {"content-type": "application/x-www-form-urlencoded", "origin": origin(url)}
            answer = ask(url, "POST" if body else "GET", body, headers)
            for cookie in answer.cookies:
                name, _, value = cookie.split(";")[0].partition("=")
                self.cookies[name] = value
            self.url, self.page = url, answer
            if answer.status not in (302, 303):
                return answer
            url, form = urllib.parse.urljoin(url, answer.headers["location"]), None
            if "code=" in url or origin(url) != origin(self.url):
                return answer
        raise AssertionError(f"{url} redirects in a circle")

    def fill_in(self, answers):
        """Fills in the page's form and sends it."""
        action, form = Forms(self.page.expect(200).text()).filled(answers)
        return self.open(urllib.parse.urljoin(self.url, action), form)


def origin(url):
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class SignIn:
    """A sign-in with code and PKCE, as the screens do it."""

    def __init__(self, world):
        config = ask(f"{world.base}/config.json").expect(200).json()
        self.client, self.redirect = config["client_id"], world.redirect
        authority = world.reached(config["authority"])
        self.provider = ask(f"{authority}/.well-known/openid-configuration").expect(200).json()
        self.verifier, self.state = secrets.token_urlsafe(48), secrets.token_urlsafe(12)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": self.redirect,
            "scope": "openid email profile",
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        self.browser = Browser()
        self.start = f"{self.provider['authorization_endpoint']}?{urllib.parse.urlencode(query)}"

    def code(self, answers):
        """Goes through the pages and gives the code."""
        answer = self.browser.open(self.start)
        for _ in range(PAGES_MAX):
            location = answer.headers.get("location", "") if answer.status in (302, 303) else ""
            if location.startswith(self.redirect):
                given = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
                assert given.get("state") == self.state, location
                return given["code"]
            answer = self.browser.fill_in(answers)
        raise AssertionError(f"the sign-in does not end: {answer.text()[:2000]}")

    def exchanged(self, code, verifier=None):
        """The answer of the token endpoint."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client,
            "redirect_uri": self.redirect,
            "code": code,
            "code_verifier": verifier or self.verifier,
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return ask(self.provider["token_endpoint"], "POST", urllib.parse.urlencode(form).encode(), headers)


def signed_in(world, person):
    """The access token of somebody; signing in for the first time, they choose their password."""
    sign_in = SignIn(world)
    answers = {
        "username": person["username"],
        "password": person["password"],
        "challenge": "PASSWORD",
        "new_password": person.get("chosen", ""),
        "confirm_password": person.get("chosen", ""),
    }
    token = sign_in.exchanged(sign_in.code(answers)).expect(200).json()["access_token"]
    if "chosen" in person:
        person["password"] = person.pop("chosen")
    return token


# ── Steps ────────────────────────────────────────────────────────────────────────────────────────────


class Steps:
    """Says what was seen, one line for each, with its time; the first that fails is the last."""

    def __init__(self, world):
        self.world, self.count = world, 0

    @contextlib.contextmanager
    def step(self, sentence):
        begun = time.monotonic()
        try:
            yield
        except BaseException as error:
            print(f"FAILED   {time.monotonic() - begun:5.1f} s  {self.world}: {sentence}", flush=True)
            if isinstance(error, Exception):
                traceback.print_exc(file=sys.stdout)
                raise Failed from error
            raise
        self.count += 1
        print(f"ok       {time.monotonic() - begun:5.1f} s  {self.world}: {sentence}", flush=True)


class Failed(Exception):
    """A step has failed, and was told."""

"""The two worlds that the scenario runs in: `annals-local`, and the stack in an emulated account."""

import html
import http.client
import http.server
import json
import os
import re
import socket
import subprocess
import threading
import time
import urllib.parse
import uuid
from pathlib import Path

from tools import local_stack
from web import Browser, SignIn, ask, until

SETTINGS = Path(__file__).resolve().parent
START_S = 60
REGION = "eu-central-1"


def ended(process):
    """Ends a program that was started here, gently first."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Local:
    """`annals-local`, at work in memory."""

    name = "local"

    def __init__(self, program, home, site):
        self.process, self.base = local_stack(program, home, FRONTEND=str(site))
        self.redirect = f"{self.base}/signed-in"
        self.admin = {"username": "admin", "password": "local"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        ended(self.process)

    def reached(self, url):
        return url

    def schedules(self):
        """What a schedule starts is started by the program itself."""

    def mail(self, email):
        items = ask(f"{self.base}/local/mail", headers={"accept": "application/json"}).expect(200).json()["items"]
        return next((item["secret"] for item in reversed(items) if item["to"] == email), None)

    def sign_up(self, name, email, password):
        browser = Browser()
        browser.open(SignIn(self).start)
        query = urllib.parse.urlsplit(browser.url).query
        browser.open(f"{self.base}/signup?{query}")
        browser.fill_in({"name": name, "email": email, "password": password})
        browser.fill_in({"code": until("the code", lambda: self.mail(email))})


# ── The emulated account ─────────────────────────────────────────────────────────────────────────────


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Account:
    """An emulated account of AWS: its gateway, and SDK clients for it. Policies are enforced."""

    def __init__(self, python, home):
        self.port, self.home = free_port(), home
        self.gateway = f"http://127.0.0.1:{self.port}"
        self.log = open(home / "emulator.log", "w")
        for folder in ("tmp", "home"):
            (home / folder).mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home / "home"),
            "TMPDIR": str(home / "tmp"),
            "GATEWAY_PORT": str(self.port),
            # Nobody else can reach it; the functions find AWS here.
            "BIND_HOST": "127.0.0.1",
            "AWS_ENDPOINT_URL": self.gateway,
            "MINISTACK_HOST": "localhost",
            "MINISTACK_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "PYTHONUNBUFFERED": "1",
        }
        command = [python, SETTINGS / "launch.py"]
        self.process = subprocess.Popen(command, env=environment, cwd=home, stdout=self.log, stderr=subprocess.STDOUT)
        until("the emulator", self.answers, START_S)

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the emulator has ended:\n{(self.home / 'emulator.log').read_text()[-3000:]}")
        try:
            return ask(f"{self.gateway}/_ministack/health").status == 200
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        ended(self.process)
        self.log.close()

    def client(self, service, key="test", secret="test"):
        """An SDK client, of the account's root unless a key is given."""
        import boto3

        access = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        return boto3.client(service, endpoint_url=self.gateway, region_name=REGION, **access)

    def messages(self):
        """What was e-mailed, oldest first."""
        told = ask(f"{self.gateway}/_ministack/ses/messages").expect(200).json()["messages"]
        return [message for account in told.values() for message in account]


class Edge:
    """A viewer's way to CloudFront: plain HTTP at an address of its own, as if it were HTTPS at the distribution's."""

    def __init__(self, account, domain):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """Says nothing."""

            def passed_on(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length) if length else None
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
                headers |= {"Host": domain, "X-Forwarded-Proto": "https"}
                connection = http.client.HTTPConnection("127.0.0.1", account.port, timeout=60)
                try:
                    connection.request(self.command, self.path, body, headers)
                    answer = connection.getresponse()
                    content = answer.read()
                finally:
                    connection.close()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = passed_on

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"


class Cloud:
    """The deployed stack, reached through CloudFront."""

    name = "deployed"

    def __init__(self, account, stack, admin):
        self.account, self.stack = account, stack
        outputs = stack.outputs()
        domain = outputs["SiteUrl"].removeprefix("https://")
        self.base = Edge(account, domain).base
        self.redirect = f"https://{domain}/signed-in"
        self.pool, self.client_id = outputs["UserPoolId"], outputs["WebClientId"]
        invitation = until("the invitation", lambda: self.mail(admin))
        self.admin = {"username": admin, "password": invitation, "chosen": "First-admin-2-of-all"}

    def reached(self, url):
        issuer = f"https://cognito-idp.{REGION}.amazonaws.com/"
        if not url.startswith(issuer):
            raise AssertionError(f"{url} is no address of Cognito")
        return f"{self.account.gateway}/{url.removeprefix(issuer)}"

    def schedules(self):
        """Does what the schedules do every five minutes: nobody waits for them here."""
        events, functions = self.account.client("events"), self.account.client("lambda")
        for rule in events.list_rules()["Rules"]:
            if rule.get("ScheduleExpression"):
                event = {"source": "aws.events", "detail-type": "Scheduled Event", "resources": [rule["Arn"]], "detail": {}}
                event |= {"version": "0", "id": str(uuid.uuid4()), "account": "000000000000", "region": REGION}
                event["time"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                    done = functions.invoke(FunctionName=target["Arn"], Payload=json.dumps(event).encode())
                    said = done["Payload"].read()
                    assert "FunctionError" not in done, said

    def mail(self, email):
        for message in reversed(self.account.messages()):
            if email in message["To"]:
                text = f"{message['BodyText']} {message['BodyHtml']}"
                # An invitation tells the password in bold, after the address; a code has six digits.
                found = re.findall(r"password <b>([^<]+)</b>", text) or re.findall(r"\b\d{6}\b", text)
                return html.unescape(found[0]) if found else None
        return None

    def sign_up(self, name, email, password):
        cognito = self.account.client("cognito-idp")
        attributes = [{"Name": "email", "Value": email}, {"Name": "name", "Value": name}]
        cognito.sign_up(ClientId=self.client_id, Username=email, Password=password, UserAttributes=attributes)
        code = until("the code", lambda: self.mail(email))
        cognito.confirm_sign_up(ClientId=self.client_id, Username=email, ConfirmationCode=code)

"""The stack: what `sam build` and `sam deploy` would make of the repository's template, without either."""

import concurrent.futures
import copy
import hashlib
import json
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

NAME = "annals"
UPLOADS = "uploads"
STACK_S = 180
# A deployed rebuild waits as long as one run of the projector may take, before it reads the log. Nobody waits for
# that here: nothing was deployed meanwhile that could still be running.
GRACE_S = "2"


def parsed(text):
    """The template as a document, short forms of functions written out."""
    from samtranslator.yaml_helper import yaml_parse

    template = yaml_parse(text)
    for resource in template["Resources"].values():
        variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        if "PROJECTOR_TIMEOUT_SECONDS" in variables:
            variables["PROJECTOR_TIMEOUT_SECONDS"] = GRACE_S
    return template


def stripped(name, binary, folder):
    """A copy without what only debuggers read: a function may have 250 MB unpacked. Kept for the next run."""
    there = binary.stat()
    copied = folder / f"{name}-{there.st_mtime_ns}-{there.st_size}"
    if copied.exists():
        return copied
    for older in folder.glob(f"{name}-*"):
        older.unlink()
    half = folder / f"{copied.name}.half"
    if not shutil.which("strip") or subprocess.run(["strip", "-o", half, binary], capture_output=True).returncode != 0:
        shutil.copy(binary, half)
    return half.rename(copied)


class Stack:
    """Templates go in, a stack comes out."""

    def __init__(self, account, binaries, work):
        """`binaries` says for each function where its program is."""
        self.s3, self.cloudformation = account.client("s3"), account.client("cloudformation")
        self.s3.create_bucket(Bucket=UPLOADS, CreateBucketConfiguration={"LocationConstraint": self.s3.meta.region_name})
        self.work, kept = work, work.parent / "stripped"
        kept.mkdir(exist_ok=True)

        def packed(name, path):
            place = work / f"{name}.zip"
            with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED) as target:
                info = zipfile.ZipInfo("bootstrap")
                info.external_attr = 0o755 << 16
                target.writestr(info, stripped(name, path, kept).read_bytes())
            return self.uploaded(place)

        with concurrent.futures.ThreadPoolExecutor(2) as at_once:
            self.code = dict(zip(binaries, at_once.map(packed, binaries, binaries.values())))

    def uploaded(self, path):
        """Where a file is in the bucket, under a name that follows from its content."""
        content = path.read_bytes()
        key = f"{hashlib.sha256(content).hexdigest()[:32]}{path.suffix}"
        self.s3.put_object(Bucket=UPLOADS, Key=key, Body=content)
        path.unlink()
        return f"s3://{UPLOADS}/{key}"

    def packaged(self, template, site):
        """The template with its code uploaded, as `sam package` writes it."""
        template = copy.deepcopy(template)
        layer = self.work / "site.zip"
        with zipfile.ZipFile(layer, "w") as target:
            for path in sorted(file for file in site.rglob("*") if file.is_file()):
                target.write(path, Path("site") / path.relative_to(site))
        for logical, resource in template["Resources"].items():
            if resource["Type"] == "AWS::Serverless::Function":
                binary = resource["Metadata"]["BuildProperties"]["Binary"]
                resource["Properties"]["CodeUri"] = self.code[binary]
        template["Resources"]["SiteAssets"]["Properties"]["ContentUri"] = self.uploaded(layer)
        path = self.work / "template.json"
        path.write_text(json.dumps(template))
        bucket, key = self.uploaded(path).removeprefix("s3://").split("/")
        return f"https://s3.{self.s3.meta.region_name}.amazonaws.com/{bucket}/{key}"

    def deploy(self, template, site, parameters, update=False):
        call = self.cloudformation.update_stack if update else self.cloudformation.create_stack
        call(
            StackName=NAME,
            TemplateURL=self.packaged(template, site),
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        self.settled("UPDATE_COMPLETE" if update else "CREATE_COMPLETE")

    def delete(self):
        made = self.told()
        self.cloudformation.delete_stack(StackName=NAME)
        self.settled("DELETE_COMPLETE", made["StackId"])

    def told(self, name=NAME):
        return self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]

    def settled(self, wanted, name=NAME):
        """Waits until the stack is no longer in progress, and complains about all but what was wanted."""
        end = time.monotonic() + STACK_S
        while True:
            status = self.told(name)["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                break
            if time.monotonic() > end:
                raise AssertionError(f"the stack is {status} for {STACK_S} s")
            time.sleep(0.2)
        if status != wanted:
            events = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            wrong = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in events if "FAILED" in event["ResourceStatus"]]
            raise AssertionError(f"the stack is {status}:\n" + "\n".join(wrong))

    def outputs(self):
        return {output["OutputKey"]: output["OutputValue"] for output in self.told()["Outputs"]}

    def physical(self, logical):
        """What a resource is called."""
        return self.cloudformation.describe_stack_resource(StackName=NAME, LogicalResourceId=logical)["StackResourceDetail"]["PhysicalResourceId"]

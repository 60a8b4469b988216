"""Account set-ups on MiniStack: what `check` predicts of each S3 and KMS row beside what the server does.

For each set-up of setups.toml the account is made on the server, `snapshot` reads it there as live mode does, `check`
decides every row, and each row's call is then really made as that principal. Ends with an error when an answer differs
and setup-differences.toml does not say why, or when a difference that it records is gone. `--print` shows every answer
of set-ups whose name begins with the word after it. Run by the Python that MiniStack is installed for.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from botocore.exceptions import ClientError

from ministack import REFUSALS, REGION, Server

HERE = Path(__file__).parent
ENGINE = str(Path(os.environ.get("IAM_PREFLIGHT", HERE.parents[1] / "target/release/iam-preflight")).resolve())
ACCOUNT = "111122223333"
DATA, RESULTS = "preflight-data", "preflight-results"
OBJECTS = ["images/a/1.jpg", "images/b/1.jpg", "images/c/deep/3.jpg"]
TABLE = tomllib.loads((HERE / "setups.toml").read_text())
DIFFERENCES = tomllib.loads((HERE / "setup-differences.toml").read_text()).get("difference", [])


class Account:
    """One set-up, made on the server"""

    def __init__(self, server, setup):
        self.server, self.setup = server, setup
        self.iam, self.s3, self.kms = (server.admin(service, ACCOUNT) for service in ("iam", "s3", "kms"))
        self.user = setup.get("principal") == "user"
        self.name = setup.get("user", "trainer")
        kind, path = ("user" if self.user else "role"), setup.get("path", "/ml/")
        self.principal = f"arn:aws:iam::{ACCOUNT}:{kind}{path}{self.name}"
        self.keys = {name: self.kms.create_key()["KeyMetadata"]["Arn"] for name in ("key", "image-key", "default-key")}
        self.caller = self.identity(path)
        self.buckets()
        for name, arn in self.keys.items():
            self.key(name, arn)

    def document(self, names):
        text = "[" + ",".join(TABLE["statement"][name] for name in names) + "]"
        for name, value in {**self.keys, "data": DATA, "results": RESULTS, "account": ACCOUNT, "principal": self.principal}.items():
            text = text.replace(f"<{name}>", value)
        return json.dumps({"Version": "2012-10-17", "Statement": json.loads(text)})

    def managed(self, name, names):
        return self.iam.create_policy(PolicyName=name, PolicyDocument=self.document(names))["Policy"]["Arn"]

    def identity(self, path):
        """The principal with its policies; its keys"""
        setup, iam, tags = self.setup, self.iam, [{"Key": key, "Value": value} for key, value in self.setup.get("tags", {}).items()]
        boundary = {"PermissionsBoundary": self.managed("boundary", setup["boundary"])} if "boundary" in setup else {}
        if self.user:
            who, kind = {"UserName": self.name}, "user"
            iam.create_user(**who, Path=path, Tags=tags, **boundary)
        else:
            who, kind = {"RoleName": self.name}, "role"
            trust = json.dumps({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}]})
            iam.create_role(**who, Path=path, Tags=tags, AssumeRolePolicyDocument=trust, **boundary)
        if "inline" in setup:
            getattr(iam, f"put_{kind}_policy")(**who, PolicyName="own", PolicyDocument=self.document(setup["inline"]))
        if "managed" in setup:
            arn = self.managed("attached", setup["managed"])
            if "managed_next" in setup:
                iam.create_policy_version(PolicyArn=arn, PolicyDocument=self.document(setup["managed_next"]), SetAsDefault=True)
            getattr(iam, f"attach_{kind}_policy")(**who, PolicyArn=arn)
        if "group" in setup or "group_managed" in setup:
            iam.create_group(GroupName="team")
            iam.add_user_to_group(GroupName="team", **who)
        if "group" in setup:
            iam.put_group_policy(GroupName="team", PolicyName="team", PolicyDocument=self.document(setup["group"]))
        if "group_managed" in setup:
            iam.attach_group_policy(GroupName="team", PolicyArn=self.managed("of-team", setup["group_managed"]))
        if self.user:
            key = iam.create_access_key(**who)["AccessKey"]
            return key["AccessKeyId"], key["SecretAccessKey"]
        iam.create_user(UserName="operator")
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
        iam.put_user_policy(UserName="operator", PolicyName="assume", PolicyDocument=json.dumps(everything))
        operator = iam.create_access_key(UserName="operator")["AccessKey"]
        sts = self.server.client("sts", (operator["AccessKeyId"], operator["SecretAccessKey"]))
        session = sts.assume_role(RoleArn=self.principal, RoleSessionName="run")["Credentials"]
        return session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]

    def buckets(self):
        for bucket in (DATA, RESULTS):
            # AWS's default for a new bucket; the server leaves it out.
            self.s3.create_bucket(
                Bucket=bucket,
                CreateBucketConfiguration={"LocationConstraint": REGION},
                ObjectOwnership="BucketOwnerEnforced",
            )
            self.s3.delete_public_access_block(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=DATA, VersioningConfiguration={"Status": "Enabled"})
        self.versions = {}
        for key, sealed in zip(OBJECTS, (True, True, False)):
            limits = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.keys["image-key"]} if sealed else {}
            self.versions[key] = self.s3.put_object(Bucket=DATA, Key=key, Body=b"1", **limits).get("VersionId")
        if self.setup.get("default_key"):
            default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.keys["default-key"]}
            rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
            self.s3.put_bucket_encryption(Bucket=RESULTS, ServerSideEncryptionConfiguration=rules)
        for bucket, policy in ((DATA, "data_policy"), (RESULTS, "results_policy")):
            if policy in self.setup:
                self.s3.put_bucket_policy(Bucket=bucket, Policy=self.document(self.setup[policy]))

    def key(self, name, arn):
        """What is sealed for the principal must be sealed before the key's policy shuts the owner out"""
        for grant in self.setup.get("grants", []):
            if grant["on"] == name:
                limits = {"Constraints": self.filled(grant["constraints"])} if "constraints" in grant else {}
                self.kms.create_grant(KeyId=arn, GranteePrincipal=self.principal, Operations=grant["operations"], **limits)
        policy = f"{name.replace('-', '_')}_policy"
        document = self.document(self.setup.get(policy, ["key-account"]))
        self.kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=document, BypassPolicyLockoutSafetyCheck=True)

    def filled(self, value):
        return json.loads(json.dumps(value).replace("<data>", DATA).replace("<results>", RESULTS))

    def predicted(self, folder):
        """The rows of a check of what `snapshot` reads from the server"""
        request = {"ProjectName": "casting", "OutputConfig": {"S3Location": {"Bucket": RESULTS, "Prefix": "out/"}}}
        if self.setup.get("request_key", True):
            request["KmsKeyId"] = self.keys["key"]
        (folder / "request.json").write_text(json.dumps(request))
        lines = [json.dumps({"source-ref": f"s3://{DATA}/{key}"}) for key in OBJECTS]
        (folder / "train.manifest").write_text("\n".join(lines) + "\n")
        given = ["--train", "train.manifest", "--principal", self.principal]
        self.run(folder, "snapshot", "--request", "request.json", "--region", REGION, "--endpoint-url", self.server.url, "--out", "account", *given)
        assume = ["--assume", "organization=none"] if "organization = false" not in (folder / "account/snapshot.toml").read_text() else []
        self.given = ["check", "request.json", "--snapshot", "account", "-o", "json", *given, *assume]
        return json.loads(self.run(folder, *self.given, "--offline", "--expand"))["requirements"]

    def tried(self, folder):
        """What KMS says of dry runs as this principal: the action and the key, and `permits` or `denies`"""
        report = self.run(folder, *self.given, "--mode", "both", "--prove-kms", "--endpoint-url", self.server.url, keys=self.caller)
        said = [re.match(r"(\S+) on (\S+):.* KMS (permits|denies) ", finding["message"]) for finding in json.loads(report)["findings"]]
        return {match.groups()[:2]: match[3] for match in said if match}

    def run(self, folder, *command, keys=(ACCOUNT, "test")):
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        environment = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder), **dict(zip(names, keys))}
        done = subprocess.run([ENGINE, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1, 3):
            raise SystemExit(f"{self.setup['name']}: {command[0]} ended with {done.returncode}\n{done.stderr}")
        return done.stdout

    def call(self, row):
        """What the server does with the call of a row: allowed, denied, or why it cannot be made"""
        s3, kms = (self.server.client(service, self.caller) for service in ("s3", "kms"))
        action, named = row["action"], row["resource"].replace("*", "evaluation.json")
        bucket, _, key = named.rpartition(":")[2].partition("/")
        context = {"aws:s3:arn": f"arn:aws:s3:::{DATA}/{OBJECTS[0]}"} if row["id"].startswith("decrypt-object") else {}
        if row["id"].startswith("out-default-key"):
            context = {"aws:s3:arn": f"arn:aws:s3:::{RESULTS}"}
        calls = {
            "s3:GetObject": lambda: s3.get_object(Bucket=bucket, Key=key),
            "s3:GetObjectVersion": lambda: s3.get_object(Bucket=bucket, Key=key, VersionId=self.versions[key]),
            "s3:GetBucketLocation": lambda: s3.get_bucket_location(Bucket=bucket),
            "s3:PutObject": lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"2"),
            "kms:Decrypt": lambda: kms.decrypt(CiphertextBlob=self.sealed(named, context), EncryptionContext=context),
            "kms:GenerateDataKey": lambda: kms.generate_data_key(KeyId=named, KeySpec="AES_256", EncryptionContext=context),
            "kms:CreateGrant": lambda: kms.create_grant(KeyId=named, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:root", Operations=["Decrypt"]),
            "kms:DescribeKey": lambda: kms.describe_key(KeyId=named),
        }
        try:
            calls[action]()
            return "allowed", ""
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            return "denied" if code in REFUSALS else "refused", f"{code}: {message}"

    def sealed(self, arn, context):
        """Sealed by a key that listens to its owner for the moment"""
        policy = self.kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]
        listening = self.document(["key-account"])
        self.kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=listening, BypassPolicyLockoutSafetyCheck=True)
        sealed = self.kms.encrypt(KeyId=arn, Plaintext=b"1", EncryptionContext=context)["CiphertextBlob"]
        self.kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=policy, BypassPolicyLockoutSafetyCheck=True)
        return sealed


def reduced(decision):
    return decision if decision in ("allowed", "undetermined") else "denied"


def named(row):
    """A row by its id, an object's row by the object"""
    base = re.sub(r"#\d+$", "", row["id"])
    return f"{base} {row['resource'].partition('/')[2]}" if row["action"].startswith("s3:GetObject") else base


def answers(server, setup):
    """Each S3 and KMS row with what was predicted and what the server does"""
    server.reset()
    account = Account(server, setup)
    with tempfile.TemporaryDirectory() as folder:
        rows = account.predicted(Path(folder))
        tried = account.tried(Path(folder))
    for row in rows:
        if row["action"].split(":")[0] not in ("s3", "kms"):
            continue
        answer, why = account.call(row)
        yield named(row), reduced(row["decision"]), answer, why
        # Of the three actions MiniStack knows the dry run of one; the others it denies or makes.
        verb = tried.get((row["action"], row["resource"]))
        expected = {"allowed": "permits", "denied": "denies"}.get(answer)
        if verb not in (None, expected) or (row["action"] == "kms:CreateGrant" and verb is None):
            raise SystemExit(f"{setup['name']}: {row['id']}: the dry run {verb}, the call itself is {answer} {why}")


def problems(shown):
    explained = {(one["setup"], row): one for one in DIFFERENCES for row in one["rows"]}
    rules = tomllib.loads((HERE.parent / "data/rules.toml").read_text())["rules"]
    yield from (f"setup-differences.toml explains by {one['rule']}, which rules.toml lacks" for one in DIFFERENCES if one["rule"] not in rules)
    seen, rows, differing = set(), 0, 0
    with Server() as server:
        for setup in TABLE["setup"]:
            if shown and not setup["name"].startswith(shown):
                continue
            for row, predicted, answer, why in answers(server, setup):
                rows += 1
                if shown is not None:
                    print(f"  {setup['name']}: {row}: predicted {predicted}, {answer} {why[:200]}")
                if predicted == answer:
                    continue
                differing += 1
                known = explained.get((setup["name"], row))
                seen.add((setup["name"], row))
                if not known or (known["predicted"], known["server"]) != (predicted, answer):
                    yield f"{setup['name']}: {row}: predicted {predicted}, the server: {answer} {why[:300]}"
    if not shown:
        yield from (f"setup-differences.toml: {setup}: {row}: there is no such difference" for setup, row in explained.keys() - seen)
    print(f"{len(TABLE['setup'])} account set-ups on MiniStack: {rows} rows asked, {differing} differ")


def main():
    os.environ["NO_PROXY"] = "127.0.0.1"
    os.environ.pop("AWS_PROFILE", None)
    shown = (sys.argv[2] if len(sys.argv) > 2 else "") if "--print" in sys.argv else None
    found = list(problems(shown))
    if found:
        raise SystemExit("\n".join(["", *found]))


if __name__ == "__main__":
    main()

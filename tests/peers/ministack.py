"""MiniStack as a peer: an AWS server on 127.0.0.1 that enforces policies (`AUTH=true`).

For each case the principal, its policies and the resource are made for real, and the call is made as that principal.
`python ministack.py` reads one case a line and writes one answer a line, with the case as it was asked: the server
chooses the ids of keys. Run by the Python that MiniStack is installed for.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "eu-west-1"
ONE_ATTEMPT = Config(retries={"max_attempts": 1, "mode": "standard"}, s3={"addressing_style": "path"})
REFUSALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"}
# Errors of calls that were authorized
AFTERWARDS = {"BucketNotEmpty", "NoSuchBucketPolicy", "ResourceNotFoundException"}


class Server:
    """One MiniStack, ended with the block"""

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        port = self.url.rsplit(":", 1)[1]
        environment = {**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": port, "AUTH": "true", "LOG_LEVEL": "ERROR"}
        program = Path(sys.executable).with_name("ministack")
        self.process = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            try:
                urllib.request.urlopen(self.url + "/_ministack/health").read()
                return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit("MiniStack did not start within 30 seconds")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def reset(self):
        urllib.request.urlopen(urllib.request.Request(self.url + "/_ministack/reset", method="POST")).read()

    def client(self, service, keys):
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        given = dict(zip(names, keys))
        return boto3.client(service, region_name=REGION, endpoint_url=self.url, config=ONE_ATTEMPT, **given)

    def admin(self, service, account):
        """The root user of an account: its access key is the account's number"""
        return self.client(service, (account, "test"))


def policy_arn(iam, name, document):
    return iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"]


def tails(case, start):
    """What stands behind such a beginning in the names of context keys, with the values"""
    found = (case.get("context") or {}).items()
    return {key[len(start):]: values[0] for key, values in found if key.lower().startswith(start)}


def principal_tags(case):
    return [{"Key": key, "Value": value} for key, value in tails(case, "aws:principaltag/").items()]


def user(server, case, account, path_and_name):
    """An IAM user with the policies of the case; its credentials"""
    path, name = split(path_and_name)
    iam = server.admin("iam", account)
    iam.create_user(UserName=name, Path=path, Tags=principal_tags(case))
    for index, document in enumerate(case.get("identityPolicies") or []):
        iam.put_user_policy(UserName=name, PolicyName=f"p{index}", PolicyDocument=json.dumps(document))
    if case.get("boundary"):
        iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=policy_arn(iam, "limit", case["boundary"]))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def split(path_and_name):
    path, _, name = path_and_name.rpartition("/")
    return f"/{path}/" if path else "/", name


def session(server, case, account, role, session_name):
    """A role with the policies of the case, assumed by an administrator; the session's credentials"""
    arn = (case.get("context") or {}).get("aws:PrincipalArn", [f"arn:aws:iam::{account}:role/{role}"])[0]
    path, name = split(arn.split(":role/", 1)[1])
    iam = server.admin("iam", account)
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust), Tags=principal_tags(case))
    for index, document in enumerate(case.get("identityPolicies") or []):
        iam.put_role_policy(RoleName=name, PolicyName=f"p{index}", PolicyDocument=json.dumps(document))
    if case.get("boundary"):
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=policy_arn(iam, "limit", case["boundary"]))
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    operator = server.client("sts", user(server, {"identityPolicies": [everything]}, account, "operator"))
    limits = {"Policy": json.dumps(case["sessionPolicy"])} if case.get("sessionPolicy") else {}
    assumed = operator.assume_role(RoleArn=arn, RoleSessionName=session_name, **limits)["Credentials"]
    return assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"]


def credentials(server, case):
    """The keys with which the principal of the case signs"""
    account, who = case["principal"].split(":")[4:6]
    kind, _, name = who.partition("/")
    if kind == "root":
        return account, "test"
    if kind == "user":
        return user(server, case, account, name)
    return session(server, case, account, *name.split("/"))


def bucket(server, case):
    """The bucket and the object of the case, with the bucket's policy"""
    name, _, key = case["resource"].split(":", 5)[5].partition("/")
    s3 = server.admin("s3", case["resourceAccount"])
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.delete_public_access_block(Bucket=name)
    if key:
        tags = urlencode(tails(case, "s3:existingobjecttag/"))
        s3.put_object(Bucket=name, Key=key, Body=b"1", Tagging=tags)
    if case.get("resourcePolicy"):
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(case["resourcePolicy"]))
    return case


def key(server, case):
    """The key of the case with its policy and grants; the case with the server's key id"""
    kms = server.admin("kms", case["resourceAccount"])
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    case = json.loads(json.dumps(case).replace(case["resource"], arn))
    if case["action"] == "kms:Decrypt":
        sealed = kms.encrypt(KeyId=arn, Plaintext=b"1", EncryptionContext=encryption_context(case))
        case["ciphertext"] = sealed["CiphertextBlob"]
    for grant in (case.get("extra") or {}).get("kmsGrants", []):
        limits = {"Constraints": grant["constraints"]} if grant.get("constraints") else {}
        kms.create_grant(KeyId=arn, GranteePrincipal=grant["granteePrincipal"], Operations=grant["operations"], **limits)
    if case.get("resourcePolicy"):
        document = json.dumps(case["resourcePolicy"])
        kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=document, BypassPolicyLockoutSafetyCheck=True)
    return case


def queue(server, case):
    sqs = server.admin("sqs", case["resourceAccount"])
    policy = {"Policy": json.dumps(case["resourcePolicy"])} if case.get("resourcePolicy") else {}
    case["url"] = sqs.create_queue(QueueName=case["resource"].rsplit(":", 1)[1], Attributes=policy)["QueueUrl"]
    return case


def trusting_role(server, case):
    iam = server.admin("iam", case["resourceAccount"])
    path, name = split(case["resource"].split(":role/", 1)[1])
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(case["resourcePolicy"]))
    return case


def other_user(server, case):
    """The user that the call is about, unless it is the caller itself"""
    if case["resource"] != case["principal"]:
        path, name = split(case["resource"].split(":user/", 1)[1])
        server.admin("iam", case["resourceAccount"]).create_user(UserName=name, Path=path)
    return case


def encryption_context(case):
    return tails(case, "kms:encryptioncontext:")


def listing(case):
    context = case.get("context") or {}
    asked = {"Prefix": context.get("s3:prefix"), "MaxKeys": context.get("s3:max-keys")}
    return {name: int(values[0]) if name == "MaxKeys" else values[0] for name, values in asked.items() if values}


def object_of(case):
    name, _, key = case["resource"].split(":", 5)[5].partition("/")
    return {"Bucket": name, "Key": key} if key else {"Bucket": name}


def grant_of(case):
    operations = (case.get("context") or {}).get("kms:GrantOperations", ["Decrypt"])
    return {"KeyId": case["resource"], "GranteePrincipal": f"arn:aws:iam::{case['resourceAccount']}:root", "Operations": operations}


def role_of(case):
    external = (case.get("context") or {}).get("sts:ExternalId")
    return {"RoleArn": case["resource"], "RoleSessionName": "session"} | ({"ExternalId": external[0]} if external else {})


def nothing(_server, case):
    return case


# Each action: how its resource is made, the client's method, and the arguments of the call
CALLS = {
    "s3:GetObject": (bucket, "get_object", object_of),
    "s3:PutObject": (bucket, "put_object", lambda case: object_of(case) | {"Body": b"2"}),
    "s3:DeleteObject": (bucket, "delete_object", object_of),
    "s3:ListBucket": (bucket, "list_objects_v2", lambda case: object_of(case) | listing(case)),
    "s3:DeleteBucket": (bucket, "delete_bucket", object_of),
    "s3:DeleteBucketPolicy": (bucket, "delete_bucket_policy", object_of),
    "s3:ListAllMyBuckets": (nothing, "list_buckets", lambda _: {}),
    "kms:Decrypt": (key, "decrypt", lambda case: {"CiphertextBlob": case["ciphertext"], "EncryptionContext": encryption_context(case)}),
    "kms:GenerateDataKey": (key, "generate_data_key", lambda case: {"KeyId": case["resource"], "KeySpec": "AES_256", "EncryptionContext": encryption_context(case)}),
    "kms:DescribeKey": (key, "describe_key", lambda case: {"KeyId": case["resource"]}),
    "kms:ScheduleKeyDeletion": (key, "schedule_key_deletion", lambda case: {"KeyId": case["resource"], "PendingWindowInDays": 7}),
    "kms:CreateGrant": (key, "create_grant", grant_of),
    "sqs:SendMessage": (queue, "send_message", lambda case: {"QueueUrl": case["url"], "MessageBody": "m"}),
    "sqs:DeleteQueue": (queue, "delete_queue", lambda case: {"QueueUrl": case["url"]}),
    "iam:CreateAccessKey": (other_user, "create_access_key", lambda case: {"UserName": case["resource"].rsplit("/", 1)[1]}),
    "sts:AssumeRole": (trusting_role, "assume_role", role_of),
    "sts:GetCallerIdentity": (nothing, "get_caller_identity", lambda _: {}),
}


def ask(server, case):
    """What the server does with the call of the case, and the case as it was asked"""
    make, method, arguments = CALLS[case["action"]]
    try:
        server.reset()
        asked = make(server, case)
        caller = server.client(case["action"].split(":")[0], credentials(server, asked))
    except Exception as problem:  # noqa: BLE001 - whatever the server or the client refuses is the answer
        return {"answer": "refused", "why": str(problem)}, case
    try:
        getattr(caller, method)(**arguments(asked))
        return {"answer": "allowed"}, asked
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in AFTERWARDS:
            return {"answer": "allowed", "why": code}, asked
        return {"answer": "denied" if code in REFUSALS else "refused", "why": f"{code}: {message}"}, asked
    except Exception as problem:  # noqa: BLE001
        return {"answer": "refused", "why": str(problem)}, asked


def main():
    # Nothing of the user's own set-up reaches the client.
    os.environ["NO_PROXY"] = "127.0.0.1"
    os.environ.pop("AWS_PROFILE", None)
    with Server() as server:
        for line in sys.stdin:
            case = json.loads(line)
            given, asked = ask(server, case)
            asked = {member: value for member, value in asked.items() if member not in ("ciphertext", "url", "expected")}
            print(json.dumps({"id": case["id"], **given, "asked": asked}), flush=True)


if __name__ == "__main__":
    main()

"""Has iam-simulate judge every need of the example requests with nothing but the generated documents in place.

`python3 tests/peers/documents.py ENGINE PACKAGES`, called by documents.sh. Each need must be allowed, and denied when the
call does not come through a service.
"""

import json
import subprocess
import sys

ENGINE, PACKAGES = sys.argv[1:3]
ACCOUNT, ROLE = "111122223333", "arn:aws:iam::111122223333:role/ml/VisionTrainer"
OPEN = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"},
}
FORWARDED = ("aws:ViaAWSService", "kms:ViaService")
LISTS = ("aws:TagKeys",)


def engine(command, request, *more):
    files = ["--snapshot", "policies/examples/account", "--train", "policies/examples/manifests/train.manifest"]
    files += ["--test", "policies/examples/manifests/test.manifest", "-o", "json"]
    run = subprocess.run([ENGINE, command, f"policies/examples/requests/{request}.json", *files, *more], stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)


def without_encryption_context(policy):
    """iam-simulate drops these keys before it reads policies (a recorded difference), so it cannot judge them"""
    for statement in policy["Statement"]:
        condition = statement.get("Condition", {})
        for operator in list(condition):
            condition[operator] = {key: value for key, value in condition[operator].items() if not key.startswith("kms:EncryptionContext:")}
            if not condition[operator]:
                del condition[operator]
    return policy


def context_of(row):
    values = {entry["key"]: entry["value"] for entry in row["context"]}
    return {key: value.split(", ") if key in LISTS else [value] for key, value in values.items()}


def cases(request, granularity):
    generated = engine("generate", request, "--principal", ROLE, "--layer", "all", "--limit", "role", "--granularity", granularity)
    policies = {document["name"]: without_encryption_context(document["policy"]) for document in generated["documents"]}
    identity = [policy for name, policy in policies.items() if name.startswith("identity")]
    for row in engine("derive", request, "--expand")["rows"]:
        if row["need"] != "must":
            continue
        key_policy = policies.get("key-" + row["resource"].split("/")[-1], OPEN) if row["action"].startswith("kms:") else None
        case = {
            "principal": ROLE, "action": row["action"], "resource": row["resource"].replace("*", "x"), "resourceAccount": ACCOUNT,
            "identityPolicies": identity, "resourcePolicy": key_policy, "context": context_of(row),
        }
        name = f"{request} {granularity} {row['id']}"
        yield {**case, "id": f"{name} allowed"}
        direct = {key: value for key, value in case["context"].items() if key not in FORWARDED}
        if direct != case["context"] and set(case["context"]) & set(FORWARDED) and case["context"].get("aws:ViaAWSService") != ["false"]:
            yield {**case, "context": direct, "id": f"{name} implicitDeny"}


def main():
    every = [case for request in ("ready", "blocked") for granularity in ("object", "prefix") for case in cases(request, granularity)]
    lines = "".join(json.dumps(case) + "\n" for case in every)
    run = subprocess.run(["node", "tests/peers/iam-simulate.mjs", PACKAGES, "cases"], input=lines, stdout=subprocess.PIPE, check=True, text=True)
    answers = {answer["id"]: answer for answer in map(json.loads, run.stdout.splitlines())}
    failed = [(case["id"], answers[case["id"]]) for case in every if answers[case["id"]]["answer"] != case["id"].split()[-1]]
    for name, answer in failed:
        print(f"iam-simulate: {name}, but the answer is {answer}", file=sys.stderr)
    print(f"iam-simulate: {len(every)} calls, {len(failed)} judged otherwise")
    sys.exit(1 if failed or not every else 0)


main()

"""The worked cases, and which of them a peer can be asked: every case that is left out has one reason."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
FILES = ["truth-table.json", "engine-cases.json", "further-cases.json"]


def read():
    return [case for name in FILES for case in json.loads((DATA / name).read_text())]


def extra(case):
    return set(case.get("extra") or {})


def documents(case):
    """Every policy document of a case"""
    levels = [level for kind in ("scps", "rcps") for level in case.get(kind) or []]
    single = [case.get("boundary"), case.get("sessionPolicy"), case.get("resourcePolicy")]
    return [*(case.get("identityPolicies") or []), *(d for level in levels for d in level), *filter(None, single)]


def account(case):
    parts = case["principal"].split(":")
    return parts[4] if len(parts) > 4 else None


def behind_access_point(case):
    """Whether the decision hangs on a policy that nobody has said"""
    return ":accesspoint/" in case["resource"] and case["expected"] == "undetermined"


def not_for_iam_simulate(case):
    """Why iam-simulate cannot be asked this, or None"""
    if case.get("unknownContext") or case.get("openContext"):
        return "unknown context keys"
    if behind_access_point(case):
        return "the policy of the bucket behind an access point, which the case does not have"
    for fact, reason in [
        ("aclsEnabled", "access control lists"),
        ("kmsGrants", "KMS grants"),
        ("kmsAwsManagedKey", "an AWS managed key"),
        ("federatedBy", "the IAM user behind a federated session"),
        ("resourceAccountScps", "SCPs of the resource's account"),
        ("principalAccountIsManagement", "the management account"),
        ("resourceAccountIsManagement", "the management account"),
    ]:
        if fact in extra(case):
            return reason
    return None


def not_for_iam_rs(case):
    """Why iam-rs cannot be asked this, or None"""
    for member, reason in [
        ("boundary", "a permissions boundary"),
        ("sessionPolicy", "a session policy"),
        ("scps", "service control policies"),
        ("rcps", "resource control policies"),
    ]:
        if case.get(member):
            return reason
    if extra(case):
        return "facts beside the policies (endpoint, grants, public access block, …)"
    if case.get("unknownContext") or case.get("openContext"):
        return "unknown context keys"
    if behind_access_point(case):
        return "the policy of the bucket behind an access point, which the case does not have"
    if account(case) not in (None, case["resourceAccount"]):
        return "two accounts: it knows no owner of a resource"
    if not case["resource"].startswith("arn:"):
        return "a resource that is no ARN"
    if case["principal"] == "anonymous":
        return "an anonymous caller"
    return None


def condition_keys(case):
    """Every key that a policy of the case tests or uses as a variable, in lower case"""

    def tested(value):
        if isinstance(value, dict):
            for name, member in value.items():
                if name == "Condition":
                    yield from (key for keys in member.values() for key in keys)
                else:
                    yield from tested(member)
        elif isinstance(value, list):
            for member in value:
                yield from tested(member)

    policies = documents(case)
    variables = re.findall(r"\$\{([^},*?$]+)", json.dumps(policies))
    return {key.strip().lower() for key in [*tested(policies), *variables]}


# Actions for which ministack.py has a call
CALLED = set(re.findall(r'^    "([a-z0-9]+:[A-Za-z]+)": \(', Path(__file__).with_name("ministack.py").read_text(), re.M))

# Keys of a direct call that the principal settles, that the caller can set, and that have this value over plain HTTP
SETTLED = ("aws:username", "aws:principalarn", "aws:principalaccount", "aws:principaltype", "kms:calleraccount")
SETTABLE = (
    "aws:principaltag/", "s3:existingobjecttag/", "s3:prefix", "kms:encryptioncontext:",
    "kms:encryptioncontextkeys", "kms:grantoperations", "sts:externalid",
)
FIXED = {"aws:securetransport": ["false"], "aws:viaawsservice": ["false"], "kms:grantisforawsresource": ["false"]}
# Keys that a direct call of an IAM user without MFA does not have
ABSENT = (
    "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:sourcearn", "aws:sourceaccount", "aws:calledvia",
    "kms:viaservice", "aws:multifactorauthage", "aws:multifactorauthpresent", "aws:tokenissuetime",
    "s3:x-amz-server-side-encryption", "aws:resourcetag/", "aws:requesttag/",
)


def real(key, case, context):
    """Whether a real call to a server here has the value that the case gives for a key"""
    if key == "s3:max-keys":
        return all(value.isdecimal() for value in context.get(key, []))
    if key.startswith(SETTLED + SETTABLE):
        return True
    if key in FIXED:
        return context.get(key) == FIXED[key]
    return key.startswith(ABSENT) and key not in context and ":user/" in case["principal"]


def not_for_ministack(case):
    """Why MiniStack cannot be asked this, or None"""
    kind = case["principal"].split(":")[-1].split("/")[0]
    if kind not in ("user", "root", "assumed-role"):
        return "a caller that is neither user, root user nor role session"
    if case["action"] not in CALLED:
        return "an action without a call here"
    if case.get("scps") or case.get("rcps"):
        return "organization policies"
    if extra(case) - {"kmsGrants"}:
        return "facts beside the policies (endpoint, public access block, …)"
    if case.get("unknownContext") or case.get("openContext"):
        return "unknown context keys"
    if behind_access_point(case):
        return "the policy of the bucket behind an access point, which the case does not have"
    if not case["principal"].startswith("arn:aws:"):
        return "another partition"
    if "*" in case["resource"].split(":", 5)[-1] and case["resource"] != "*":
        return "a set of resources"
    if case["action"].startswith("kms:") and account(case) != case["resourceAccount"]:
        return "a key of another account: the server keeps keys by account"
    context = {key.lower(): values for key, values in (case.get("context") or {}).items()}
    if case["resource"] in context.get("aws:principalarn", []):
        return "a role that only its own sessions may assume"
    if not all(real(key, case, context) for key in condition_keys(case)):
        return "context that a real call here cannot have"
    return None


REASONS = {"iam-simulate": not_for_iam_simulate, "iam-rs": not_for_iam_rs, "MiniStack": not_for_ministack}


def asked_of(peer, every):
    return [case for case in every if REASONS[peer](case) is None]

#!/usr/bin/env python3
"""Asks parliament about the documents of tests/data/lint.toml and compares what both linters know.

usage: tests/peers/lint.py ENGINE PARLIAMENT

Rules are compared by what they are about (below); where the two differ on a document, lint-differences.toml has to say why.
Ends with 1 for a difference without a reason, and for a reason without a difference.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
# What a rule is about, by the id of either linter; what only one of them looks for is left out.
SUBJECTS = {
    "UNKNOWN_PREFIX": "service", "unknown-service": "service",
    "UNKNOWN_ACTION": "action", "unknown-action": "action", "pattern-without-action": "action",
    "RESOURCE_MISMATCH": "resource", "resource-type-mismatch": "resource", "kms-alias-resource": "resource",
    "UNKNOWN_CONDITION_FOR_ACTION": "key", "key-never-applies": "key", "unknown-condition-key": "key",
    "MISMATCHED_TYPE": "type", "operator-type-mismatch": "type", "condition-value": "type",
    "DUPLICATE_SID": "sid", "duplicate-sid": "sid",
    "INVALID_SID": "sid", "sid-characters": "sid",
    "UNKNOWN_OPERATOR": "grammar", "MALFORMED": "grammar", "INVALID_ARN": "grammar", "grammar": "grammar",
}


def subjects(ids):
    return {SUBJECTS[one] for one in ids if one in SUBJECTS}


def engine(program, document):
    ran = subprocess.run([program, "lint", "--type", "identity", "-o", "json", "-"], input=document, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stderr
    return [found["id"] for found in json.loads(ran.stdout)["findings"]]


def parliament(program, document):
    ran = subprocess.run([program, "--json"], input=document, capture_output=True, text=True, check=False, env={"PYTHONWARNINGS": "ignore"})
    found = []
    for line in ran.stdout.splitlines():
        if line.startswith("{"):
            found.append(json.loads(line)["issue"])
    return found


def main():
    program, peer = sys.argv[1:3]
    cases = tomllib.loads((HERE.parent / "data/lint.toml").read_text())["case"]
    reasons = {entry["case"]: entry for entry in tomllib.loads((HERE / "lint-differences.toml").read_text()).get("difference", [])}
    compared, differing, failed = 0, 0, 0
    for case in cases:
        if case.get("type", "identity") != "identity" or "repeat" in case:
            continue
        document = case["policy"].replace("«", "")
        own, other = subjects(engine(program, document)), subjects(parliament(peer, document))
        compared += 1
        seen = {"only_engine": sorted(own - other), "only_parliament": sorted(other - own)}
        entry = reasons.pop(case["name"], None)
        recorded = {key: (entry or {}).get(key, []) for key in seen}
        differing += own != other
        if seen != recorded:
            failed += 1
            print(f"{case['name']}: {seen}, recorded {recorded}", file=sys.stderr)
    for name in reasons:
        failed += 1
        print(f"{name}: recorded, but no document of this name differs", file=sys.stderr)
    print(f"parliament: {compared} documents, {differing} differ for the reasons recorded" if not failed else f"{failed} unexplained")
    sys.exit(1 if failed else 0)


main()

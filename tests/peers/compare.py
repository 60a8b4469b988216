"""Asks every peer the worked cases and holds the answers against differences.toml.

Ends with an error when the engine differs from what a case expects, when a peer differs and nobody has said why,
when a recorded difference is gone or has changed, or when docs/conformance.md is not current.
`--print` lists every difference with the peer's own words.
"""

import json
import os
import subprocess
import sys

import cases
import conformance
from cases import ROOT
from differences import recorded

PEERS = ROOT / "target" / "peers"
ENGINE = os.environ.get("IAM_PREFLIGHT", str(ROOT / "target/release/iam-preflight"))
COMMANDS = {
    "iam-simulate": ["node", str(ROOT / "tests/peers/iam-simulate.mjs"), str(PEERS / "npm"), "cases"],
    "iam-rs": [str(PEERS / "iam-rs/debug/peer-iam-rs"), "cases"],
    "MiniStack": [str(PEERS / "ministack/bin/python"), str(ROOT / "tests/peers/ministack.py")],
}


def run(command, given):
    """One JSON object a line in, one a line out, by id"""
    text = "".join(json.dumps(case) + "\n" for case in given)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    found = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    if len(found) != len(given):
        raise SystemExit(f"{command[0]}: {len(found)} answers to {len(given)} cases\n{done.stderr}")
    return found


def predictions(given):
    return {name: answer["decision"] for name, answer in run([ENGINE, "simulate"], given).items()}


def reduced(decision):
    """What a server shows: it lets a call pass or not"""
    return decision if decision in ("allowed", "refused", "undetermined") else "denied"


def differing(peer, asked):
    """Cases in which the peer's answer is not the engine's, with the answer"""
    answers = run(COMMANDS[peer], asked)
    predicted = predictions([answers[case["id"]].get("asked", case) for case in asked])
    found = {}
    for name, decision in predicted.items():
        answer = answers[name]["answer"]
        if answer != (reduced(decision) if peer == "MiniStack" else decision):
            found[name] = answer
            if "--print" in sys.argv:
                print(f"  {peer} {name}: {decision}, but {answer} {answers[name].get('why', '')[:300]}")
    return found


def problems_of(peer, asked):
    found, known = differing(peer, asked), recorded(peer)
    print(f"{peer}: asked {len(asked)}, differs in {len(found)}")
    for name in sorted(found.keys() | known.keys()):
        if name not in known:
            yield f"{peer} {name}: answers {found[name]}, and differences.toml does not say why"
        elif name not in found:
            yield f"{peer} {name}: differences.toml records {known[name]['answer']}, but there is no difference"
        elif found[name] != known[name]["answer"]:
            yield f"{peer} {name}: differences.toml records {known[name]['answer']}, the answer is {found[name]}"


def main():
    every = cases.read()
    predicted = predictions(every)
    problems = [
        f"the engine decides {case['id']} as {predicted[case['id']]}, expected {case['expected']}"
        for case in every
        if predicted[case["id"]] != case["expected"]
    ]
    for peer in COMMANDS:
        problems += problems_of(peer, cases.asked_of(peer, every))
    problems += conformance.problems()
    if problems:
        raise SystemExit("\n".join(["", *problems]))
    print(f"{len(every)} cases: every difference is recorded and explained")


if __name__ == "__main__":
    main()

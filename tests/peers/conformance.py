"""Writes the generated part of docs/conformance.md from the rules, the cases and the recorded differences.

`python3 tests/peers/conformance.py` writes it; compare.py checks that it is current and that nothing is left out.
"""

import re
import tomllib

import cases
from cases import DATA, ROOT
from differences import groups

PAGE = ROOT / "docs" / "conformance.md"
BEGIN, END = "<!-- generated: python3 tests/peers/conformance.py -->", "<!-- end of the generated part -->"
CHAPTERS = [
    (1, "Matching and decisions"), (10, "Documents and their elements"), (60, "Resources"), (80, "Conditions and types of policies"),
    (100, "Context keys"), (160, "Operators"), (220, "Variables"), (240, "Layers inside one account"), (276, "Across accounts"),
    (286, "Organization policies"), (306, "Trust policies"), (316, "KMS keys"), (331, "S3"), (340, "VPC endpoints"), (346, "Forwarded calls"),
]
PEERS = list(cases.REASONS)

FACTS = tomllib.loads((DATA / "rules.toml").read_text())
RULES, PAGES = FACTS["rules"], FACTS["pages"]


def number(rule):
    return int(re.sub(r"\D", "", rule))


def second_opinion():
    """Rules that the small second evaluator names one by one: it decides random cases beside the engine"""
    text = "".join(path.read_text() for path in (ROOT / "tests/second_opinion").glob("*.rs"))
    return set(re.findall(r"\bE\d{1,3}a?\b", re.sub(r"E\d+a?–E\d+a?", "", text)))


def holding(every):
    """What holds each rule: its cases, a named test, the second opinion"""
    second = second_opinion()
    held = {rule: {"cases": [], "others": []} for rule in RULES}
    for case in every:
        for rule in case["rules"]:
            held[rule]["cases"].append(case["id"])
    for rule, facts in RULES.items():
        if "test" in facts:
            held[rule]["others"].append(f"`{facts['test'].split('::')[-1]}`")
        if rule in second:
            held[rule]["others"].append("second opinion")
    return held


def by_case():
    """The peers that differ in each case"""
    found = {}
    for group in groups():
        for name in group["cases"]:
            found.setdefault(name, set()).add(group["peer"])
    return found


def pages(rule):
    return ", ".join(f"[{PAGES[page].split('/')[-1].removesuffix('.html')}]({PAGES[page]})" for page in RULES[rule]["pages"])


def summary(every):
    lines = ["| tool | cases asked | same answer | other answer | input refused |", "|---|---|---|---|---|"]
    for peer in PEERS:
        asked = len(cases.asked_of(peer, every))
        answers = [answer for group in groups() if group["peer"] == peer for answer in group["cases"].values()]
        refused = answers.count("refused")
        lines.append(f"| {peer} | {asked} | {asked - len(answers)} | {len(answers) - refused} | {refused} |")
    return [*lines, ""]


def not_asked(every):
    lines = ["| tool | cases not asked | because the case has |", "|---|---|---|"]
    for peer in PEERS:
        reasons = [reason for reason in map(cases.REASONS[peer], every) if reason]
        for reason in sorted(set(reasons), key=lambda reason: (-reasons.count(reason), reason)):
            lines.append(f"| {peer} | {reasons.count(reason)} | {reason} |")
    return [*lines, ""]


def differences():
    lines = ["| tool | rule | what it does | cases |", "|---|---|---|---|"]
    for group in sorted(groups(), key=lambda group: (PEERS.index(group["peer"]), number(group["rule"]))):
        named = ", ".join(f"{name} ({answer})" for name, answer in group["cases"].items())
        lines.append(f"| {group['peer']} | {group['rule']} | {group['why']} | {named} |")
    return [*lines, ""]


def rules(every):
    held, differing, lines = holding(every), by_case(), []
    starts = [start for start, _ in CHAPTERS]
    for (start, title), following in zip(CHAPTERS, [*starts[1:], 1000]):
        lines += [f"### {title}", "", "| rule | AWS page, or how sure | held by | differing tools |", "|---|---|---|---|"]
        for rule, facts in RULES.items():
            if start <= number(rule) < following:
                source = ", ".join(filter(None, [pages(rule), facts["known"] if facts["known"] != "documented" else ""]))
                by = ", ".join([*held[rule]["cases"], *held[rule]["others"]]) or f"nothing: {facts['untested']}"
                tools = sorted({peer for name in held[rule]["cases"] for peer in differing.get(name, ())}, key=PEERS.index)
                lines.append(f"| {rule}: {facts['says']} | {source or 'documented'} | {by} | {', '.join(tools)} |")
        lines.append("")
    return lines


def unshown():
    lines = ["| rule | why nothing shows it |", "|---|---|"]
    return [*lines, *(f"| {rule} | {facts['untested']} |" for rule, facts in RULES.items() if "untested" in facts), ""]


def generated(every):
    return "\n".join([
        "## Summary", "", *summary(every), "## Cases that a tool cannot be asked", "", *not_asked(every),
        "## Every difference, and the rule", "", *differences(), "## Rules that nothing shows", "", *unshown(),
        "## Rule by rule", "", *rules(every),
    ])


def written(every):
    before, _, rest = PAGE.read_text().partition(BEGIN)
    return f"{before}{BEGIN}\n\n{generated(every)}\n{END}{rest.partition(END)[2]}"


def test_is_there(named):
    file, _, name = named.partition("::")
    return (ROOT / file).exists() and f"fn {name}(" in (ROOT / file).read_text()


def problems():
    every = cases.read()
    known = {case["id"]: case for case in every}
    for case in every:
        yield from (f"{case['id']} cites {rule}, which rules.toml lacks" for rule in case["rules"] if rule not in RULES)
    for rule, facts in RULES.items():
        if "test" in facts and not test_is_there(facts["test"]):
            yield f"{rule}: the test {facts['test']} is not there"
    missing = False
    for rule, held in holding(every).items():
        shown, excused = bool(held["cases"] or held["others"]), "untested" in RULES[rule]
        if shown and excused:
            yield f"{rule}: rules.toml says why nothing shows it, but something does"
        elif not shown and not excused:
            missing = True
            yield f"{rule}: no case, no test, and no word why"
    for group in groups():
        peer, rule = group["peer"], group["rule"]
        if rule not in RULES:
            yield f"differences.toml explains by {rule}, which rules.toml lacks"
        for name in group["cases"]:
            if name not in known or cases.REASONS[peer](known[name]):
                yield f"differences.toml: {peer} is not asked {name}"
    if not missing and PAGE.read_text() != written(every):
        yield "docs/conformance.md is not current: run python3 tests/peers/conformance.py"


if __name__ == "__main__":
    PAGE.write_text(written(cases.read()))

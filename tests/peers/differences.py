"""Reads differences.toml: which peer answers which case otherwise, by which rule, and why."""

import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("differences.toml")


def groups():
    return tomllib.loads(FILE.read_text())["difference"]


def recorded(peer):
    """The recorded differences of one peer by case"""
    return {
        name: {"answer": answer, "rule": group["rule"], "why": group["why"]}
        for group in groups()
        if group["peer"] == peer
        for name, answer in group["cases"].items()
    }

"""Writes operations.txt anew: the requests of all AWS operations, from the published botocore package (Apache-2.0).

    pip download --no-deps botocore==1.44.8 botocore==1.40.60
    python3 policies/reference/update-operations.py botocore-*.whl

Every model is taken from the newest of the packages that has it, in its newest version. A service is joined with the
prefix of its actions in services.txt: that of its name, signing name or endpoint which knows most of its operations.
The layout is told at the head of the file written.
"""

import gzip
import json
import re
import sys
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

HEAD = """\
# The requests of all AWS operations. Written by update-operations.py, licence in botocore-LICENSE.txt.
#   ! PACKAGE VERSION[,VERSION...] LICENCE SERVICES OPERATIONS
#   = SERVICE MODEL PREFIX NAME     a service of the API models; PREFIX is that of its actions in services.txt, - is none
#   OPERATION [MEMBER...]           the members of its request; NAME[!][KIND], ! must be there, no KIND is a string,
#                                   = one of some words, # a number, ? a boolean, @ a time, % bytes, [ a list, : a map,
#                                   { an object, & a list or map of tags, ~ anything
#   .PATH                           after a member: a text inside of it whose name has one of relevant-words.txt
"""
KINDS = {
    "string": "", "integer": "#", "long": "#", "float": "#", "double": "#", "bigdecimal": "#", "boolean": "?",
    "timestamp": "@", "blob": "%", "list": "[", "map": ":", "structure": "{",
}
# Names that say nothing by themselves: those of what holds them count.
BARE = {"arn", "id", "identifier", "key", "name", "value"}
TAG_KEYS = {"Key", "key", "TagKey", "tagKey"}
# Deeper than this, names are no longer told: nobody could write a request by hand that has them.
DEEPEST = 8

WORDS = {line for line in (FOLDER / "relevant-words.txt").read_text().split("\n") if line and line[0] != "#"}


def words(name):
    """The words of a name: `SSEKMSKeyIds` has ssekms, key, ids. The program splits names in the same way."""
    found = []
    for at, letter in enumerate(name):
        before, after, beyond = name[at - 1:at] if at else "", name[at + 1:at + 2], name[at + 2:at + 3]
        ends_capitals = before.isupper() and after.islower() and not (after == "s" and not beyond.islower())
        if not before or not letter.isalnum() or (letter.isupper() and (not before.isupper() or ends_capitals)):
            found.append("")
        if letter.isalnum():
            found[-1] += letter.lower()
    return [word for word in found if word]


def is_relevant(name):
    text = f"-{'-'.join(words(name))}-"
    return any(f"-{word}-" in text or f"-{word}s-" in text for word in WORDS)


class Model:
    def __init__(self, shapes):
        self.shapes = shapes

    def members(self, operation):
        if "input" not in operation:
            return []
        shape = self.shapes[operation["input"]["shape"]]
        required = set(shape.get("required", ()))
        lines = []
        for name, target in shape["members"].items():
            inner = self.shapes[target["shape"]]
            kind = self.kind(name, inner)
            must = "!" if name in required and not target.get("idempotencyToken") else ""
            lines.append(f"{name}{must}{kind}")
            found = self.relevant(target["shape"], "", (target["shape"],), name) if kind != "&" else ()
            lines.extend(sorted(set(path for path in found if path)))
        return lines

    def kind(self, name, shape):
        if shape.get("document"):
            return "~"
        if words(name)[-1:] in (["tag"], ["tags"]) and self.is_tags(shape):
            return "&"
        return "=" if "enum" in shape else KINDS[shape["type"]]

    def is_tags(self, shape):
        if shape["type"] == "map":
            return self.shapes[shape["value"]["shape"]]["type"] == "string"
        element = self.shapes[shape["member"]["shape"]] if shape["type"] == "list" else {}
        return bool(TAG_KEYS & set(element.get("members", ())))

    def relevant(self, name, path, outer, top=""):
        """Paths below a shape to texts, or lists of them, whose name looks relevant; a map ends a path."""
        shape = self.shapes[name]
        if shape["type"] == "list":
            yield from self.deeper(shape["member"]["shape"], f"{path}[]", outer, top)
        elif shape["type"] == "map":
            if any(True for _ in self.deeper(shape["value"]["shape"], "", outer, top)):
                yield path
        elif shape["type"] == "structure" and not shape.get("document"):
            for member, target in shape["members"].items():
                inner = f"{path}.{member}"
                holder = f"{top}{path}".rstrip("[]").rsplit(".", 1)[-1] if member.lower() in BARE else ""
                if is_relevant(holder + "-" + member) and self.is_text(target["shape"]):
                    yield inner
                yield from self.deeper(target["shape"], inner, outer, top)

    def deeper(self, name, path, outer, top):
        if name not in outer and len(outer) < DEEPEST:
            yield from self.relevant(name, path, (*outer, name), top)

    def is_text(self, name):
        shape = self.shapes[name]
        if shape["type"] == "list":
            return self.is_text(shape["member"]["shape"])
        return shape["type"] in ("string", "blob") and "enum" not in shape


def actions():
    """The names of all actions in lower case, by the prefix of their service."""
    known, prefix = {}, None
    for line in (FOLDER / "services.txt").read_text().split("\n"):
        if line.startswith("= "):
            prefix = line.split(" ")[1]
            known[prefix] = set()
        elif line.startswith("a "):
            known[prefix].update(name.lower() for name in line.split(" ")[4:])
    return known


def models(packages):
    """Every service with its newest model."""
    taken = {}
    for _, package in packages:
        found = {}
        for path in package.namelist():
            parts = path.split("/")
            if path.startswith("botocore/data/") and parts[-1] == "service-2.json.gz":
                found[parts[2]] = max(found.get(parts[2], ""), parts[3])
        for service, version in found.items():
            if service not in taken:
                text = gzip.decompress(package.read(f"botocore/data/{service}/{version}/service-2.json.gz"))
                taken[service] = (version, json.loads(text))
    return sorted(taken.items())


def main(paths):
    packages = [(re.search(r"botocore-([0-9.]+)-", Path(path).name)[1], zipfile.ZipFile(path)) for path in paths]
    packages.sort(key=lambda named: [int(part) for part in named[0].split(".")], reverse=True)
    known = actions()
    services, count = [], 0
    for service, (version, model) in models(packages):
        head, operations = model["metadata"], model["operations"]
        names = [service, head.get("signingName"), head.get("endpointPrefix")]
        fitting = [name for name in names if name in known]
        prefix = max(fitting, key=lambda name: sum(operation.lower() in known[name] for operation in operations), default="-")
        shapes = Model(model["shapes"])
        lines = [f"= {service} {version} {prefix} {head['serviceFullName']}"]
        lines += [" ".join([name, *shapes.members(operations[name])]) for name in sorted(operations)]
        services.append("\n".join(lines))
        count += len(operations)
    versions = ",".join(version for version, _ in packages)
    stamp = f"! botocore {versions} Apache-2.0 {len(services)} {count}"
    (FOLDER / "operations.txt").write_text(HEAD + "\n".join([stamp, *services]) + "\n")


main(sys.argv[1:])

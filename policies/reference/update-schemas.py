"""Writes the JSON Schemas of requests anew, from the API models in the published botocore package (Apache-2.0).

    pip download --no-deps botocore==1.44.8 botocore==1.40.60
    python3 policies/reference/update-schemas.py botocore-*.whl

Every model is taken from the newest of the packages that has it; Lookout for Vision left botocore after 1.40.60. The
schema of lookoutvision:CreateModel is written by hand and stays as it is.
"""

import gzip
import html
import json
import re
import sys
import zipfile
from pathlib import Path

CATALOG = Path(__file__).resolve().parent.parent / "catalog"

OPERATIONS = {
    "bedrock/2023-04-20": ["CreateModelCustomizationJob", "CreateModelInvocationJob"],
    "comprehend/2017-11-27": ["CreateDocumentClassifier", "CreateEntityRecognizer"],
    "lookoutvision/2020-11-20": ["CreateDataset", "StartModel", "StartModelPackagingJob"],
    "rekognition/2016-06-27": ["CreateDataset", "CreateProjectVersion"],
    "sagemaker/2017-07-24": [
        "CreateAutoMLJobV2", "CreateModel", "CreateProcessingJob", "CreateTrainingJob", "CreateTransformJob",
    ],
}

# Values that AWS adds to between two releases of its models: a new one is no mistake.
GROWING = re.compile(r"InstanceType$|^LanguageCode$|InferenceAmiVersion$|AMIVersion$|Region")

# Classes that Java knows and regular expressions of JSON Schema do not; the models have all but ASCII inside of brackets.
POSIX = {"Alnum": "a-zA-Z0-9", "Alpha": "a-zA-Z", "ASCII": "[\\x00-\\x7f]", "Graph": "!-~", "Print": " -~"}

# A repetition this long is left to the length of the text: as a pattern it would be a very large program.
LONGEST = 128


def model(packages, path):
    """The newest API model of a service, and the version of the package that it is from."""
    for version, package in packages:
        name = f"botocore/data/{path}/service-2.json.gz"
        if name in package.namelist():
            return version, json.loads(gzip.decompress(package.read(name)))
    raise SystemExit(f"none of the packages has {path}")


def pattern(text):
    """A pattern of the whole text without look-around and halves of characters; None for one that cannot be said so."""
    if re.search(r"\(\?[=!<]|\\u[dD][89a-fA-F]", text):
        return None

    for name, members in POSIX.items():
        text = text.replace(f"\\p{{{name}}}", members)

    def shorter(match):
        low, high = int(match[1]), match[2]
        if high is not None and (high == "" or int(high) > LONGEST) or low > LONGEST:
            return "*" if low == 0 else "+"
        return match[0]

    text = re.sub(r"\{(\d+)(?:,(\d*))?\}", shorter, text)
    return f"^(?:{text.removeprefix('^').removesuffix('$')})$"


def words(documentation):
    """What a member is for: the first sentence of its documentation, as the end of another sentence."""
    text = html.unescape(re.sub(r"<[^>]+>", "", documentation or ""))
    sentence = re.split(r"(?<=[a-z0-9)])\.(?:\s|$)", " ".join(text.split()))[0].strip().rstrip(".:")
    if not sentence or len(sentence) > 120:
        return None
    return sentence[0].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence


class Schemas:
    def __init__(self, shapes):
        self.shapes = shapes

    def of(self, name, outer=()):
        if name in outer:
            raise SystemExit(f"{name} holds itself")
        shape = self.shapes[name]
        return getattr(self, shape["type"])(name, shape, (*outer, name))

    def structure(self, _, shape, outer):
        required = [member for member in shape.get("required", ())
                    if not shape["members"][member].get("idempotencyToken")]
        properties = {}
        for member, target in shape["members"].items():
            properties[member] = self.of(target["shape"], outer)
            said = words(target.get("documentation")) if member in required else None
            if said:
                properties[member] = {"description": said, **properties[member]}
        schema = {"type": "object", "additionalProperties": False}
        if shape.get("union"):
            schema |= {"minProperties": 1, "maxProperties": 1}
        if required:
            schema["required"] = required
        return schema | {"properties": properties}

    def list(self, _, shape, outer):
        return {"type": "array"} | bounds(shape, "Items") | {"items": self.of(shape["member"]["shape"], outer)}

    def map(self, _, shape, outer):
        values = self.of(shape["value"]["shape"], outer)
        return {"type": "object"} | bounds(shape, "Properties") | {"additionalProperties": values}

    def string(self, name, shape, _):
        schema = {"type": "string"} | bounds(shape, "Length")
        if "enum" in shape and not GROWING.search(name):
            return {"type": "string", "enum": shape["enum"]}
        if "pattern" in shape and ".*" != shape["pattern"] and pattern(shape["pattern"]):
            schema["pattern"] = pattern(shape["pattern"])
        return schema

    def integer(self, _, shape, __):
        limits = {"minimum": shape.get("min"), "maximum": shape.get("max")}
        return {"type": "integer"} | {key: value for key, value in limits.items() if value is not None}

    long = integer

    def float(self, name, shape, outer):
        return self.integer(name, shape, outer) | {"type": "number"}

    double = float

    def boolean(self, *_):
        return {"type": "boolean"}

    def timestamp(self, *_):
        return {"type": ["string", "number"]}

    def blob(self, *_):
        return {"type": "string"}


def bounds(shape, of):
    limits = {f"min{of}": shape.get("min") or None, f"max{of}": shape.get("max")}
    return {key: value for key, value in limits.items() if value is not None}


def laid_out(value, depth=0):
    """JSON with one member of a schema's `properties` a line: short enough to read, long enough to compare."""
    indent = " " * (depth + 1)
    if isinstance(value, dict) and ("properties" in value or depth == 0 or "items" in value or "$schema" in value):
        lines = [f"{indent}{json.dumps(key)}: {members(item, depth + 1) if key == 'properties' else laid_out(item, depth + 1)}"
                 for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"
    return json.dumps(value, ensure_ascii=False)


def members(value, depth):
    indent = " " * (depth + 1)
    lines = [f"{indent}{json.dumps(key)}: {laid_out(item, depth + 1)}" for key, item in value.items()]
    return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}" if lines else "{}"


def main(paths):
    packages = []
    for path in paths:
        version = re.search(r"botocore-([0-9.]+)-", Path(path).name)[1]
        packages.append((version, zipfile.ZipFile(path)))
    packages.sort(key=lambda named: [int(part) for part in named[0].split(".")], reverse=True)
    for path, operations in OPERATIONS.items():
        version, service = model(packages, path)
        shapes = Schemas(service["shapes"])
        name = path.split("/")[0]
        for operation in operations:
            head = {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": f"{name}:{operation}",
                "description": "The planned request in the shape of the AWS CLI's --cli-input-json",
                "$comment": f"Made by policies/reference/update-schemas.py from the API model {path} in botocore {version}, "
                            "Copyright Amazon.com, Inc. or its affiliates, Apache-2.0 (policies/reference/botocore-LICENSE.txt). "
                            "Patterns are read as patterns of the whole text; those with look-around are left out, and so are lists "
                            "of values that AWS adds to, such as instance types.",
            }
            schema = head | shapes.of(service["operations"][operation]["input"]["shape"])
            (CATALOG / f"{name}.{operation}.schema.json").write_text(laid_out(schema) + "\n")


main(sys.argv[1:])

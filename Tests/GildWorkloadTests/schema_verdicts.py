"""What JSON Schema says of YAML files: `schema_verdicts.py SCHEMA FILE...` prints "accepts FILE" or "refuses FILE".

Scalars are read by YAML 1.2's core schema, as gild reads them; PyYAML by itself follows YAML 1.1. A file that is no YAML, has
two documents, a duplicate key, an alias or a tag is refused.
"""

import json
import re
import sys

import jsonschema
import yaml


class CoreLoader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise yaml.YAMLError("aliases, anchors and tags are refused")
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        if len(set(map(str, keys))) != len(keys) or "<<" in keys:
            raise yaml.YAMLError("duplicate or merge key")
        return super().construct_mapping(node, deep)


def add(tag, pattern):
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(f"^(?:{pattern})$"), None)


add("null", "|~|null|Null|NULL")
add("bool", "true|True|TRUE|false|False|FALSE")
add("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
add("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
CoreLoader.add_constructor(
    "tag:yaml.org,2002:int",
    lambda loader, node: int(node.value[2:], 8) if node.value.startswith("0o")
    else int(node.value, 16 if node.value.startswith("0x") else 10))
CoreLoader.add_constructor(
    "tag:yaml.org,2002:float",
    lambda loader, node: float(re.sub(r"\.(inf|nan)", r"\1", node.value.lower())))

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for path in sys.argv[2:]:
    try:
        with open(path, encoding="utf-8") as file:
            verdict = "accepts" if validator.is_valid(yaml.load(file, CoreLoader)) else "refuses"
    except (yaml.YAMLError, UnicodeError, RecursionError):
        verdict = "refuses"
    print(verdict, path)

# SPDX-License-Identifier: MIT
"""Whether a value is what a JSON schema of /openapi.json says. Knows the words that stand there, and refuses others."""

import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
         "number": (int, float)}
REMARKS = {"description", "readOnly", "writeOnly", "format", "examples", "default"}
KNOWN = REMARKS | {"$ref", "anyOf", "type", "enum", "minimum", "maximum", "minLength", "maxLength", "maxItems",
                   "pattern", "properties", "required", "additionalProperties", "items"}


def is_a(value, name):
    return isinstance(value, TYPES[name]) and (name in ("boolean", "null") or not isinstance(value, bool))


def complaints(value, schema, document, at="$"):
    """What is wrong with it, one text each."""
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "$ref" in schema:
        return complaints(value, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document, at)
    if "anyOf" in schema:
        tried = [complaints(value, one, document, at) for one in schema["anyOf"]]
        return [] if [] in tried else [f"{at}: none of the alternatives: {tried}"]
    names = schema.get("type", list(TYPES))
    if not any(is_a(value, name) for name in ([names] if isinstance(names, str) else names)):
        return [f"{at}: {value!r} is no {names}"]
    wrong = []
    if "enum" in schema and value not in schema["enum"]:
        wrong.append(f"{at}: {value!r} is not one of {schema['enum']}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            wrong.append(f"{at}: {value} is out of range")
    if isinstance(value, str) and not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        wrong.append(f"{at}: {value!r} has a wrong length")
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        wrong.append(f"{at}: {value!r} does not match {schema['pattern']}")
    if isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            wrong.append(f"{at}: {len(value)} entries are too many")
        for n, one in enumerate(value):
            wrong += complaints(one, schema.get("items", {}), document, f"{at}[{n}]")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        wrong += [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
        for name, one in value.items():
            if name in known:
                wrong += complaints(one, known[name], document, f"{at}.{name}")
            elif schema.get("additionalProperties", True) is False:
                wrong.append(f"{at}: {name} is not described")
    return wrong

#!/usr/bin/env python3
"""validate_asyncapi.py < DOCUMENT: checks an AsyncAPI 3 document: its structure by two models of AsyncAPI that are not
ours (asyncapi3, pydantic-asyncapi) and against a schema of what the specification demands of the parts that we use
(https://www.asyncapi.com/docs/reference/specification/v3.0.0), every reference, and every schema of its components by
Python's jsonschema (AsyncAPI's schema object is a superset of JSON Schema draft 07). AsyncAPI's own validator is no
Python package."""
import json
import re
import sys
import warnings

# Names of fields that shadow pydantic's: theirs.
warnings.simplefilter("ignore")
# ruff: noqa: E402
from asyncapi3 import AsyncAPI3
from pydantic import ValidationError
from pydantic_asyncapi.v3 import AsyncAPI
from jsonschema import Draft7Validator, Draft202012Validator

REFERENCE = {"type": "object", "required": ["$ref"], "properties": {"$ref": {"type": "string"}}}
NAMES = {"pattern": "^[A-Za-z0-9._-]+$"}


def mapping(of):
    return {"type": "object", "propertyNames": NAMES, "additionalProperties": of}


STRUCTURE = {
    "type": "object",
    "required": ["asyncapi", "info"],
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "info": {"type": "object", "required": ["title", "version"],
                 "properties": {"title": {"type": "string"}, "version": {"type": "string"},
                                "description": {"type": "string"}}, "additionalProperties": False},
        "defaultContentType": {"type": "string"},
        "channels": mapping({
            "type": "object",
            "properties": {
                "address": {"type": ["string", "null"]}, "messages": mapping(REFERENCE), "title": {"type": "string"},
                "summary": {"type": "string"}, "description": {"type": "string"},
                "parameters": mapping({"type": "object", "properties": {
                    "description": {"type": "string"}, "default": {"type": "string"}, "enum": {"type": "array"}},
                    "additionalProperties": False})},
            "patternProperties": {"^x-": {}}, "additionalProperties": False}),
        "operations": mapping({
            "type": "object", "required": ["action", "channel"],
            "properties": {"action": {"enum": ["send", "receive"]}, "channel": REFERENCE,
                           "summary": {"type": "string"}, "messages": {"type": "array", "items": REFERENCE}},
            "additionalProperties": False}),
        "components": {"type": "object", "properties": {
            "messages": mapping({"type": "object", "properties": {
                "name": {"type": "string"}, "title": {"type": "string"}, "contentType": {"type": "string"},
                "payload": {"type": "object"}}, "additionalProperties": False}),
            "schemas": mapping({"type": ["object", "boolean"]})}, "additionalProperties": False},
    },
    "additionalProperties": False,
}


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def resolves(document, reference):
    place = document
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(place, dict) or part not in place:
            return False
        place = place[part]
    return reference.startswith("#/")


def undotted(value):
    """With underscores for the dots in names and references: the specification allows them, asyncapi3 doesn't."""
    if isinstance(value, dict):
        return {name.replace(".", "_"): part.replace(".", "_") if name == "$ref" and isinstance(part, str)
                else undotted(part) for name, part in value.items()}
    return [undotted(part) for part in value] if isinstance(value, list) else value


def of_others(document):
    for name, model, given in (("asyncapi3", AsyncAPI3, undotted(document)),
                               ("pydantic-asyncapi", AsyncAPI, document)):
        try:
            model.model_validate(given)
        except ValidationError as error:
            for fault in error.errors():
                yield f"{name}: {'/'.join(map(str, fault['loc']))[:120]}: {fault['msg'][:200]}"


def main():
    document = json.load(sys.stdin)
    faults = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
              for error in Draft202012Validator(STRUCTURE).iter_errors(document)]
    faults += of_others(document)
    faults += [f"{reference}: leads nowhere" for reference in references(document)
               if not resolves(document, reference)]
    for name, schema in document["components"]["schemas"].items():
        faults += [f"schema {name}: {error.message[:200]}" for error in
                   Draft7Validator(Draft7Validator.META_SCHEMA).iter_errors(schema)]
    for name, channel in document["channels"].items():
        for word in re.findall(r"\{(\w+)\}", channel["address"]):
            if word not in channel.get("parameters", {}):
                faults.append(f"channel {name}: its address has a parameter {word} that isn't described")
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults" if faults else "asyncapi document is sound")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

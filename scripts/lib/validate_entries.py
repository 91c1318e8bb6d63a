#!/usr/bin/env python3
"""Validates what a fleet wrote against the schemas that its executable ships, with a validator that isn't ours.

    validate_entries.py PROGRAM redis-cli ARGUMENTS...      every entry of both streams, every event of every mirror
    validate_entries.py PROGRAM --document NAME             NAME's schema itself, against its meta-schema
    validate_entries.py PROGRAM --payloads                  JSON lines on standard input, against the schema `job`

Unknown members count as faults here, though consumers must pass over them: what the schemas don't name isn't told to
anybody. Needs the Python package jsonschema.
"""
import json
import subprocess
import sys

from jsonschema import Draft202012Validator


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def closed(schema):
    """With members that aren't named forbidden, where any are named."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result


def value(name, text):
    """A stream's field as the schemas describe it."""
    if name in ("v", "attempts", "fence"):
        return int(text)
    return json.loads(text) if name in ("data", "error") else text


def faults(validators, name, entry, where):
    if name not in validators:
        return [f"{where}: no schema is named {name}"]
    return [f"{where} ({name}): {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in validators[name].iter_errors(entry)]


class Validators(dict):
    """By name; all from one document, so that the program is started once."""

    def __init__(self, program):
        super().__init__()
        self.document = closed(json.loads(run(program, "schema", "all")))
        self.names = set(self.document["$defs"])

    def __contains__(self, name):
        return name in self.names

    def __missing__(self, name):
        self[name] = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": self.document["$defs"]})
        return self[name]


def stream(validators, redis, key):
    """Entries by way of redis-cli's JSON output, which RESP3 alone has; older ones print lists."""
    found, count = [], 0
    lines = json.loads(run(*redis, "--json", "XRANGE", key, "-", "+"))
    for entry_id, pairs in lines:
        fields = pairs if isinstance(pairs, dict) else dict(zip(pairs[::2], pairs[1::2]))
        entry = {name: value(name, text) for name, text in fields.items()}
        found += faults(validators, entry.get("type", "?"), entry, f"{key} {entry_id}")
        count += 1
    return found, count


def check_fleet(program, redis):
    validators = Validators(program)
    problems, total = [], 0
    for key in ("outlook:results", "outlook:changes"):
        found, count = stream(validators, redis, key)
        problems, total = problems + found, total + count
    for key in run(*redis, "--scan", "--pattern", "outlook:events:*").split():
        for text in filter(None, run(*redis, "HVALS", key).split("\n")):
            problems += faults(validators, "event", json.loads(text), key)
            total += 1
    return problems, total


def check_payloads(program):
    job = Draft202012Validator(json.loads(run(program, "schema", "job")))
    lines = [json.loads(line) for line in sys.stdin if line.strip()]
    problems = [f"{error.message[:300]}" for line in lines for error in job.iter_errors(line)]
    return problems, len(lines)


def main():
    program, rest = sys.argv[1], sys.argv[2:]
    if rest[:1] == ["--document"]:
        schema = json.loads(run(program, "schema", rest[1]))
        Draft202012Validator.check_schema(schema)
        problems, total = [], 1
    elif rest == ["--payloads"]:
        problems, total = check_payloads(program)
    else:
        problems, total = check_fleet(program, rest)
    for problem in problems[:50]:
        print(problem)
    print(f"{total} checked, {len(problems)} faults")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""configuration_page.py PROGRAM: prints the page of all commands and flags, from what the program says of itself.

    scripts/lib/configuration_page.py .build/debug/outlook-fleet \\
        > Sources/FleetCore/Documentation.docc/Configuration.md

A test compares the page with the program.
"""
import json
import subprocess
import sys

HEAD = """# Commands and flags

Made by `scripts/lib/configuration_page.py` from what the program says of itself; a test compares the two. Each flag
is also a variable, `OUTLOOK_FLEET_` and its name in capitals with `_` for `-`; the flag wins. Faults of flags end with
exit code 64, those of files and variables with 78.
"""
SHARED = ["redis", "redis-password-file", "namespace", "json"]


def name(argument):
    return next(n["name"] for n in argument["names"] if n["kind"] == "long")


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def row(argument):
    if argument["kind"] == "positional":
        what = argument.get("valueName", "")
        return f"| `{what.upper()}` | {cell(argument.get('abstract', ''))} |"
    value = f" {argument['valueName'].upper()}" if argument["kind"] == "option" else ""
    return f"| `--{name(argument)}{value}` | {cell(argument.get('abstract', ''))} |"


def flags(command):
    found = [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]
    return [argument for argument in found
            if argument["kind"] == "positional" or name(argument) not in ("help", "version")]


def own(command):
    return [a for a in flags(command) if a["kind"] == "positional" or name(a) not in SHARED]


def section(command, path, same):
    lines = [f"## {' '.join(path)}", "", cell(command.get("abstract", ""))]
    if command.get("discussion"):
        lines += ["", *command["discussion"].strip().splitlines()]
    rows = [row(argument) for argument in own(command)]
    key = "\n".join(rows)
    if len(rows) > 12 and key in same:
        lines += ["", f"The flags of `{same[key]}`."]
    elif rows:
        same[key] = " ".join(path)
        lines += ["", "| flag | meaning |", "| --- | --- |", *rows]
    told = [n for n in SHARED if any(a["kind"] != "positional" and name(a) == n for a in flags(command))]
    if told:
        lines += ["", "And " + ", ".join(f"`--{n}`" for n in told) + "."]
    return lines + [""]


def walk(command, path, same):
    children = [c for c in command.get("subcommands", []) if c["commandName"] != "help"]
    if not children:
        return section(command, path, same)
    lines = section(command, path, same) if own(command) else []
    for child in children:
        lines += walk(child, path + [child["commandName"]], same)
    return lines


def main():
    tool = json.loads(subprocess.run([sys.argv[1], "--experimental-dump-help"], check=True, capture_output=True,
                                     text=True).stdout)
    commands = [c for c in tool["command"]["subcommands"] if c["commandName"] != "help"]
    shared = {}
    for command in commands:
        for argument in flags(command):
            if argument["kind"] != "positional" and name(argument) in SHARED:
                shared.setdefault(name(argument), argument)
    lines = [HEAD.rstrip(), "", "## Shared by all that talk to Redis", "", "| flag | meaning |", "| --- | --- |",
             *[row(shared[n]) for n in SHARED if n in shared], ""]
    same = {}
    for command in commands:
        lines += walk(command, [command["commandName"]], same)
    print("\n".join(lines).rstrip())


if __name__ == "__main__":
    main()

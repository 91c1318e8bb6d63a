"""The quickstart's closing table, from the results stream, the pushes' times and the simulator's own counts.

usage: quickstart_table.py RESULTS PUSHES STATISTICS
  RESULTS     JSON lines of `outlook-fleet results`
  PUSHES      lines `JOB-ID MILLISECONDS` (when it was pushed)
  STATISTICS  the simulator's answer to GET /control/statistics
"""

import json
import sys


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0


def row(name, *cells):
    print(f"  {name:22}" + "".join(f"{cell!s:>12}" for cell in cells))


def main():
    results, pushes, statistics = sys.argv[1:4]
    with open(results) as file:
        entries = [json.loads(line) for line in file]
    with open(pushes) as file:
        pushed = {name: int(milliseconds) for name, milliseconds in (line.split() for line in file)}
    with open(statistics) as file:
        counts = json.load(file)

    row("jobs", "ended", "failed", "events", "Graph calls", "median ms", "slowest ms")
    groups = {}
    for entry in entries:
        name = entry["type"] if entry["type"].startswith("job.") else entry["kind"]
        groups.setdefault(name, []).append(entry)
    for kind in sorted(groups):
        group = groups[kind]
        # An entry's id begins with Redis's milliseconds at which it was written.
        times = [
            int(entry["entry_id"].split("-")[0]) - pushed[entry["job_id"]] for entry in group
            if entry["job_id"] in pushed and not kind.startswith("job.")
        ]
        data = [entry.get("data", {}) for entry in group]
        events = sum(item.get("events", 0) + item.get("created", 0) + item.get("updated", 0) for item in data)
        row(
            kind, len(group), sum("error" in entry for entry in group), events or "-",
            sum(item.get("graph_calls", 0) for item in data) or "-",
            round(quantile(times, 0.5)) if times else "-", max(times) if times else "-")
    total = counts.get("requests", counts.get("total"))
    if isinstance(total, int):
        print(f"  the simulator answered {total} requests")


main()

"""deploy_metrics.py ROOT: every metric that alerts and dashboard name is in the fleet's list, and the runbook has a
section for every alert. Exit 1 with what is missing."""
import json
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(sys.argv[1])
source = (ROOT / "Sources/Telemetry/Metrics/FleetMetric.swift").read_text()
known = set(re.findall(r'case \w+ = "(outlook_fleet_\w+)"', source))
faults = []


def names(text: str) -> set:
    found = set(re.findall(r"outlook_fleet_\w+", text))
    return {re.sub(r"_(bucket|sum|count)$", "", name) if name not in known else name for name in found}


rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
dashboard = json.loads((ROOT / "deploy/grafana/outlook-fleet.json").read_text())
queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
for place, text in [("alerts.yml", str(rules)), ("dashboard", str(queries))]:
    for name in sorted(names(text) - known):
        faults.append(f"{place}: {name} is no metric of the fleet")
for path in (ROOT / "deploy/kubernetes").glob("keda*.yaml"):
    for name in sorted(names(path.read_text()) - known):
        faults.append(f"{path.name}: {name} is no metric of the fleet")

runbook = (ROOT / "Sources/FleetCore/Documentation.docc/Runbook.md").read_text()
sections = set(re.findall(r"^### (Fleet\w+)", runbook, re.M))
alerts = {rule["alert"] for rule in rules}
for name in sorted(alerts ^ sections):
    faults.append(f"{name}: {'no section in the runbook' if name in alerts else 'a section without an alert'}")
tests = yaml.safe_load((ROOT / "deploy/prometheus/alerts.test.yml").read_text())["tests"]
for name in sorted(alerts):
    cases = [case for one in tests for case in one["alert_rule_test"] if case["alertname"] == name]
    fires = [bool(case.get("exp_alerts")) for case in cases]
    first = fires.index(True) if True in fires else 0
    if not first or fires[first + 1 : first + 2] != [False]:
        faults.append(f"{name}: alerts.test.yml must find it quiet, firing and quiet again")
positions = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
if len({(x, y) for x, y, *_ in positions}) != len(positions):
    faults.append("dashboard: panels lie on each other")
if len({panel["id"] for panel in dashboard["panels"]}) != len(positions):
    faults.append("dashboard: an id is given twice")
print("\n".join(faults), file=sys.stderr)
sys.exit(1 if faults else 0)

"""deploy_yaml.py DEPLOY: field tests of the Kubernetes and compose files. Exit 1 with every fault found.

No engine reads them here, so this holds them against what an engine would need: known fields, references that resolve,
and what must be true of a pod of the fleet (not root, read-only, drained before it is killed, secrets for one user).
"""
import pathlib
import re
import sys

import yaml

DEPLOY = pathlib.Path(sys.argv[1])
FAULTS: list[str] = []
DRAIN_SECONDS = 25

# Fields that the API knows (Kubernetes 1.31), of the kinds that are used here.
POD = {
    "serviceAccountName", "automountServiceAccountToken", "enableServiceLinks", "terminationGracePeriodSeconds",
    "securityContext", "topologySpreadConstraints", "initContainers", "containers", "volumes",
}
CONTAINER = {
    "name", "image", "command", "args", "envFrom", "env", "ports", "securityContext", "livenessProbe",
    "readinessProbe", "startupProbe", "resources", "volumeMounts",
}
PROBE = {"httpGet", "periodSeconds", "timeoutSeconds", "failureThreshold", "initialDelaySeconds"}
KINDS = {
    "Namespace": ("v1", None),
    "ServiceAccount": ("v1", None),
    "ConfigMap": ("v1", None),
    "Service": ("v1", {"selector", "ports"}),
    "Deployment": ("apps/v1", {"replicas", "strategy", "selector", "template"}),
    "PodDisruptionBudget": ("policy/v1", {"maxUnavailable", "unhealthyPodEvictionPolicy", "selector"}),
    "NetworkPolicy": ("networking.k8s.io/v1", {"podSelector", "policyTypes", "ingress", "egress"}),
    "ScaledObject": (
        "keda.sh/v1alpha1",
        {
            "scaleTargetRef", "pollingInterval", "minReplicaCount", "maxReplicaCount", "fallback", "triggers",
            "advanced",
        },
    ),
    "Kustomization": ("kustomize.config.k8s.io/v1beta1", None),
}
SERVICE = {
    "image", "build", "command", "entrypoint", "user", "volumes", "healthcheck", "stop_grace_period", "mem_limit",
    "pids_limit", "networks", "network_mode", "restart", "init", "read_only", "cap_drop", "security_opt", "logging",
    "depends_on", "secrets", "env_file", "environment", "deploy", "ports", "profiles",
}


def fault(place: str, text: str) -> None:
    FAULTS.append(f"{place}: {text}")


def only(place: str, value: dict, known: set) -> None:
    for name in value:
        if name not in known:
            fault(place, f"unknown field {name}")


def load(path: pathlib.Path) -> list:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def container(place: str, value: dict, volumes: set, *, serves: bool) -> None:
    only(place, value, CONTAINER)
    security = value.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False or security.get("readOnlyRootFilesystem") is not True:
        fault(place, "may gain privileges, or write to its root")
    if security.get("capabilities", {}).get("drop") != ["ALL"]:
        fault(place, "keeps capabilities")
    if "memory" not in value.get("resources", {}).get("limits", {}):
        fault(place, "has no limit of memory")
    for mount in value.get("volumeMounts", []):
        if mount["name"] not in volumes:
            fault(place, f"mounts {mount['name']}, which is no volume")
    ports = {port["name"] for port in value.get("ports", [])}
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe not in value:
            if serves:
                fault(place, f"has no {probe}")
            continue
        only(f"{place} {probe}", value[probe], PROBE)
        if value[probe]["httpGet"]["port"] not in ports:
            fault(place, f"{probe} asks a port that isn't there")
    names = [entry["name"] for entry in value.get("env", [])]
    if len(names) != len(set(names)):
        fault(place, "a variable is given twice")


def deployment(place: str, spec: dict, accounts: set, maps: set) -> None:
    template = spec["template"]
    labels = template["metadata"]["labels"]
    if not spec["selector"]["matchLabels"].items() <= labels.items():
        fault(place, "its selector misses its own pods")
    pod = template["spec"]
    only(place, pod, POD)
    if pod["terminationGracePeriodSeconds"] < DRAIN_SECONDS + 10:
        fault(place, "is killed before its drain can end")
    if pod["serviceAccountName"] not in accounts or pod["automountServiceAccountToken"] is not False:
        fault(place, "has an account that isn't there, or its token")
    security = pod["securityContext"]
    if not security.get("runAsNonRoot") or security.get("runAsUser") in (None, 0):
        fault(place, "runs as root")
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        fault(place, "has no seccomp profile")
    volumes = {volume["name"] for volume in pod["volumes"]}
    for one in pod.get("initContainers", []):
        container(f"{place}/{one['name']}", one, volumes, serves=False)
    for one in pod["containers"]:
        container(f"{place}/{one['name']}", one, volumes, serves=True)
        for source in one.get("envFrom", []):
            if source["configMapRef"]["name"] not in maps:
                fault(place, "takes variables from a ConfigMap that isn't there")
        private_files(place, pod, one)


def private_files(place: str, pod: dict, one: dict) -> None:
    """Every file that a variable names is one that the init container copies for this user alone."""
    copied = {f"/run/private/{pathlib.PurePath(argument).name}" for argument in pod["initContainers"][0]["args"]}
    for entry in one["env"]:
        if entry["name"].endswith("_FILE") and entry["value"] not in copied:
            fault(place, f"{entry['name']} names {entry['value']}, which nobody puts there")


def kubernetes(folder: pathlib.Path) -> None:
    documents = [(path.name, one) for path in sorted(folder.glob("*.yaml")) for one in load(path)]
    by_kind: dict[str, list] = {}
    for name, one in documents:
        place = f"{name} {one['kind']}"
        version, fields = KINDS.get(one["kind"], (None, None))
        if one.get("apiVersion") != version:
            fault(place, f"apiVersion {one.get('apiVersion')} isn't {version}")
        if fields is not None:
            only(place, one["spec"], fields)
        by_kind.setdefault(one["kind"], []).append(one)
    named = lambda kind: {one["metadata"]["name"] for one in by_kind.get(kind, [])}
    pods = [one["spec"]["template"]["metadata"]["labels"] for one in by_kind["Deployment"]]
    for one in by_kind["Deployment"]:
        deployment(one["metadata"]["name"], one["spec"], named("ServiceAccount"), named("ConfigMap"))
    for kind, where in (("Service", "selector"), ("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
        for one in by_kind[kind]:
            selector = one["spec"][where]
            wanted = selector if kind == "Service" else selector.get("matchLabels", {})
            if wanted and not any(wanted.items() <= labels.items() for labels in pods):
                fault(f"{kind} {one['metadata']['name']}", "selects no pod")
    for one in by_kind["ScaledObject"]:
        if one["spec"]["scaleTargetRef"]["name"] not in named("Deployment"):
            fault("ScaledObject", "scales what isn't there")
        if one["spec"]["minReplicaCount"] < 1:
            fault("ScaledObject", "scales to zero: nobody would be there to give the signal")
        if "outlook_fleet_queue_work" not in str(one["spec"]["triggers"]):
            fault("ScaledObject", "doesn't scale by the work that could run")
    kustomization = by_kind["Kustomization"][0]
    listed = set(kustomization["resources"])
    there = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    if not listed <= there or there - listed != {"keda.yaml", "keda-prometheus.yaml"}:
        fault("kustomization.yaml", f"lists {sorted(listed)} of {sorted(there)}")
    denies = [one for one in by_kind["NetworkPolicy"] if one["spec"]["podSelector"] == {}]
    if not any(set(one["spec"]["policyTypes"]) == {"Ingress", "Egress"} for one in denies):
        fault("networkpolicy.yaml", "what isn't allowed isn't refused")


def compose(path: pathlib.Path) -> None:
    document = load(path)[0]
    services = document["services"]
    for name, service in services.items():
        place = f"compose {name}"
        only(place, service, SERVICE)
        if not service.get("read_only") or service.get("cap_drop") != ["ALL"]:
            fault(place, "has a writable root, or capabilities")
        if ("networks" in service) == ("network_mode" in service):
            fault(place, "needs either networks or network_mode")
        for secret in service.get("secrets", []):
            if secret not in document["secrets"]:
                fault(place, f"takes secret {secret}, which isn't there")
        for other, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy" and "healthcheck" not in services[other]:
                fault(place, f"waits for the health of {other}, which has no check")
        build = service.get("build")
        if build:
            dockerfile = (path.parent / build["context"] / build["dockerfile"]).read_text()
            if not re.search(rf"^FROM .* AS {build['target']}$", dockerfile, re.M):
                fault(place, f"builds {build['target']}, which the Dockerfile doesn't have")
        if "outlook-fleet" == service.get("image"):
            seconds = int(service["stop_grace_period"].rstrip("s"))
            if seconds < DRAIN_SECONDS + 10:
                fault(place, "is killed before its drain can end")
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE") and value.removeprefix("/run/secrets/") not in service["secrets"]:
                fault(place, f"{variable} names {value}, which isn't among its secrets")
    if "simulator" not in services["simulator"]["profiles"]:
        fault("compose", "the simulator starts without being asked for")


kubernetes(DEPLOY / "kubernetes")
compose(DEPLOY / "compose.yaml")
for text in FAULTS:
    print(text, file=sys.stderr)
sys.exit(1 if FAULTS else 0)

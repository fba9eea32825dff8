#!/usr/bin/env python3
"""Writes the configuration files that README.md and docs/ show into a folder, for the linters.

Usage: tests/lint/documents.py FOLDER

Each YAML block becomes a file of one kind: github-N.yml (a workflow; steps get a workflow around
them), gitlab-N.yml or kubernetes-N.yaml. Fails if a YAML block has none of these kinds.
Checks each ECS task definition with AWS's service model of ECS, and each Kubernetes pod with the
rules of the `restricted` Pod Security Standard
(https://kubernetes.io/docs/concepts/security/pod-security-standards/).
"""

import json
import pathlib
import re
import sys

import botocore.session
import botocore.validate
import yaml

PAGES = ["README.md", *sorted(map(str, pathlib.Path("docs").glob("*.md")))]
# The workflow that surrounds steps and runs nothing else.
AROUND = "on: push\npermissions: {}\njobs:\n  example:\n    runs-on: ubuntu-24.04\n    steps:\n"


def blocks(page, language):
    text = pathlib.Path(page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def kind(document):
    """Returns the kind of a YAML block, and the text that the linter of this kind needs."""
    parsed = list(yaml.safe_load_all(document))
    first = parsed[0]
    if isinstance(first, list):
        return "github", AROUND + re.sub("^", " " * 6, document, flags=re.MULTILINE).rstrip() + "\n"
    if "jobs" in first:
        return "github", document
    if "apiVersion" in first:
        return "kubernetes", document
    if any(isinstance(job, dict) and "script" in job for job in first.values()):
        return "gitlab", document
    return None, document


def pods(document):
    """Yields the specifications of all pods in a Kubernetes object."""
    if isinstance(document, dict):
        if "containers" in document:
            yield document
        for value in document.values():
            yield from pods(value)


def violations(pod):
    """Yields each rule of the `restricted` standard that a pod violates."""
    security = pod.get("securityContext", {})
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            yield name
    allowed = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
    for volume in pod.get("volumes", []):
        if not set(volume) - {"name"} <= allowed:
            yield f"volume {volume['name']}"
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        own = container.get("securityContext", {})
        either = {**security, **own}
        if either.get("runAsNonRoot") is not True:
            yield "runAsNonRoot"
        if either.get("runAsUser") == 0:
            yield "runAsUser"
        if either.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            yield "seccompProfile"
        if own.get("allowPrivilegeEscalation") is not False:
            yield "allowPrivilegeEscalation"
        if own.get("privileged"):
            yield "privileged"
        capabilities = own.get("capabilities", {})
        if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
            yield "capabilities"
        if any("hostPort" in port for port in container.get("ports", [])):
            yield "hostPort"


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    errors, counts = [], {}
    ecs = botocore.session.get_session().get_service_model("ecs")
    shape = ecs.operation_model("RegisterTaskDefinition").input_shape
    for page in PAGES:
        for block in blocks(page, "yaml"):
            name, text = kind(block)
            counts[name] = counts.get(name, 0) + 1
            if name is None:
                errors.append(f"{page}: no linter knows this YAML block:\n{block}")
                continue
            ending = "yaml" if name == "kubernetes" else "yml"
            (folder / f"{name}-{counts[name]}.{ending}").write_text(text, encoding="utf-8")
            if name == "kubernetes":
                for document in yaml.safe_load_all(text):
                    for pod in pods(document):
                        errors += [f"{page}: not restricted: {rule}" for rule in violations(pod)]
        for block in blocks(page, "json"):
            if '"containerDefinitions"' in block:
                counts["ecs"] = counts.get("ecs", 0) + 1
                report = botocore.validate.ParamValidator().validate(json.loads(block), shape)
                if report.has_errors():
                    errors.append(f"{page}: {report.generate_report()}")
    for name in ("github", "gitlab", "kubernetes", "ecs"):
        if name not in counts:
            errors.append(f"the documents have no example of the kind {name}")
    print(counts)
    if errors:
        sys.exit("\n".join(errors))


main()

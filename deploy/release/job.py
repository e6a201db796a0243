"""
A deployment, as `kubectl get deployment --output json` says it, made into a job that runs one command and ends.

    kubectl get deployment scheduler-green --output json | job.py NAME WORD... | kubectl create --filename -

It has the image, the settings, the secrets and the confinement of the deployment's processes.
"""

import json
import sys
from typing import Any

HOUR_SECONDS = 3600
OF_A_PROCESS = ("livenessProbe", "readinessProbe", "startupProbe", "ports", "lifecycle")
OF_MANY = ("containers", "topologySpreadConstraints")


def job_of(deployment: dict[str, Any], name: str, words: list[str]) -> dict[str, Any]:
    """It is tried once: whoever released it decides what comes next."""
    metadata, template = deployment["metadata"], deployment["spec"]["template"]
    (container,) = template["spec"]["containers"]
    container = {key: value for key, value in container.items() if key not in OF_A_PROCESS} | {"args": words}
    pod = {key: value for key, value in template["spec"].items() if key not in OF_MANY}
    # Part of the whole, so that it may ask the stores; no process, so that nobody counts it as one.
    labels = template["metadata"]["labels"] | {"app.kubernetes.io/name": words[0]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": metadata["namespace"], "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": HOUR_SECONDS,
            "ttlSecondsAfterFinished": HOUR_SECONDS,
            "template": {
                "metadata": {"labels": labels},
                "spec": pod | {"restartPolicy": "Never", "containers": [container]},
            },
        },
    }


if __name__ == "__main__":
    json.dump(job_of(json.load(sys.stdin), sys.argv[1], sys.argv[2:]), sys.stdout)

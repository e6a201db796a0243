"""The kustomizations: that a cluster takes them, what a pod may do, and that enough of each process is there."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate import ValidationError

from bot.cli.serve import STOP_SECONDS
from bot.config import load
from tests.deploy.deployed import (
    COLOURS,
    DEPLOY,
    PINNED,
    PROCESSES,
    image_environment,
    manifests,
    of_env_file,
    of_kind,
    said,
    tool,
    unknown,
    with_secrets,
)

# The oldest and the newest version that our manifests are for.
VERSIONS = ("1.30", "1.37")
DIRECTORIES = ("production", "blue", "green", "staging")
PLACES = [(directory, process) for directory in ("blue", "green", "staging") for process in PROCESSES]
each_place = pytest.mark.parametrize(("directory", "process"), PLACES)


def deployment(directory: str, process: str) -> Mapping[str, Any]:
    name = f"{process}-{directory}" if directory in COLOURS else process
    return of_kind(directory, "Deployment")[name]


def pod(directory: str, process: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = deployment(directory, process)["spec"]["template"]
    return found


def container(directory: str, process: str) -> Mapping[str, Any]:
    (only,) = pod(directory, process)["spec"]["containers"]
    found: Mapping[str, Any] = only
    return found


def told(directory: str, process: str) -> dict[str, str]:
    """What the maps of a pod set."""
    maps = of_kind(directory, "ConfigMap")
    names = [each["configMapRef"]["name"] for each in container(directory, process)["envFrom"]]
    return {key: value for name in names for key, value in maps[name]["data"].items()}


def picks(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return selector.items() <= labels.items()


@pytest.mark.parametrize("directory", DIRECTORIES)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_cluster_takes_all_of_it(directory: str, version: str) -> None:
    for each in manifests(directory):
        kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("wrong", [{"replicas": "three"}, {"replica": 3}])
def test_a_cluster_does_not_take_what_is_wrong(wrong: Mapping[str, object]) -> None:
    sound = deployment("blue", "web")
    with pytest.raises(ValidationError):
        kubernetes_validate.validate({**sound, "spec": {**sound["spec"], **wrong}}, VERSIONS[0], strict=True)


@each_place
def test_a_pod_may_do_no_more_than_a_plain_user(directory: str, process: str) -> None:
    """As the namespace demands (`restricted`), and a root that is read-only besides."""
    spec, inside = pod(directory, process)["spec"], container(directory, process)["securityContext"]
    assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert inside["capabilities"] == {"drop": ["ALL"]} and inside["readOnlyRootFilesystem"]
    assert inside["allowPrivilegeEscalation"] is False
    assert spec["automountServiceAccountToken"] is False and spec["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & {*spec}
    assert not [each for each in spec["volumes"] if "hostPath" in each]
    resources = container(directory, process)["resources"]
    assert {*resources["requests"]} == {*resources["limits"]} == {"cpu", "memory"}


@pytest.mark.parametrize("directory", ["production", "staging"])
def test_the_namespace_refuses_what_may_more(directory: str) -> None:
    (namespace,) = of_kind(directory, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@each_place
def test_a_pod_is_asked_on_its_operations_port(directory: str, process: str) -> None:
    inside = container(directory, process)
    ports = {each["name"]: each["containerPort"] for each in inside["ports"]}
    serves = {"http": 8080} if process in ("web", "pages") else {}
    assert ports == {"operations": int(image_environment()["METRICS_PORT"]), **serves}
    asked = {probe: inside[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
    assert {each["port"] for each in asked.values()} == {"operations"}
    assert [each["path"] for each in asked.values()] == ["/live", "/live", "/ready"]


@each_place
def test_a_pod_that_goes_ends_what_it_has_in_hand(directory: str, process: str) -> None:
    grace = pod(directory, process)["spec"]["terminationGracePeriodSeconds"]
    if process in ("web", "pages"):
        # It is told to stop after everybody knows that it goes, and has its own time then.
        before = int(container(directory, process)["lifecycle"]["preStop"]["exec"]["command"][1])
        assert before >= 5
        assert grace >= before + STOP_SECONDS + 10
    else:
        assert grace >= 30


@each_place
def test_a_new_pod_is_there_before_an_old_one_goes(directory: str, process: str) -> None:
    rolling = deployment(directory, process)["spec"]["strategy"]["rollingUpdate"]
    assert (rolling["maxUnavailable"], rolling["maxSurge"]) == (0, 1)


@each_place
def test_a_process_starts_with_what_it_is_told(directory: str, process: str) -> None:
    given = told(directory, process)
    assert unknown(given) == []
    assert load(with_secrets(image_environment() | given)).public_url.startswith("https://")
    mounted = {each["mountPath"]: each for each in container(directory, process)["volumeMounts"]}
    assert {*mounted} == {"/tmp", "/run/secrets"} and mounted["/run/secrets"]["readOnly"]
    files = [value for name, value in given.items() if name.endswith("_FILE")]
    assert len(files) > 6 and all(each.startswith("/run/secrets/") for each in files)


def test_every_setting_that_may_be_added_is_one() -> None:
    assert unknown(of_env_file(DEPLOY / "kubernetes/settings/settings.env", commented=True)) == []


@pytest.mark.parametrize("colour", COLOURS)
def test_three_pods_answer_members_and_more_when_there_is_need(colour: str) -> None:
    scaled, kept = of_kind(colour, "HorizontalPodAutoscaler"), of_kind(colour, "PodDisruptionBudget")
    assert {*scaled} == {f"{each}-{colour}" for each in ("web", "pages", "worker")}
    assert {*kept} == {f"{each}-{colour}" for each in PROCESSES}
    for process in PROCESSES:
        name, replicas = f"{process}-{colour}", deployment(colour, process)["spec"]["replicas"]
        assert replicas >= (3 if process == "web" else 2)
        # A machine that is emptied takes one of them at a time.
        assert kept[name]["spec"]["minAvailable"] == replicas - 1
        assert picks(kept[name]["spec"]["selector"]["matchLabels"], pod(colour, process)["metadata"]["labels"])
        if autoscaler := scaled.get(name):
            assert autoscaler["spec"]["scaleTargetRef"]["name"] == name
            assert autoscaler["spec"]["minReplicas"] == replicas < autoscaler["spec"]["maxReplicas"]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("process", PROCESSES)
def test_pods_stand_apart(colour: str, process: str) -> None:
    spread = pod(colour, process)["spec"]["topologySpreadConstraints"]
    assert {each["topologyKey"] for each in spread} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    for each in spread:
        assert picks(each["labelSelector"]["matchLabels"], pod(colour, process)["metadata"]["labels"])


def test_blue_and_green_differ_in_their_colour_alone() -> None:
    blue, green = (yaml.safe_dump_all(manifests(colour)) for colour in COLOURS)
    images = {container(colour, process)["image"] for colour in COLOURS for process in PROCESSES}
    assert all(PINNED.fullmatch(each) for each in images)
    assert blue.replace("blue", "green") == green


def test_a_release_says_which_image_a_colour_gets(tmp_path: Path) -> None:
    """By an overlay of its own, so that no file of the tree changes with each version."""
    base = os.path.relpath((DEPLOY / "kubernetes" / "green").resolve(), tmp_path.resolve())
    image = {"name": "community-savings-bot", "newName": "registry.example.org/csb", "newTag": "7.0.0"}
    overlay = tmp_path / "kustomization.yaml"
    overlay.write_text(yaml.safe_dump({"kind": "Kustomization", "resources": [base], "images": [image]}))
    status, text = said(tool("kubectl"), "kustomize", tmp_path)
    assert status == 0, text
    assert re.findall("image: (.+)", text) == ["registry.example.org/csb:7.0.0"] * len(PROCESSES)


@pytest.mark.parametrize("process", ["web", "pages"])
def test_one_label_says_which_colour_members_get(process: str) -> None:
    selector = of_kind("production", "Service")[process]["spec"]["selector"]
    live, other = (selector["colour"], "green" if selector["colour"] == "blue" else "blue")
    assert picks(selector, pod(live, process)["metadata"]["labels"])
    assert not picks(selector, pod(other, process)["metadata"]["labels"])
    assert picks(selector | {"colour": other}, pod(other, process)["metadata"]["labels"])


def test_a_colour_changes_nothing_that_members_use() -> None:
    """So it can be brought up and taken down while the other one is live."""
    for colour in COLOURS:
        shared = {"Service", "Ingress", "NetworkPolicy", "Namespace", "Secret"}
        assert not shared & {each["kind"] for each in manifests(colour)}


@pytest.mark.parametrize("directory", ["production", "staging"])
def test_messages_go_to_web_and_all_else_to_pages(directory: str) -> None:
    (ingress,) = of_kind(directory, "Ingress").values()
    (rule,) = ingress["spec"]["rules"]
    ways = {each["path"]: each["backend"]["service"]["name"] for each in rule["http"]["paths"]}
    assert ways.pop("/") == "pages"
    assert {*ways.values()} == {"web"} and {*ways} == {
        *("/hooks/at/ussd", "/hooks/at/sms-menu", "/hooks/telegram", "/hooks/twilio/whatsapp")
    }
    assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"]]
    assert (
        f"https://{rule['host']}" == told("blue" if directory == "production" else directory, "web")["PUBLIC_URL"]
    )


@pytest.mark.parametrize("process", PROCESSES)
def test_nothing_comes_in_or_goes_out_that_no_policy_names(process: str) -> None:
    labels = pod("blue", process)["metadata"]["labels"]

    def chosen(selector: Mapping[str, Any]) -> bool:
        said = selector.get("matchExpressions", ())
        fits = all(labels.get(each["key"]) in each["values"] for each in said)
        return fits and picks(selector.get("matchLabels", {}), labels)

    policies = {
        name: each["spec"]
        for name, each in of_kind("production", "NetworkPolicy").items()
        if chosen(each["spec"]["podSelector"])
    }
    assert policies["nothing-else"]["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & {*policies["nothing-else"]}
    serves = {"from-members"} if process in ("web", "pages") else set()
    assert {*policies} == {"nothing-else", "from-prometheus", "to-stores", "to-providers"} | serves
    (providers,) = policies["to-providers"]["egress"]
    assert all("169.254.0.0/16" in each["ipBlock"]["except"] for each in providers["to"][:1])

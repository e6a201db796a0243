"""From a figure that goes wrong to the message: by a real Prometheus and a real Alertmanager, with our files."""

from collections.abc import Iterator

import pytest

from tests.deploy.alert_rules import needs
from tests.deploy.watched import AGES, HEALTHY, Told, Watch, watched
from tests.waiting import WAIT_SECONDS

pytestmark = needs("prometheus", "prometheus-alertmanager")


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    with watched(tmp_path_factory.mktemp("watch")) as running:
        yield running


def told(watch: Watch, number: int) -> dict[str, Told]:
    """The next messages, by their alert."""
    messages = [watch.told.get(timeout=WAIT_SECONDS) for _ in range(number)]
    return {each.alert: each for each in messages}


def test_each_process_in_a_cluster_is_found_and_nothing_else(watch: Watch) -> None:
    """Not the port that is for members, and not a pod that has ended; nobody is at the addresses of those."""
    found = {(each["metric"]["job"], each["metric"]["instance"], each["value"][1]) for each in watch.ask("up")}
    names = ("web", "pages", "worker", "scheduler")
    assert found == {(name, f"{name}-blue-6d4cf56db6-x2x9k", "1") for name in names}


def test_an_alert_is_sent_when_its_threshold_is_passed_and_when_it_is_over_and_not_before(watch: Watch) -> None:
    """Errors, a payment, and a scheduler that makes no rounds; each to those whom its severity calls."""
    payment, silent = 'csb_payment_oldest_seconds{state="pending"}', "csb_scheduler_round_timestamp_seconds"
    watch.look()
    assert (watch.firing, watch.told.qsize()) == (set(), 0)

    watch.deployment.errors = 1000
    watch.deployment.values[payment] = 3601
    sent = told(watch, 2)
    assert {name: (each.receiver, each.status) for name, each in sent.items()} == {
        "ErrorRateHigh": ("p1", "firing"),
        "PaymentsStuck": ("p2", "firing"),
    }
    said = sent["PaymentsStuck"].first["annotations"]
    assert said["summary"] == "A payment is pending for 1h 0m 1s."
    assert said["runbook_url"] == "docs/runbook.md#paymentsstuck"

    watch.deployment.values[payment] = HEALTHY[payment]
    assert told(watch, 1)["PaymentsStuck"].status == "resolved"

    watch.deployment.ages[silent] = 61
    assert told(watch, 1)["SchedulerSilent"].receiver == "p1"
    watch.deployment.ages[silent] = AGES[silent]
    assert told(watch, 1)["SchedulerSilent"].status == "resolved"
    assert watch.firing == {"ErrorRateHigh"}


def test_whoever_is_woken_hears_the_cause_alone(watch: Watch) -> None:
    """Without a primary nothing can be written, so payments, messages and the scheduler are late as well."""
    watch.raise_({"alertname": "NoPrimary", "severity": "P1"})
    assert told(watch, 1)["NoPrimary"].receiver == "p1"
    late = ("OutboxOld", "WorkStuck", "SchedulerSilent")
    watch.raise_(*({"alertname": name, "severity": "P2"} for name in late))
    watch.raise_({"alertname": "DiskAlmostFull", "severity": "P2"})
    assert told(watch, 1)["DiskAlmostFull"].receiver == "p2"
    held = watch.held_back()
    assert {name: held[name] for name in (*late, "NoPrimary", "DiskAlmostFull")} == {
        **dict.fromkeys(late, True),
        "NoPrimary": False,
        "DiskAlmostFull": False,
    }

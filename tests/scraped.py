"""What Prometheus reads of us."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

# The labels of a sample by their names, as Prometheus writes them: 'channel="ussd"'.
Samples = Mapping[tuple[str, str], float]


def samples(text: str) -> Samples:
    """Each value by its name and its labels: ("csb_turns_total", 'channel="ussd",outcome="ok"')."""
    return {
        (each.name, ",".join(f'{name}="{value}"' for name, value in sorted(each.labels.items()))): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


def types(text: str) -> Mapping[str, str]:
    """The type of each metric by the name that is written down for it."""
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: family.type
        for family in text_string_to_metric_families(text)
    }

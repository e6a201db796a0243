"""What MTN's stand-in answers, and what it calls."""

import json
from typing import Any

import requests

from tests.simulator.conftest import Call


def error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def bodies(calls: list[Call]) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in calls]

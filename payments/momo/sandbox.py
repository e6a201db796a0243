"""
An API user in MTN's sandbox, which makes one for whoever asks; a market gives its own out when it goes live.

Source: MTN MoMo Developer, "API user and API key management".
"""

from dataclasses import dataclass, field
from uuid import uuid4

import requests

from payments.answers import read_object
from payments.http import AGENT, TIMEOUT, exchange
from payments.momo.answers import failure


@dataclass(frozen=True, slots=True)
class SandboxUser:
    """An API user of MTN's sandbox with its key, which MTN shows once."""

    api_user: str
    api_key: str = field(repr=False)


def provision_sandbox(base_url: str, subscription_key: str, host: str, agent: str = AGENT) -> SandboxUser:
    """
    Make an API user for the product of this key, whose callbacks go to `host`, a host name that cannot be changed
    later.

    Raises Refused or OutcomeUnknown.
    """
    user, url = str(uuid4()), f"{base_url.rstrip('/')}/v1_0/apiuser"
    headers = {"User-Agent": agent, "Ocp-Apim-Subscription-Key": subscription_key}
    with requests.Session() as http:
        body = {"providerCallbackHost": host}
        made = exchange(http, "POST", url, headers=headers | {"X-Reference-Id": user}, json=body, timeout=TIMEOUT)
        if made.status_code != 201:
            raise failure(made)
        keyed = exchange(http, "POST", f"{url}/{user}/apikey", headers=headers, timeout=TIMEOUT)
    key = read_object(keyed).get("apiKey")
    if keyed.status_code != 201 or not isinstance(key, str):
        raise failure(keyed)
    return SandboxUser(user, key)

"""
How Twilio calls the bot: a form signed over its address and fields, a deadline, and TwiML for an answer.

Source: Twilio, "Webhooks security", "TwiML for Programmable Messaging", "Errors and warnings".
"""

import hmac
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4
from xml.etree import ElementTree

import requests

from simulator.world import Switches, World

BODY_MAX: Final = 64 * 1024
TEXT_MAX: Final = 1_600
XML_TYPES: Final = ("text/xml", "application/xml")
SHARED_KEY: Final = "webhooks_sharedkey_00000000000000000000000001"


class NotTaken(Exception):
    """The bot did not take a message. The text says what Twilio's debugger would, its error number first."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the bot's TwiML; `callback` is where its statuses go, "" for nowhere, and may be relative."""

    text: str
    callback: str = ""


class Hooks:
    """Counted switch: `signed_with_key`."""

    def __init__(self, world: World, faults: Switches) -> None:
        self._world = world
        self._faults = faults

    def ask(self, url: str, form: Mapping[str, str]) -> list[Said]:
        """Bring the bot a message; what it says to it, in order. Raises NotTaken."""
        limit = self._world.config.twilio_answer_seconds
        late = NotTaken(f"11200: the bot did not answer in {limit:g} s")
        deadline = time.monotonic() + limit
        try:
            with self._post(url, form) as answer:
                body = b""
                # A byte at a time: a larger read would wait for a body that trickles, past the deadline.
                for byte in answer.iter_content(1):
                    body += byte
                    if time.monotonic() > deadline or len(body) > BODY_MAX:
                        break
        except requests.RequestException as failure:
            # A body that stops half-way is no Timeout to requests, but it is to Twilio.
            if isinstance(failure, requests.Timeout) or time.monotonic() > deadline:
                raise late from failure
            raise NotTaken("11205: the bot cannot be reached") from failure
        if time.monotonic() > deadline:
            raise late
        if not answer.ok or answer.is_redirect:
            raise NotTaken(f"11200: the bot answered with HTTP {answer.status_code}")
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return read_twiml(kind, body)

    def tell(self, url: str, form: Mapping[str, str]) -> None:
        """Report a status, once: a bot that cannot be reached does not hear of it again."""
        try:
            self._post(url, form).close()
        except requests.RequestException:
            return

    def _post(self, url: str, form: Mapping[str, str]) -> requests.Response:
        config = self._world.config
        headers = {"User-Agent": "TwilioProxy/1.1", "I-Twilio-Idempotency-Token": str(uuid4())}
        algorithm = "sha1"
        if self._faults.take("signed_with_key"):
            # A real key has a secret of its own; here it is the auth token, which the bot has already.
            algorithm = "sha256"
            headers["X-Twilio-Webhooks-Signature-Settings"] = f"key={SHARED_KEY},algorithm=HMAC_SHA256"
        signed = url
        if self._faults.take("signed_with_port"):
            # Now one, now the other, whatever the address was given as: so its own SDK takes both.
            parts = urlsplit(url)
            port = "" if parts.port else ":443" if parts.scheme == "https" else ":80"
            signed = urlunsplit(parts._replace(netloc=f"{parts.hostname}{port}"))
        headers["X-Twilio-Signature"] = sign(config.twilio_auth_token, signed, form, algorithm)
        return self._world.http.post(
            url,
            data=form,
            headers=headers,
            timeout=config.twilio_answer_seconds,
            stream=True,
            allow_redirects=False,
        )


def sign(secret: str, url: str, form: Mapping[str, str], algorithm: str = "sha1") -> str:
    """The signature of a request: an HMAC of its address and every field, the empty ones too, by name."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(secret.encode(), signed.encode(), algorithm)).decode()


def read_twiml(kind: str, body: bytes) -> list[Said]:
    """The messages in an answer of this content type; an empty body has none. Raises NotTaken."""
    if not body:
        return []
    if kind not in XML_TYPES:
        raise NotTaken(f"12300: the answer's content type is {kind or 'missing'}, not text/xml")
    try:
        if len(body) > BODY_MAX:
            raise NotTaken(f"11750: the answer is longer than {BODY_MAX} bytes")
        document = ElementTree.fromstring(body)  # noqa: S314 - of the bot we are here to test, and short
    except ElementTree.ParseError as error:
        raise NotTaken("12100: the answer is not XML") from error
    if document.tag != "Response":
        raise NotTaken(f"12100: the answer is a <{document.tag}>, not a <Response>")
    return [_said(verb) for verb in document]


def _said(verb: ElementTree.Element) -> Said:
    if verb.tag != "Message":
        raise NotTaken(f"12200: the answer has a <{verb.tag}>; a message is answered with <Message>")
    bodies = verb.findall("Body") or [verb]
    text = "".join(each.text or "" for each in bodies).strip()
    if not text:
        raise NotTaken("14103: the answer has a <Message> without a body")
    if len(text) > TEXT_MAX:
        raise NotTaken(f"21617: the answer has a <Message> of {len(text)} characters, over {TEXT_MAX}")
    return Said(text, verb.get("statusCallback") or verb.get("action") or "")

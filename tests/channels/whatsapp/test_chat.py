"""WhatsApp over Twilio: what a signature covers, the payloads it posts, the TwiML it reads."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode
from xml.etree import ElementTree

import msgspec
import pytest
from twilio.request_validator import RequestValidator

from channels.errors import Forged, MalformedRequest
from channels.port import Blocked, Delivery, DeliveryReport, Request, Stopped
from channels.whatsapp.chat import WhatsApp
from channels.whatsapp.templates import Content, of_reply
from flows.engine.messages import Message, Reply, Tap
from flows.words.texts import words

TOKEN = "0123456789abcdef0123456789abcdef"
URL = "https://bot.example.org/hooks/twilio/in?env=test"
FORM = {
    "MessageSid": "SM00000000000000000000000000000001",
    "From": "whatsapp:+256772000111",
    "To": "whatsapp:+14155238886",
    "Body": "Pay 5,000",
    "NumMedia": "0",
    "ButtonPayload": "",
}
BY_TOKEN, BY_KEY = "t1oh13DrhUOJ/nPy2hjPD1H+VKg=", "BNSzpktW5DYlXH3qXkyxdYbq3neWj8yiZYbYBNqeHPE="
SHARED_KEY = "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256"


@pytest.fixture
def whatsapp() -> WhatsApp:
    """Ours, where Twilio signs with the account's token."""
    return WhatsApp("AC1", TOKEN, "+14155238886", "https://bot.example.org")


@pytest.fixture
def keyed() -> WhatsApp:
    """Ours, where Twilio may sign with a shared key as well: here its secret is what the token was."""
    return WhatsApp("AC1", "another-token", "+14155238886", "https://bot.example.org", signing_key=TOKEN)


def request(form: Mapping[str, str] | bytes, signature: str, *, url: str = URL, settings: str = "") -> Request:
    headers = {"x-twilio-signature": signature}
    if settings:
        headers["x-twilio-webhooks-signature-settings"] = settings
    return Request(url, headers, form if isinstance(form, bytes) else urlencode(form).encode())


def signed(form: Mapping[str, str]) -> Request:
    """A request as Twilio would sign it."""
    return request(form, RequestValidator(TOKEN).compute_signature(URL, form))


# Signatures


def test_a_request_that_twilio_signed_is_read_with_its_empty_fields(whatsapp: WhatsApp) -> None:
    assert whatsapp.read(request(FORM, BY_TOKEN)) == FORM
    assert whatsapp.read(request(dict(reversed(FORM.items())), BY_TOKEN)) == FORM, "in any order"


FORGED: dict[str, tuple[Mapping[str, str], str]] = {
    "without its empty field": ({name: value for name, value in FORM.items() if value}, URL),
    "over http": (FORM, URL.replace("https:", "http:")),
    "without its query": (FORM, URL.removesuffix("?env=test")),
    "with its text trimmed": (FORM | {"Body": "Pay 5,00"}, URL),
    "with a space at the end": (FORM | {"Body": "Pay 5,000 "}, URL),
    "at another address": (FORM, URL.replace("/in", "/status")),
    "with a field more": (FORM | {"ListId": "pay"}, URL),
    "as somebody else": (FORM | {"From": "whatsapp:+256772000112"}, URL),
    "without any field": ({}, URL),
}


@pytest.mark.parametrize(("form", "url"), FORGED.values(), ids=FORGED)
def test_a_signature_is_of_one_address_and_of_every_field(
    whatsapp: WhatsApp, keyed: WhatsApp, form: Mapping[str, str], url: str
) -> None:
    with pytest.raises(Forged):
        whatsapp.read(request(form, BY_TOKEN, url=url))
    with pytest.raises(Forged):
        keyed.read(request(form, BY_KEY, url=url, settings=SHARED_KEY))


AT: Final = (
    "https://h",
    "https://h:443",
    "https://h:8443",
    "https://h:80",
    "http://h",
    "http://h:80",
    "http://h:443",
)


@pytest.mark.parametrize("path", ["/hooks/twilio/whatsapp", "/in?env=test&at=10:443", "/in?next=https://h:8443/"])
@pytest.mark.parametrize("ours", AT)
@pytest.mark.parametrize("signed_at", [*AT, "https://h:9443", "https://other", "https://h443"])
def test_an_address_is_taken_with_its_port_and_without_as_twilio_s_own_sdk_does(
    whatsapp: WhatsApp, keyed: WhatsApp, ours: str, signed_at: str, path: str
) -> None:
    """It signs some addresses with the port and some without, whatever they were given as."""
    validator, form = RequestValidator(TOKEN), FORM
    for reader, algorithm, settings in ((whatsapp, "HMAC_SHA1", ""), (keyed, "HMAC_SHA256", SHARED_KEY)):
        signature = validator.compute_signature(f"{signed_at}{path}", form, algorithm)
        asked = request(form, signature, url=f"{ours}{path}", settings=settings)
        if validator.validate(f"{ours}{path}", form, signature, algorithm):
            assert reader.read(asked) == form
        else:
            with pytest.raises(Forged):
                reader.read(asked)


@pytest.mark.parametrize(
    ("ours", "signed_at"),
    [
        ("https://h", "https://h:443"), ("https://h:443", "https://h"), ("https://h:8443", "https://h"),
        ("https://h:443", "https://h:443"), ("https://h:8443", "https://h:8443"),
    ],
)  # fmt: skip
def test_the_five_ways_to_sign_one_address_are_taken(whatsapp: WhatsApp, ours: str, signed_at: str) -> None:
    signature = RequestValidator(TOKEN).compute_signature(f"{signed_at}/in", FORM)
    assert whatsapp.read(request(FORM, signature, url=f"{ours}/in")) == FORM


@pytest.mark.parametrize("settings", [SHARED_KEY, "algorithm=HMAC_SHA256, key=1", "algorithm=HMAC_SHA256"])
def test_a_request_that_a_shared_key_signed_is_read(keyed: WhatsApp, settings: str) -> None:
    assert keyed.read(request(FORM, BY_KEY, settings=settings)) == FORM


@pytest.mark.parametrize(
    ("signature", "settings"),
    [
        (BY_TOKEN, SHARED_KEY),
        (BY_TOKEN, ""),
        (BY_KEY, ""),
        (BY_KEY, "key=1"),
        (BY_KEY, "key=1,algorithm=HMAC_SHA512"),
        (BY_TOKEN, "key=1,algorithm=HMAC_SHA1"),
        ("", SHARED_KEY),
    ],
)
def test_nobody_chooses_a_weaker_algorithm_or_another_secret(
    keyed: WhatsApp, signature: str, settings: str
) -> None:
    with pytest.raises(Forged):
        keyed.read(request(FORM, signature, settings=settings))


def test_without_a_shared_key_of_ours_nothing_is_signed_by_one(whatsapp: WhatsApp) -> None:
    """An empty secret would sign everything."""
    empty = RequestValidator("").compute_signature(URL, FORM)
    for signature in (BY_KEY, BY_TOKEN, empty):
        with pytest.raises(Forged):
            whatsapp.read(request(FORM, signature, settings=SHARED_KEY))


REPEATED = b"Body=b&Body=a&Body=b&MessageSid=SM1&From=whatsapp%3A%2B256772000111"
STRANGE: dict[str, Mapping[str, str]] = {
    "letters of every kind": {"Body": "déjà 😀 مرحبا", "ProfileName": "Akello 🌻"},
    "what a form escapes": {"Body": "1+1=2 & 50% of it; <b>?#"},
    "lines": {"Body": "one\r\ntwo\n\tthree\x00"},
    "a name with brackets": {"Body[0]": "1", "Body": "2"},
    "capitals and small letters": {"body": "1", "Body": "2", "BODY": "3"},
    "JSON": {"ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ProfileName":"A"}}}'},
}


@pytest.mark.parametrize("form", STRANGE.values(), ids=STRANGE)
def test_whatever_is_in_a_form_our_signature_is_the_sdk_s(whatsapp: WhatsApp, form: Mapping[str, str]) -> None:
    assert whatsapp.read(signed(form)) == form
    with pytest.raises(Forged):
        whatsapp.read(request(form, BY_TOKEN))


def test_a_value_that_is_given_twice_counts_once_in_a_signature(whatsapp: WhatsApp) -> None:
    class Repeated(dict[str, list[str]]):
        def getlist(self, name: str) -> list[str]:
            return self[name]

    form = Repeated(Body=["b", "a", "b"], MessageSid=["SM1"], From=["whatsapp:+256772000111"])
    signature = RequestValidator(TOKEN).compute_signature(URL, form)
    assert whatsapp.read(request(REPEATED, signature))["Body"] == "b"


# Payloads


def said(whatsapp: WhatsApp, **changed: str) -> Message:
    message = heard(whatsapp, **changed)
    assert isinstance(message, Message)
    return message


def heard(whatsapp: WhatsApp, **changed: str) -> Message | Blocked | Stopped | None:
    return whatsapp.to_message(signed(FORM | {"MessageType": "text", "Body": "menu"} | changed))


TYPED: dict[str, tuple[dict[str, str], str]] = {
    "a text": ({"Body": " Pay 5,000"}, " Pay 5,000"),
    "a reply button": (
        {
            "MessageType": "interactive",
            "Body": "Yes",
            "ButtonText": "Yes",
            "ButtonPayload": "~3f9a21:1",
            "OriginalRepliedMessageSid": "MM1",
        },
        "~3f9a21:1",
    ),
    "a button of a template": (
        {"MessageType": "button", "Body": "Menu", "ButtonText": "Menu", "ButtonPayload": "menu"},
        "menu",
    ),
    "a row of a list": (
        {"MessageType": "interactive", "Body": "Pay", "ListId": "~3f9a21:9", "ListTitle": "Pay"},
        "~3f9a21:9",
    ),
    "a row without its id": ({"MessageType": "interactive", "Body": "Pay", "ListTitle": "Pay"}, "Pay"),
    "a picture with words under it": (
        {"MessageType": "image", "Body": "2000", "NumMedia": "1", "MediaContentType0": "image/jpeg"},
        "2000",
    ),
    "a type of tomorrow with a text": ({"MessageType": "telepathy", "Body": "2000"}, "2000"),
}


@pytest.mark.parametrize(("changed", "typed"), TYPED.values(), ids=TYPED)
def test_what_was_typed_or_tapped_is_read(whatsapp: WhatsApp, changed: dict[str, str], typed: str) -> None:
    message = said(whatsapp, **changed)
    assert (message.typed, message.note) == (typed, None)
    assert (message.sender, message.phone) == ("whatsapp:+256772000111", "+256772000111")
    assert message.external_id == FORM["MessageSid"]


PICTURES = "We cannot read pictures, sound or files here. Please answer in words."
NOT_TYPED: dict[str, tuple[dict[str, str], str]] = {
    "an image": ({"MessageType": "image", "NumMedia": "1", "MediaContentType0": "image/jpeg"}, PICTURES),
    "a voice message": ({"MessageType": "audio", "NumMedia": "1", "MediaContentType0": "audio/ogg"}, PICTURES),
    "a place": (
        {"MessageType": "location", "Latitude": "0.34", "Longitude": "32.58"},
        "We cannot read a location here. Please answer in words.",
    ),
    "a contact": (
        {"MessageType": "contacts", "NumMedia": "1", "MediaContentType0": "text/vcard"},
        "We cannot read a contact here. Please type the number.",
    ),
    "a type of tomorrow": ({"MessageType": "telepathy"}, PICTURES),
    "spaces": ({"Body": " \n "}, PICTURES),
}


@pytest.mark.parametrize(("changed", "note"), NOT_TYPED.values(), ids=NOT_TYPED)
def test_what_is_no_text_is_noted(whatsapp: WhatsApp, changed: dict[str, str], note: str) -> None:
    message = said(whatsapp, **{"Body": "", **changed})
    assert message.typed is None and message.note is not None
    assert words("en").say(message.note) == note


SENDERS: dict[str, tuple[dict[str, str], tuple[str, str, str]]] = {
    "a number": ({}, ("whatsapp:+256772000111", "+256772000111", "")),
    "a number and an id beside it": (
        {"ExternalUserId": "whatsapp:UG.4566"},
        ("whatsapp:+256772000111", "+256772000111", "whatsapp:UG.4566"),
    ),
    "a number that is hidden": (
        {"From": "whatsapp:UG.4566", "ExternalUserId": "whatsapp:UG.4566"},
        ("whatsapp:UG.4566", "", ""),
    ),
    "an id in a shape of tomorrow": (
        {"ExternalUserId": "whatsapp:" + "x" * 200},
        ("whatsapp:+256772000111", "+256772000111", ""),
    ),
    # A name is whatever its owner types.
    "a number in the name": (
        {"From": "whatsapp:UG.4566", "ProfileName": "+256772000101", "WaId": "256772000101"},
        ("whatsapp:UG.4566", "", ""),
    ),
}


@pytest.mark.parametrize(("changed", "known_as"), SENDERS.values(), ids=SENDERS)
def test_somebody_is_known_by_their_number_or_by_an_id(
    whatsapp: WhatsApp, changed: dict[str, str], known_as: tuple[str, str, str]
) -> None:
    message = said(whatsapp, **changed)
    assert (message.sender, message.phone, message.alias) == known_as


def test_stop_that_twilio_answers_itself_is_obeyed_and_not_answered(whatsapp: WhatsApp) -> None:
    """With its "Advanced Opt-Out", whatever we sent after STOP would fail with 21610."""
    phone, hidden = "+256772000111", {"From": "whatsapp:UG.4566"}
    assert heard(whatsapp, Body="STOP", OptOutType="STOP") == Stopped(phone, True)
    assert heard(whatsapp, Body="start", OptOutType="START") == Stopped(phone, False)
    assert heard(whatsapp, Body="STOP", OptOutType="STOP", **hidden) == Blocked("whatsapp:UG.4566", True)
    for kind in ("HELP", "", "SOMETHING"):
        assert isinstance(heard(whatsapp, Body="help", OptOutType=kind), Message)


MALFORMED: dict[str, dict[str, str]] = {
    "no sender": {"From": ""},
    "a sender on another channel": {"From": "+256772000111"},
    "a sender with a space": {"From": "whatsapp:+256 772"},
    "a sender of 10 kB": {"From": "whatsapp:" + "1" * 10_000},
    "no id": {"MessageSid": ""},
    "an id of 10 kB": {"MessageSid": "S" * 10_000},
    "to another number": {"To": "whatsapp:+14155238887"},
    "more than is ever sent": {"Body": "x" * 70_000},
}


@pytest.mark.parametrize("changed", MALFORMED.values(), ids=MALFORMED)
def test_what_cannot_be_a_message_is_malformed(whatsapp: WhatsApp, changed: dict[str, str]) -> None:
    with pytest.raises(MalformedRequest):
        said(whatsapp, **changed)


# What became of a message


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", "sent"), ("sending", "sent"), ("sent", "sent"), ("accepted", "sent"),
        ("delivered", "delivered"), ("read", "read"),
        ("failed", "failed"), ("undelivered", "failed"), ("canceled", "failed"), ("telepathic", "failed"),
    ],
)  # fmt: skip
def test_a_status_is_read(whatsapp: WhatsApp, status: str, state: Delivery) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": "63016"}
    assert whatsapp.to_status(signed(form)) == DeliveryReport("SM1", state, "63016")
    if status == "telepathic":
        for code in ("", "0"):  # nothing says that it failed
            form = {"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": code}
            assert whatsapp.to_status(signed(form)) == DeliveryReport("SM1", "sent", code)


def test_a_status_of_nothing_or_by_anybody_is_none(whatsapp: WhatsApp) -> None:
    whole = {"MessageSid": "SM1", "MessageStatus": "failed"}
    for name in whole:
        with pytest.raises(MalformedRequest):
            whatsapp.to_status(signed(whole | {name: ""}))
    with pytest.raises(Forged):
        whatsapp.to_status(request(whole, BY_TOKEN))


# The answer


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Hello", "Hello"),
        ("5 < 6 & \"7\" > '4'", "5 < 6 & \"7\" > '4'"),
        ("</Message><Message>twice", "</Message><Message>twice"),
        ("]]> &amp; &#65;", "]]> &amp; &#65;"),
        ("one\ntwo", "one\ntwo"),
        ("déjà 😀 مرحبا", "déjà 😀 مرحبا"),
        ("a\x00b\x0bc\ufffed\ud800e", "abcde"),
    ],
)
def test_an_answer_is_read_as_it_was_written(whatsapp: WhatsApp, text: str, read: str) -> None:
    answer = whatsapp.from_reply(said(whatsapp), Reply(text, final=True))
    assert (answer.content_type, answer.then) == ("text/xml; charset=utf-8", None)
    document = ElementTree.fromstring(answer.body.encode())
    assert [(each.tag, each.text) for each in document] == [("Message", read)]


def test_nothing_to_say_is_an_empty_response(whatsapp: WhatsApp) -> None:
    assert len(ElementTree.fromstring(whatsapp.nothing().body.encode())) == 0


CHOICE = Reply(
    "Pay?\n1. Yes\n2. No", final=False, body="Pay?", taps=(Tap("~3f9a21:1", "Yes"), Tap("~3f9a21:2", "No"))
)
VALUES = {"2": "Yes", "3": "~3f9a21:1", "4": "No", "5": "~3f9a21:2"}


def test_buttons_come_after_the_answer_and_of_a_repeat_not_again() -> None:
    """They go out through the API: sent with each repeat, they would be there twice."""
    content = of_reply(CHOICE)
    assert content is not None
    ours = WhatsApp("AC1", TOKEN, "+14155238886", "https://bot.example.org", contents={content.name: "HX1"})
    first = ours.from_reply(said(ours), CHOICE)
    again = ours.from_reply(said(ours), Reply(CHOICE.text, False, CHOICE.body, CHOICE.taps, repeated=True))
    assert first.body == again.body == ours.nothing().body
    assert (first.then is not None, again.then) == (True, None)


def test_lines_above_buttons_are_sentences_in_the_one_line_that_a_variable_holds() -> None:
    greeting = msgspec.structs.replace(CHOICE, body="Hello Akello\nNot you? 99")
    assert (of_reply(CHOICE), of_reply(greeting)) == (
        Content("csb_buttons_2", VALUES | {"1": "Pay?"}),
        Content("csb_buttons_2", VALUES | {"1": "Hello Akello. Not you? 99"}),
    )


def test_without_content_of_ours_a_choice_is_numbered_text(whatsapp: WhatsApp) -> None:
    answer = whatsapp.from_reply(said(whatsapp), CHOICE)
    assert ElementTree.fromstring(answer.body.encode()).findtext("Message") == CHOICE.text
    assert answer.then is None

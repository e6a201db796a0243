"""Africa's Talking's USSD callbacks as they were recorded, and as they should never be, at the real webhook."""

import re
from urllib.parse import quote

import msgspec
import pytest
from werkzeug.test import Client, TestResponse

from bot.app import App
from channels import ussd
from channels.errors import MalformedRequest
from channels.port import CallEnded
from domain.money import Money
from domain.people.profile import SetLanguage
from domain.records.person import Language
from flows.engine import sessions
from flows.engine.gsm7 import fold, septets
from flows.engine.messages import Reply, Trace
from tests.flows.talk import MENU_HINT
from tests.leaks import leaked
from tests.people import Village, do, found_group, let_in, register
from tests.phone import traces_of
from tests.web import wsgi

SESSION = "ATUid_00000000000000000000000000000001"
FORM = "application/x-www-form-urlencoded"

HINT = "Please type the amount in digits only, like 5500."


class Line:
    """Callbacks of one phone, written byte by byte; `call` is the session they are of."""

    def __init__(self, app: App, phone: str) -> None:
        self._client, self.path, self._phone = Client(wsgi(app)), "/hooks/at/ussd/hook", phone
        self.call = SESSION

    def post(self, body: bytes, *, content_type: str = FORM, **environ: str) -> TestResponse:
        response = self._client.post(self.path, data=body, content_type=content_type, environ_overrides=environ)
        assert response.status_code in (200, 400), response.text
        if response.status_code == 200:
            assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
            assert re.match("(CON|END) .", response.text)
            screen = response.text[4:]
            assert fold(screen) == screen and septets(screen) <= 150, screen
        return response

    def say(self, text: bytes) -> str:
        """The callback with this `text`, percent-encoded already; what is heard."""
        response = self.post(
            f"phoneNumber={quote(self._phone)}&serviceCode=%2A384%2A7%23&text=".encode()
            + text
            + f"&sessionId={self.call}&networkCode=64110".encode()
        )
        assert response.status_code == 200
        return response.text


@pytest.fixture
def line(app: App, village: Village) -> Line:
    return Line(app, village.akello.phone)


# The first callback of a call


DIALLED = {
    "as recorded": "phoneNumber=%2B256772000101&serviceCode=%2A384%2A7%23&text=&sessionId={}&networkCode=64110",
    "in another order": "text=&sessionId={}&networkCode=64110&phoneNumber=%2B256772000101&serviceCode=",
    "no plus": "sessionId={}&phoneNumber=256772000101&text=",
    "a plus that is not encoded": "sessionId={}&phoneNumber=+256772000101&text=",
    "small hexadecimal digits": "sessionId={}&phoneNumber=%2b256772000101&text=",
    "no text": "sessionId={}&phoneNumber=%2B256772000101",
    "no value": "sessionId={}&phoneNumber=%2B256772000101&text",
    "only what we read": "sessionId={}&phoneNumber=%2B256772000101&text=",
    "fields we do not know": "sessionId={}&phoneNumber=%2B256772000101&text=&x=1&=2&&cost=0.00",
    "an unknown network": "sessionId={}&phoneNumber=%2B256772000101&text=&networkCode=00000",
    "a doubled text": "sessionId={}&phoneNumber=%2B256772000101&text=&text=9",
    "a doubled number": "sessionId={}&phoneNumber=%2B256772000101&phoneNumber=%2B256772000102&text=",
    "a doubled session": "sessionId={}&phoneNumber=%2B256772000101&text=&sessionId=other",
    "a long field we do not read": "sessionId={}&phoneNumber=%2B256772000101&text=&networkCode=" + "9" * 10_000,
    "a broken field we do not read": "sessionId={}&phoneNumber=%2B256772000101&text=&networkCode=%FF%E9%",
}


def test_a_call_is_understood_however_it_is_written(line: Line) -> None:
    for number, (label, body) in enumerate(DIALLED.items()):
        line.call = f"call-{number}"
        assert (label, line.post(body.format(line.call).encode()).text[:17]) == (label, "CON Hello Akello\n")
        assert (label, line.say(b"help")[:22]) == (label, "END Save by mobile mon")


@pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=UTF-8", f"{FORM};charset=iso-8859-1", "", "x/y"])
def test_the_content_type_does_not_matter(line: Line, content_type: str) -> None:
    body = DIALLED["as recorded"].format(SESSION).encode()
    assert line.post(body, content_type=content_type).text.startswith("CON Hello Akello\n")


WHOLE = {"sessionId": SESSION, "phoneNumber": "%2B256772000101", "text": "1%2A2000"}
UNREADABLE: dict[str, dict[str, str]] = {
    "an empty session": WHOLE | {"sessionId": ""},
    "a session with a space": WHOLE | {"sessionId": "ATUid%200"},
    "a session of 10 kB": WHOLE | {"sessionId": "x" * 10_000},
    "a session that is not ASCII": WHOLE | {"sessionId": "%F0%9F%98%80"},
    "an empty number": WHOLE | {"phoneNumber": ""},
    "a number of 10 kB": WHOLE | {"phoneNumber": "2" * 10_000},
    "a number in letters": WHOLE | {"phoneNumber": "Akello"},
    "a number without its country": WHOLE | {"phoneNumber": "0772000101"},
    "a number with a NUL": WHOLE | {"phoneNumber": "%2B256772000101%00"},
    "a number in latin-1": WHOLE | {"phoneNumber": "%2B25677200010%E9"},
    "more than is ever sent": WHOLE | {"text": "9" * 70_000},
    "no session": {name: WHOLE[name] for name in ("phoneNumber", "text")},
    "no number": {name: WHOLE[name] for name in ("sessionId", "text")},
    "nothing": {},
}


def test_a_callback_that_is_nobody_s_is_refused_and_loses_nobody_s_call(line: Line) -> None:
    line.say(b"")
    line.say(b"1")
    for label, fields in UNREADABLE.items():
        body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
        assert (label, line.post(body).status_code) == (label, 400)
    for length in ("", "-1", "x", "²", "1e3"):
        assert line.post(b"sessionId=1", CONTENT_LENGTH=length).status_code == 400
    assert line.say(b"1%2A2000").startswith("CON Pay UGX 2,000 to Umoja?")


def test_only_the_secret_address_takes_callbacks(app: App) -> None:
    client, body = Client(wsgi(app)), DIALLED["as recorded"].format(SESSION).encode()
    for path in ("/hooks/at/ussd/Hook", "/hooks/at/ussd/", "/hooks/at/ussd", "/hooks/at/ussd/hook/", "/hooks"):
        assert client.post(path, data=body, content_type=FORM).status_code == 404


# What is typed during a call


TYPED = {
    "nothing": b"",
    "a star": b"%2A",
    "a hash": b"%23",
    "a hash after the amount": b"2000%23",
    "a star inside": b"2000%2A1",
    "spaces": b"+++",
    "an emoji": b"%F0%9F%92%B0",
    "an emoji that is not encoded": "💰".encode(),
    "a NUL": b"%00",
    "a line break": b"%0D%0A",
    "latin-1": b"%E9",
    "latin-1 that is not encoded": b"\xe9t\xe9",
    "a lone FF": b"%FF",
    "half a character": b"%F0%9F",
    "half a surrogate pair": b"%ED%A0%80",
    "UTF-16": "2000".encode("utf-16-le").replace(b"\x00", b"%00"),
    "a percent sign": b"%",
    "a broken escape": b"%zz",
    "right to left": quote("خمسة").encode(),
    "a script": b"%3Cscript%3E",
    "an operator": b"%7B%22%24gt%22%3A0%7D",
    "10 kB": b"9x" * 5_000,
    "10 kB of stars": b"%2A" * 10_000,
    "10 kB of emoji": quote("💰" * 2_500).encode(),
    "braces": b"%7Bamount%7D",
}


def test_what_is_no_amount_is_asked_for_again_and_the_call_goes_on(line: Line) -> None:
    for number, (label, typed) in enumerate(TYPED.items()):
        line.call = f"call-{number}"
        line.say(b"1")
        heard = line.say(b"1%2A" + typed)
        assert (label, heard) == (
            label,
            f"CON {HINT}\nUmoja, meeting of 5 Oct. How much?\n1. Pay UGX 5,500\n0 Back",
        )
        assert (label, line.say(b"1%2A" + typed + b"%2A2000")[:23]) == (label, "CON Pay UGX 2,000 to Um")


def test_an_empty_answer_keeps_its_place(line: Line) -> None:
    """`1*` and `1**2`: an answer of nothing is an answer, and shifts none of the others."""
    line.say(b"")
    line.say(b"1")
    assert line.say(b"1%2A").startswith(f"CON {HINT}")
    assert line.say(b"1%2A%2A").startswith(f"CON {HINT}")
    assert line.say(b"1%2A%2A%2A1").startswith("CON Pay UGX 5,500 to Umoja. Your PIN?")
    assert line.say(b"1%2A%2A%2A1%2A").startswith("CON A PIN is 4 or 5 digits.")
    assert line.say(b"1%2A%2A%2A1%2A%2A2581").startswith("END Now approve UGX 5,500")


QUESTIONS = {
    "the menu": ("", MENU_HINT),
    "the PIN": ("2", "A PIN is 4 or 5 digits."),
    "a group's code": ("join", "Please type the digits of the code."),
    "the language": ("language", "Please choose a number from 1 to 3."),
    "a confirmation": ("1*2000", "Please choose a number from 1 to 2."),
}


@pytest.mark.parametrize(("before", "hint"), QUESTIONS.values(), ids=QUESTIONS)
def test_every_question_says_what_to_type(line: Line, before: str, hint: str) -> None:
    for number, typed in enumerate(TYPED.values()):
        line.call = f"call-{number}"
        line.say(quote(before).encode())
        if typed and not typed.startswith(b"2000"):
            separator = b"%2A" if before else b""
            assert line.say(quote(before).encode() + separator + typed).startswith(f"CON {hint}\n")


# Amounts, in two currencies and three languages


AMOUNTS: dict[str, tuple[str, str]] = {
    # what is typed, what is heard in UGX, what is heard in KES
    "500": ("Pay UGX 500 to {}?", "Pay KES 500 to {}?"),
    "٥٠٠": ("Pay UGX 500 to {}?", "Pay KES 500 to {}?"),
    "1.5": (HINT, "At least KES 10. Please type it like 220."),
    "1,500": ("Pay UGX 1,500 to {}?", "At most KES 1,020."),
    "-5": (HINT, "{hint}"),
    "1e9": (HINT, "{hint}"),
    "9" * 30: ("At most UGX 25,500.", "At most KES 1,020."),
    "1.555": ("Pay UGX 1,555 to {}?", "{hint}"),
    "25501": ("At most UGX 25,500.", "At most KES 1,020."),
    "0": ("Hello Akello", "Save in which group?"),
}
KES_HINT = "Please type the amount in digits only, like 220."


@pytest.fixture
def bidii(app: App, village: Village) -> str:
    """Akello's other group, which saves in Kenya shillings."""
    bidii = found_group(app.store, "20202", "Bidii", Money(20_000, "KES"), {village.nakato: "secretary"})
    let_in(app.store, bidii, "20202", village.nakato, village.akello)
    return "Bidii"


def first_line(heard: str) -> str:
    return heard[4:].split("\n")[0]


def test_amounts_in_a_currency_without_decimals(line: Line) -> None:
    for number, (typed, (heard, _)) in enumerate(AMOUNTS.items()):
        line.call = f"call-{number}"
        line.say(b"1")
        said = first_line(line.say(b"1%2A" + quote(typed).encode()))
        assert (typed, said) == (typed, heard.format("Umoja"))


def test_amounts_in_a_currency_with_decimals(line: Line, bidii: str) -> None:
    for number, (typed, (_, heard)) in enumerate(AMOUNTS.items()):
        line.call = f"call-{number}"
        line.say(b"1%2A2")
        said = first_line(line.say(b"1%2A2%2A" + quote(typed).encode()))
        assert (typed, said) == (typed, heard.format(bidii, hint=KES_HINT))


@pytest.mark.parametrize(
    ("language", "hint"),
    [
        ("fr", "Tapez le montant en chiffres seulement, comme 5500."),
        ("sw", "Andika kiasi kwa tarakimu tu, kama 5500."),
    ],
)
def test_a_slip_is_answered_in_the_member_s_language(
    app: App, village: Village, line: Line, language: Language, hint: str
) -> None:
    do(app.store, SetLanguage(village.akello.id, language))
    for number, typed in enumerate(("1,500x", "1.5", "-5", "1e9", "💰", "#", "*")):
        line.call = f"call-{number}"
        line.say(b"1")
        assert first_line(line.say(b"1%2A" + quote(typed).encode())) == hint
        assert "UGX" in line.say(b"1%2A" + quote(typed).encode() + b"%2A2000")


# Screens


def test_the_longest_names_in_every_language_stay_on_the_screen(app: App, village: Village) -> None:
    """`Line` measures every screen: here names of which each character counts twice."""
    wide = "A" + "€" * 39
    member = register(app.store, wide, "+256772000120", "4829")
    names = [f"{number}{'{' * 39}" for number in range(1, 5)]
    for number, name in enumerate(names):
        price = Money(100_000_000_000, "KES")
        found_group(app.store, f"7000{number}", name, price, {member: "chairperson"})
    for language in ("en", "fr", "sw"):
        do(app.store, SetLanguage(member.id, language))
        app.link.do(sessions.forget_profile(member.id))
        line = Line(app, member.phone)
        line.call = f"call-{language}"
        said = line.say(text := b"2") + line.say(text := text + b"%2A4829")
        while "98 " in said[-30:]:
            said += line.say(text := text + b"%2A98")
        assert all(name in said.replace("\n", "") for name in names)


# The pieces


def test_a_reply_is_one_line_of_text_with_its_prefix() -> None:
    assert ussd.from_reply(Reply("How much?", final=False)) == "CON How much?"
    assert ussd.from_reply(Reply("Bye.", final=True)) == "END Bye."


def test_a_request_is_all_that_was_typed_in_a_session() -> None:
    """And nothing else: operators repeat a request with its fields in another order."""
    form = {"sessionId": SESSION, "phoneNumber": "256772000101", "text": "1*2581", "networkCode": "64110"}
    message = ussd.to_message(form)
    assert (message.sender, message.session, message.transcript) == ("+256772000101", SESSION, "1*2581")
    assert ussd.to_message(form | {"networkCode": "99999"}) == message
    assert ussd.to_message(form | {"text": "1*2582"}) != message


ENDED = {
    "Success": ("21840", False, 21_840),
    "Incomplete": ("0", True, 0),
    "Failed": ("", True, 0),
    "": ("²", True, 0),
    "success": ("9" * 400, True, 0),
}


@pytest.mark.parametrize(("status", "ended"), ENDED.items())
def test_the_end_of_a_call_is_read(status: str, ended: tuple[str, bool, int]) -> None:
    duration, dropped, duration_ms = ended
    form = {"sessionId": SESSION, "phoneNumber": "+256772000101", "status": status, "durationInMillis": duration}
    assert ussd.to_call_ended(form) == CallEnded("ussd", "+256772000101", dropped, duration_ms)
    with pytest.raises(MalformedRequest):
        ussd.to_call_ended(form | {"phoneNumber": ""})


def test_the_end_of_a_call_is_noted_and_the_journal_stays(app: App, village: Village, line: Line) -> None:
    line.say(b"1")
    post = Client(wsgi(app)).post
    ended = {
        "date": "2026-10-01 09:30:11",
        "sessionId": SESSION,
        "serviceCode": "*384*7#",
        "networkCode": "64110",
        "phoneNumber": village.akello.phone,
        "status": "Incomplete",
        "cost": "0.00",
        "durationInMillis": "21840",
        "hopsCount": "2",
        "input": "1*2581",
        "lastAppResponse": "CON Umoja",
    }
    assert post("/hooks/at/ussd-events/hook", data=ended).status_code == 200
    assert post("/hooks/at/ussd-events/wrong", data=ended).status_code == 404
    assert post("/hooks/at/ussd-events/hook", data=ended | {"phoneNumber": ""}).status_code == 400
    traces = [msgspec.json.decode(each, type=Trace) for each in traces_of(app)]
    assert [(trace.outcome, trace.ms) for trace in traces if trace.outcome == "dropped"] == [("dropped", 21_840)]
    assert leaked(b"\n".join(traces_of(app)), "2581") == []
    line.call = "next-call"
    assert line.say(b"").startswith("CON You were not finished. Go on?")


def test_two_phones_have_a_call_each(app: App, village: Village, line: Line) -> None:
    other = Line(app, village.okot.phone)
    other.call = "okot-s"
    line.say(b"1")
    assert other.say(b"").startswith("CON Hello Okot")
    assert line.say(b"1%2A2000").startswith("CON Pay UGX 2,000")

"""Africa's Talking's USSD gateway: what the bot gets, and what the phone is shown."""

import re
import threading

import pytest
import requests
from werkzeug import Response

from simulator.gsm import screen_places, septets, sms_parts
from tests.simulator.conftest import GRACE, OKOT, SECRET, STRANGER, Bot, Phones, Start


def test_a_call_is_one_post_per_answer_and_text_grows(bot: Bot, phones: Phones) -> None:
    bot.screens += ["CON Group 12\n1. Save\n2. Balance", "CON Amount to save:", "END You will get a prompt."]
    first = phones.dial()
    assert first == {"session": first["session"], "text": "Group 12\n1. Save\n2. Balance", "open": True}
    assert phones.reply(first["session"], "1")["text"] == "Amount to save:"
    assert phones.reply(first["session"], "5000") == first | {
        "text": "You will get a prompt.",
        "open": False,
    }

    session = first["session"]
    assert re.fullmatch(r"ATUid_[0-9a-f]{32}", session)
    calls = bot.called("ussd", 3)
    assert [call.form["text"] for call in calls] == ["", "1", "1*5000"]
    assert calls[2].body == (
        "phoneNumber=%2B256772000101&serviceCode=%2A384%2A7%23&text=1%2A5000"
        f"&sessionId={session}&networkCode=64110"
    )
    assert calls[0].path == f"/hooks/at/ussd/{SECRET}"
    assert calls[0].headers["User-Agent"] == "at-ussd-api/1.0"
    assert calls[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_the_end_event_tells_the_whole_call(bot: Bot, phones: Phones) -> None:
    bot.screens += [
        Response("CON Menu", headers={"at-ussd-hop-metadata": "menu"}),
        Response("END Bye", headers={"at-ussd-hop-metadata": "done"}),
    ]
    session = phones.dial()["session"]
    phones.reply(session, "2")
    event = bot.called("ussd-events")[0]
    assert event.path == f"/hooks/at/ussd-events/{SECRET}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", event.form.pop("date"))
    assert int(event.form.pop("durationInMillis")) < 10_000
    assert event.form == {
        "sessionId": session,
        "serviceCode": "*384*7#",
        "networkCode": "64110",
        "phoneNumber": GRACE,
        "status": "Success",
        "cost": "0.00",
        "hopsCount": "2",
        "hopsMetadata": "menu|done",
        "input": "2",
        "lastAppResponse": "END Bye",
    }
    # The label of a hop comes back with the next callback, and the first has none.
    hops = [call.headers.get("At-Ussd-Hop-Metadata") for call in bot.called("ussd", 2)]
    assert hops == [None, "menu"]


@pytest.mark.parametrize(
    ("code", "text"),
    [("*384*7#", ""), ("*384*7*1#", "1"), ("*384*7*1*500#", "1*500"), ("*384*7*1**2#", "1**2")],
)
def test_answers_dialled_in_the_code_are_the_first_text(bot: Bot, phones: Phones, code: str, text: str) -> None:
    bot.screens += ["CON Next?", "END Done"]
    session = phones.dial(code=code)["session"]
    phones.reply(session, "9")
    calls = bot.called("ussd", 2)
    assert calls[0].form["text"] == text
    assert calls[0].form["serviceCode"] == "*384*7#"
    assert calls[1].form["text"] == (f"{text}*9" if text else "9")


@pytest.mark.parametrize("code", ["*384*8#", "*384*7", "*384*77#", "384*7#", ""])
def test_a_code_that_is_not_ours_never_reaches_the_bot(bot: Bot, phones: Phones, code: str) -> None:
    answer = phones.post("ussd/dial", phone=GRACE, code=code)
    assert answer.status_code == 404
    assert answer.json() == {"error": "Connection problem or invalid MMI code."}
    assert bot.so_far("ussd") == []


def test_an_empty_answer_keeps_its_place(bot: Bot, phones: Phones) -> None:
    bot.screens += ["CON a", "CON b", "CON c", "END d"]
    session = phones.dial()["session"]
    for text in ("1", "", "2"):
        phones.reply(session, text)
    assert [call.form["text"] for call in bot.called("ussd", 4)] == ["", "1", "1*", "1**2"]


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("Hello", "The service's answer begins with neither CON nor END"),
        (" CON Hello", "The service's answer begins with neither CON nor END"),
        ("CONTINUE", "The service's answer begins with neither CON nor END"),
        ('{"text": "CON Hello"}', "The service's answer begins with neither CON nor END"),
        (Response("\ufeffCON Hello"), "The service's answer begins with neither CON nor END"),
        (Response(b"CON \xff"), "The service's answer is not UTF-8"),
        ("", "The service answered with nothing"),
        (Response("CON Hello", 404), "The service answered with HTTP 404"),
        (Response("CON Hello", 500), "The service answered with HTTP 500"),
        (Response("CON Hello", 302, {"Location": "/hooks/at/ussd/x"}), "The service answered with HTTP 302"),
        ("CON " + "x" * 161, "The screen takes 161 places; the network carries 160"),
        ("END " + "x" * 158 + "€€", "The screen takes 162 places; the network carries 160"),
        ("CON " + "ş" * 81, "The screen takes 162 places; the network carries 160"),
    ],
)
def test_an_answer_no_operator_shows_ends_the_call_as_failed(
    bot: Bot, phones: Phones, answer: str | Response, shown: str
) -> None:
    bot.screens.append(answer)
    refused = phones.post("ussd/dial", phone=GRACE, code="*384*7#")
    assert (refused.status_code, refused.json()) == (502, {"error": shown})
    event = bot.called("ussd-events")[0].form
    assert (event["status"], event["errorMessage"]) == ("Failed", shown)


@pytest.mark.parametrize("screen", ["x" * 160, "x" * 158 + "€", "ş" * 80, "", "à\nÉ"])
def test_a_screen_that_just_fits_is_shown(bot: Bot, phones: Phones, screen: str) -> None:
    bot.screens.append(Response(f"CON {screen}", content_type="text/html"))
    assert phones.dial()["text"] == screen


def test_a_network_of_its_own_carries_what_it_says(bot: Bot, phones: Phones) -> None:
    airtel = {"menu_max": 184, "input_max": 90, "idle_s": 60, "total_s": 180}
    assert phones.get("ussd/profile", phone=OKOT) == airtel
    default = {"menu_max": 160, "input_max": 80, "idle_s": 20, "total_s": 180}
    assert phones.get("ussd/profile", phone=STRANGER) == default
    bot.screens += ["CON " + "x" * 184, "END ok"]
    session = phones.dial(OKOT)["session"]
    too_long = phones.post("ussd/reply", session=session, text="1" * 91)
    assert too_long.status_code == 400
    assert too_long.json() == {"error": "The network carries 90 characters"}
    # The call went on, and the answer that was refused left no trace.
    assert phones.reply(session, "1" * 90)["text"] == "ok"
    assert [call.form["text"] for call in bot.called("ussd", 2)] == ["", "1" * 90]


def test_a_bot_that_is_late_fails_the_call(bot: Bot, start: Start) -> None:
    phones = start(answer_seconds=0.2)
    bot.screens.append("hang")
    refused = phones.post("ussd/dial", phone=GRACE, code="*384*7#")
    assert (refused.status_code, refused.json()) == (502, {"error": "The service did not answer in 0.2 s"})
    assert bot.called("ussd-events")[0].form["status"] == "Failed"


def test_a_bot_that_trickles_is_late_too(bot: Bot, start: Start) -> None:
    def trickle() -> object:
        yield b"END "
        while not bot.released.wait(0.05):
            yield b"x"

    phones = start(answer_seconds=0.3)
    bot.screens.append(Response(trickle()))  # type: ignore[arg-type]
    assert phones.dial() == {"error": "The service did not answer in 0.3 s"}


def test_a_bot_that_is_gone_fails_the_call(start: Start) -> None:
    phones = start(bot_url="http://127.0.0.1:9")
    assert phones.dial() == {"error": "The service cannot be reached"}


def test_hanging_up_is_an_incomplete_call(bot: Bot, phones: Phones) -> None:
    bot.screens.append("CON Menu")
    session = phones.dial()["session"]
    assert phones.post("ussd/hangup", session=session).json() == {}
    event = bot.called("ussd-events")[0].form
    assert (event["status"], event["input"], event["lastAppResponse"]) == ("Incomplete", "", "CON Menu")
    assert "errorMessage" not in event
    late = phones.post("ussd/reply", session=session, text="1")
    assert (late.status_code, late.json()) == (410, {"error": "The session has ended"})
    phones.post("ussd/hangup", session=session)
    assert len(bot.called("ussd-events")) == 1


@pytest.mark.parametrize("limit", ["idle_s", "total_s"])
def test_a_call_left_alone_is_incomplete(bot: Bot, start: Start, limit: str) -> None:
    phones = start(profiles={"64110": {limit: 0.3}})
    bot.screens.append("CON Menu")
    phones.dial()  # the time of the whole call may be over before the screen is there
    ended = bot.called("ussd-events")[0].form
    assert ended["status"] == "Incomplete"
    assert phones.reply(ended["sessionId"], "1") == {"error": "The session has ended"}


def test_a_phone_carries_one_call(bot: Bot, phones: Phones) -> None:
    bot.screens += ["CON first", "CON of another phone", "CON second"]
    first, other, second = phones.dial(), phones.dial(OKOT), phones.dial()
    ended = bot.called("ussd-events")[0].form
    assert (ended["sessionId"], ended["status"]) == (first["session"], "Incomplete")
    bot.screens += ["END a", "END b"]
    assert phones.reply(other["session"], "1")["text"] == "a"
    assert phones.reply(second["session"], "1")["text"] == "b"


def test_a_repeat_is_the_same_request_byte_for_byte(bot: Bot, phones: Phones) -> None:
    bot.screens += [Response("CON a", headers={"at-ussd-hop-metadata": "menu"}), "END b", "END b"]
    session = phones.dial()["session"]
    phones.reply(session, "1*2#")
    assert phones.post("ussd/repeat", session=session).json() == {
        "session": session,
        "text": "b",
        "open": False,
    }
    _, sent, again = bot.called("ussd", 3)
    assert (sent.body, sent.headers) == (again.body, again.headers)
    assert "text=1%2A2%23&" in again.body
    assert len(bot.called("ussd-events")) == 1
    assert phones.post("ussd/repeat", session="ATUid_none").status_code == 404


def test_a_second_answer_waits_for_the_first(bot: Bot, phones: Phones) -> None:
    bot.screens += ["CON a", "hang"]
    session = phones.dial()["session"]
    slow = threading.Thread(target=phones.reply, args=(session, "1"))
    slow.start()
    bot.called("ussd", 2)
    again = requests.post(f"{phones.sim.url}/sim/ussd/reply", json={"session": session, "text": "2"})
    assert (again.status_code, again.json()) == (409, {"error": "The last answer is still on its way"})
    bot.released.set()
    slow.join()
    assert bot.called("ussd-events")[0].form["input"] == "1"


@pytest.mark.parametrize(("switch", "asked"), [("lost_before_bot", 0), ("lost_after_bot", 1)])
def test_a_lost_call_is_incomplete_whether_the_bot_heard_or_not(
    bot: Bot, phones: Phones, switch: str, asked: int
) -> None:
    phones.post("faults", ussd={switch: 1})
    bot.screens.append("CON Menu")
    assert phones.dial() == {"error": "Connection problem or invalid MMI code."}
    assert len(bot.called("ussd", asked)) == asked
    assert bot.called("ussd-events")[0].form["status"] == "Incomplete"
    # One call was to be lost, and the next is not.
    bot.screens.append("CON Menu")
    assert phones.dial()["open"]


def test_callbacks_and_end_events_come_twice_when_told(bot: Bot, phones: Phones) -> None:
    phones.post("faults", ussd={"callback_twice": 1, "end_event_twice": -1})
    bot.screens += ["END shown", "END not shown"]
    assert phones.dial()["text"] == "shown"
    first, second = bot.called("ussd", 2)
    assert first.body == second.body
    one, two = bot.called("ussd-events", 2)
    assert one.body == two.body


@pytest.mark.parametrize(
    ("path", "body"),
    [("ussd/dial", {"phone": GRACE}), ("ussd/reply", {"session": "x", "text": 5}), ("ussd/hangup", {})],
)
def test_a_control_request_that_lacks_a_string_is_refused(
    phones: Phones, path: str, body: dict[str, object]
) -> None:
    answer = phones.http.post(f"{phones.sim.url}/sim/{path}", json=body)
    assert answer.status_code == 400
    assert "strings" in answer.json()["error"]


@pytest.mark.parametrize(
    ("text", "places", "parts"),
    [("", 0, 1), ("@£à\n", 4, 1), ("[€]", 6, 1), ("x" * 160, 160, 1), ("x" * 161, 161, 2), ("x" * 307, 307, 3)],
)
def test_gsm_text_is_counted_in_septets(text: str, places: int, parts: int) -> None:
    assert (septets(text), screen_places(text), sms_parts(text)) == (places, places, parts)


@pytest.mark.parametrize(
    ("text", "places", "parts"), [("ê", 2, 1), ("😀", 4, 1), ("ê" * 70, 140, 1), ("ê" * 71, 142, 2)]
)
def test_other_text_is_counted_in_ucs2(text: str, places: int, parts: int) -> None:
    assert (septets(text), screen_places(text), sms_parts(text)) == (None, places, parts)

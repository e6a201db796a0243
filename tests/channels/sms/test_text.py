"""SMS over Africa's Talking, through its own SDK, against the stand-in that speaks its wire format."""

from collections.abc import Callable, Iterator

import pytest
from werkzeug import Request, Response

from channels.errors import MalformedRequest, SendFailed, Unreachable
from channels.port import Push, Stopped
from channels.sms.text import AfricasTalkingSms, to_delivery_report, to_opt_out, to_stopped
from simulator.africas_talking.sms import REJECTIONS
from simulator.server import Simulator
from tests.served import Served

AKELLO = "+256772000101"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    people = [{"name": "Akello Grace", "phone": AKELLO}]
    running = Simulator({"port": 0, "people": people, "at_api_key": "k", "delivery_seconds": 3600})
    running.start()
    yield running
    running.stop()


@pytest.fixture
def sms(simulator: Simulator) -> AfricasTalkingSms:
    return AfricasTalkingSms("sandbox", "k", url=simulator.url)


def refused(sms: AfricasTalkingSms, phone: str = AKELLO) -> SendFailed:
    with pytest.raises(SendFailed) as failure:
        sms.send(Push(phone, "Hello"))
    assert failure.value.channel == "sms"
    assert phone not in str(failure.value), "an error names nobody"
    return failure.value


# Out


def test_a_message_reaches_the_phone_and_is_known_by_the_provider_s_id(
    simulator: Simulator, sms: AfricasTalkingSms
) -> None:
    id = sms.send(Push(AKELLO, "Received: UGX 5,500 for Umoja & sons + co. é"))
    (message,) = simulator.sms.inbox(AKELLO)
    assert (message["id"], message["text"]) == (id, "Received: UGX 5,500 for Umoja & sons + co. é")
    assert message["from"] == "AFRICASTKNG"


def test_a_registered_sender_is_named(simulator: Simulator) -> None:
    AfricasTalkingSms("sandbox", "k", sender_id="CHAMA", url=f"{simulator.url}/").send(Push(AKELLO, "Hello"))
    assert [message["from"] for message in simulator.sms.inbox(AKELLO)] == ["CHAMA"]


STATUSES = {
    "RiskHold": False,
    "InvalidSenderId": False,
    "InvalidPhoneNumber": False,
    "UnsupportedNumberType": False,
    "InsufficientBalance": True,
    "UserInBlacklist": False,
    "CouldNotRoute": False,
    "InternalServerError": True,
    "GatewayError": True,
    "RejectedByGateway": True,
}


def test_a_rejected_number_is_tried_again_only_where_that_may_help(
    simulator: Simulator, sms: AfricasTalkingSms
) -> None:
    assert STATUSES.keys() == REJECTIONS.keys()
    for status, retryable in STATUSES.items():
        simulator.sms.faults.set({"rejects": {AKELLO: status}})
        failure = refused(sms)
        assert (status, failure.retryable) == (status, retryable)
        assert str(failure) == f"sms: {REJECTIONS[status]} {status}"
        gone = status in {"InvalidPhoneNumber", "UnsupportedNumberType", "UserInBlacklist"}
        assert (status, isinstance(failure, Unreachable)) == (status, gone)
    assert simulator.sms.inbox(AKELLO) == []


def test_a_number_that_opted_out_is_unreachable_until_it_opts_in(
    simulator: Simulator, sms: AfricasTalkingSms
) -> None:
    simulator.sms.write(AKELLO, "STOP")
    assert isinstance(refused(sms), Unreachable)
    simulator.sms.write(AKELLO, "START")
    assert sms.send(Push(AKELLO, "Hello")).startswith("ATXid_")


def test_a_request_that_is_rejected_whole_is_a_201_without_recipients(
    simulator: Simulator, sms: AfricasTalkingSms
) -> None:
    simulator.sms.faults.set({"request_rejected": 1, "rejection": "InvalidSenderId"})
    failure = refused(sms)
    assert (failure.retryable, str(failure)) == (False, "sms: InvalidSenderId")


def test_a_wrong_key_and_an_error_of_theirs_may_pass(simulator: Simulator, sms: AfricasTalkingSms) -> None:
    assert refused(AfricasTalkingSms("sandbox", "wrong", url=simulator.url)).retryable
    simulator.sms.faults.set({"status_500_before_accept": 1})
    assert refused(sms).retryable


def test_a_number_that_is_none_is_not_sent_to(sms: AfricasTalkingSms) -> None:
    for phone in ("0772000101", "256772000101", "", "+25a"):
        with pytest.raises(SendFailed) as failure:
            sms.send(Push(phone, "Hello"))
        assert not failure.value.retryable


def test_nobody_there_may_pass() -> None:
    failure = refused(AfricasTalkingSms("sandbox", "k", url="http://127.0.0.1:9"))
    assert (failure.retryable, str(failure)) == (True, "sms: ConnectionError")


Answering = Callable[[Callable[[Request], Response]], AfricasTalkingSms]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """A provider that answers as the test says."""
    servers = list[Served]()

    def start(answer: Callable[[Request], Response]) -> AfricasTalkingSms:
        servers.append(Served(Request.application(answer)))
        return AfricasTalkingSms("sandbox", "k", url=servers[-1].url)

    yield start
    for server in servers:
        server.close()


ACCEPTED = (
    '{"SMSMessageData":{"Message":"Sent to 1/1 Total Cost: UGX 35.0000","Recipients":[{"statusCode":101,'
    '"number":"+256772000101","status":"Success","cost":"UGX 35.0000","messageId":"ATXid_1"}]}}'
)


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "text/plain"])
def test_an_answer_is_read_whatever_its_content_type(answering: Answering, content_type: str) -> None:
    """The SDK reads only what is `application/json` to the letter."""
    sms = answering(lambda _: Response(ACCEPTED, 201, content_type=content_type))
    assert sms.send(Push(AKELLO, "Hello")) == "ATXid_1"


@pytest.mark.parametrize("accepted", [100, 101, 102])
def test_processed_sent_and_queued_are_accepted(answering: Answering, accepted: int) -> None:
    body = ACCEPTED.replace("101,", f"{accepted},")
    sms = answering(lambda _: Response(body, 201, content_type="application/json"))
    assert sms.send(Push(AKELLO, "Hi")) == "ATXid_1"


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ('"401"', False),
        ('"500"', True),
        ("503", True),
        ("499", False),
        ('"Sent"', False),
        ("null", False),
        ("[]", False),
    ],
)
def test_a_code_in_quotes_counts_as_one_without_and_a_new_one_as_its_hundred(
    answering: Answering, code: str, retryable: bool
) -> None:
    for accepted in ('"101"', '"100"', "103"):
        body = ACCEPTED.replace("101,", f"{accepted},")
        sms = answering(lambda _, body=body: Response(body, 201, content_type="application/json"))  # type: ignore[misc]
        assert sms.send(Push(AKELLO, "Hi")) == "ATXid_1"
    body = ACCEPTED.replace("101,", f"{code},")
    assert (
        refused(answering(lambda _: Response(body, 201, content_type="application/json"))).retryable is retryable
    )


@pytest.mark.parametrize("of", ['"messageId":"None"', '"messageId":null', '"other":1'])
def test_what_was_accepted_without_an_id_was_sent(answering: Answering, of: str) -> None:
    body = ACCEPTED.replace('"messageId":"ATXid_1"', of)
    sms = answering(lambda _: Response(body, 201, content_type="application/json"))
    assert sms.send(Push(AKELLO, "Hi")) == ""


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "{}", '"x"', '{"SMSMessageData":null}', '{"SMSMessageData":{"Recipients":null}}']
)
def test_an_answer_that_says_nothing_is_not_asked_again(answering: Answering, body: str) -> None:
    """It was taken, as far as we know: a second one would be read twice."""
    assert not refused(answering(lambda _: Response(body, 200, content_type="text/html"))).retryable


def test_an_error_page_is_not_kept_whole(answering: Answering) -> None:
    failure = refused(answering(lambda _: Response("x" * 5_000, 503)))
    assert failure.retryable and len(str(failure)) < 250


# In


def test_a_delivery_report_is_read() -> None:
    states = {
        "Success": "delivered", "Failed": "failed", "Rejected": "failed",
        "Sent": "sent", "Submitted": "sent", "Buffered": "sent", "submitted": "sent",
        "Expired": "failed", "AbsentSubscriber": "failed", "ABSENTSUBSCRIBER": "failed", "Other": "failed",
    }  # fmt: skip
    for status, state in states.items():
        report = to_delivery_report({"id": "ATXid_1", "status": status, "failureReason": "UserIsInactive"})
        assert (report.provider_id, report.state, report.reason) == ("ATXid_1", state, "UserIsInactive")
    assert to_delivery_report({"id": "ATXid_1"}).reason == ""
    expired = to_delivery_report({"id": "ATXid_1", "status": "Expired"})
    assert (expired.state, expired.reason) == ("failed", "Expired")
    # What is new and gives no reason may still arrive: nobody is sent the same twice because of it.
    for status in ("Other", "EnRoute", ""):
        assert to_delivery_report({"id": "ATXid_1", "status": status}).state == "sent"
    for nobody_s in ({}, {"id": ""}, {"status": "Success"}):
        with pytest.raises(MalformedRequest):
            to_delivery_report(nobody_s)


@pytest.mark.parametrize(
    ("wish", "typed"),
    [
        (
            Stopped(AKELLO, True),
            [
                *["STOP", "stop", " Stop! ", "Stop.", "STOP ALL", "Unsubscribe", "Acha", "ARRÊT", "arret", "quit"],
                *["Komesha", "Arrêter", "OPT-OUT", "Cancel", "END", "revoke"],
            ],
        ),
        (Stopped(AKELLO, False), ["START", "start", "Anza", "Reprendre", "unstop"]),
        (None, ["", "BALANCE", "please stop", "don't stop", "startle", "acha!!!wapi", "0"]),
    ],
)
def test_stop_and_start_are_heard_in_every_language_and_only_alone(wish: Stopped | None, typed: list[str]) -> None:
    for text in typed:
        assert (text, to_stopped({"from": AKELLO, "text": text})) == (text, wish)


def test_what_may_be_said_of_a_conversation_does_not_stop_messages_where_there_is_one() -> None:
    for text in ("CANCEL", "End"):
        assert to_stopped({"from": AKELLO, "text": text}, menus=True) is None
    assert to_stopped({"from": AKELLO, "text": "Stop", "id": "1"}, menus=True) == Stopped(AKELLO, True, "1")


def test_a_message_is_of_its_sender_however_the_number_is_written() -> None:
    for number in (AKELLO, "256772000101", " 256772000101"):
        assert to_stopped({"from": number, "text": "STOP"}) == Stopped(AKELLO, True)
        assert to_opt_out({"phoneNumber": number, "senderId": "CHAMA"}) == to_stopped(
            {"from": AKELLO, "text": "STOP"}
        )
    for nobody in ("CHAMA", "MTN Uganda", "4455", "+256 772"):
        assert to_stopped({"from": nobody, "text": "STOP"}) is None, "an operator's news"
        assert to_opt_out({"phoneNumber": nobody}) is None
    for lacking in ({}, {"from": "", "text": "STOP"}, {"from": " "}):
        with pytest.raises(MalformedRequest):
            to_stopped(lacking)

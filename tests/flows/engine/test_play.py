"""The engine's core, on small conversations."""

import pytest

from domain.groups.join import JoinGroup, group_with_code
from domain.money import Money
from flows import ask
from flows.dialogue import flow, go_round, read, speak, submit
from flows.engine.journal import Answer, Session, decode_session, encode
from flows.engine.play import ANSWERS_MAX, BACK, HOME, MORE, STEPS_MAX, ConversationTooLong, Turn, play
from flows.engine.screen import say
from flows.engine.steps import Conversation, Speak
from flows.words.texts import t
from tests.flows.engine.talking import JOINED, Start, Talk, join_one, values, visit

# Journal, back and home


def test_the_journal_holds_each_answer_under_its_flow_and_step() -> None:
    talk = Talk(visit)
    assert talk.type("Akello", "31").step == "visit.ok"
    assert talk.journal == (
        Answer("visit.name", "answer", "Akello", 0),
        Answer("visit.age", "answer", 31, 0),
    )
    assert talk.type("1").screen == say("Good.")


@pytest.mark.parametrize("slip", ["", "12", "x" * 21, "😀"])
def test_a_slip_is_answered_with_a_hint_and_keeps_the_journal(slip: str) -> None:
    talk = Talk(visit)
    assert talk.type(slip).outcome == "invalid"
    assert talk.turn.step == "visit.name"
    assert talk.turn.screen is not None and talk.turn.screen.hint is not None
    assert talk.journal == ()


def test_back_is_a_shorter_journal_and_home_an_empty_one() -> None:
    talk = Talk(visit)
    assert talk.type("Akello", "31", BACK).step == "visit.age"
    assert (talk.turn.outcome, values(talk.journal)) == ("back", {"visit.name": "Akello"})
    assert talk.type("31", HOME).step == "visit.name"
    assert (talk.turn.outcome, talk.journal) == ("home", ())


def test_back_on_the_first_question_stays_there() -> None:
    assert Talk(visit).type(BACK).step == "visit.name"


def test_what_was_answered_is_named_also_when_it_is_taken_back() -> None:
    assert Talk(visit).type("Akello", BACK).answered == "visit.age"


def test_deep_counts_what_the_member_answered_and_not_what_the_store_did() -> None:
    @flow("greeting")
    def greeting() -> Conversation:
        yield from read("group", group_with_code, "101")
        yield from ask.text("name", "Name?", most=20)
        yield from ask.text("more", "More?", most=20)
        return say("Good.")

    talk = Talk(greeting, {"greeting.group": "Umoja"})
    assert (talk.turn.deep, len(talk.journal)) == (0, 1)
    assert talk.type("Akello").deep == 1


def test_back_takes_what_was_read_for_the_question_with_it() -> None:
    @flow("lookup")
    def lookup() -> Conversation:
        code = yield from ask.code("code", "Code?")
        group = yield from read("group", group_with_code, code)
        yield from ask.confirm("ok", group)
        return say("Good.")

    talk = Talk(lookup, {"lookup.group": "Umoja"})
    talk.type("101", BACK)
    assert (talk.turn.step, talk.journal) == ("lookup.code", ())
    talk.type("102")
    assert talk.wanted == ["lookup.group", "lookup.group"]


def test_back_never_crosses_a_command_but_goes_home() -> None:
    talk = Talk(join_one, {"join_one.join": JOINED})
    assert talk.type("101", "Near", BACK).step == "join_one.why"  # no command between these two
    assert talk.type(BACK).step == "join_one.code"
    assert (talk.turn.outcome, talk.journal) == ("back", ())


def test_the_screen_that_says_what_was_done_has_no_way_back() -> None:
    @flow("done")
    def done() -> Conversation:
        code = yield from ask.code("code", "Code?")
        yield from submit("join", JoinGroup("me", code))
        return say("Good.")

    talk = Talk(done, {"done.join": JOINED})
    assert (talk.type("101").deep, talk.turn.screen) == (0, say("Good."))
    for key, outcome in ((BACK, "invalid"), (HOME, "invalid"), (MORE, "more")):
        assert (talk.type(key).outcome, talk.turn.screen) == (outcome, say("Good."))


def test_a_command_is_wanted_once_however_often_the_journal_is_replayed() -> None:
    talk = Talk(join_one, {"join_one.join": JOINED})
    talk.type("101", "", "", "Near", BACK)
    assert talk.wanted == ["join_one.join"]


# Sub-conversations and loops


def test_a_conversation_in_another_has_its_own_steps_and_gives_the_word_back() -> None:
    @flow("outer")
    def outer() -> Conversation:
        yield from ask.text("name", "Outer name?", most=20)
        yield from visit()
        yield from ask.text("end", "Outer again?", most=20)
        return say("Good.")

    talk = Talk(outer)
    talk.type("Umoja", "Akello", "31", "1")
    assert list(values(talk.journal)) == ["outer.name", "visit.name", "visit.age", "visit.ok"]
    assert (talk.turn.flow, talk.turn.step) == ("outer", "outer.end")


def test_a_step_taken_again_is_numbered() -> None:
    @flow("shopping")
    def shopping() -> Conversation:
        while (yield from ask.choice("next", "More?", {"yes": "Yes", "no": "No"})) == "yes":
            pass
        return say("Good.")

    talk = Talk(shopping)
    talk.type("1", "1", "2")
    assert values(talk.journal) == {"shopping.next": "yes", "shopping.next#2": "yes", "shopping.next#3": "no"}


def _asks(times: int) -> Start:
    @flow("long")
    def long() -> Conversation:
        for _ in range(times):
            yield from ask.confirm("again", "Again?")
        return say("Good.")

    return long


def test_a_journal_has_at_most_sixty_answers() -> None:
    assert Talk(_asks(ANSWERS_MAX)).type(*["1"] * ANSWERS_MAX).screen == say("Good.")
    endless = Talk(_asks(ANSWERS_MAX + 1))
    endless.type(*["1"] * (ANSWERS_MAX - 1))
    with pytest.raises(ConversationTooLong):
        endless.type("1")


def test_a_turn_has_at_most_a_hundred_steps() -> None:
    def chatter(steps: int) -> Start:
        def speaks() -> Conversation:
            for _ in range(steps):
                yield Speak("fr")
            return say("Good.")

        return speaks

    assert play(chatter(STEPS_MAX - 1), "en", ()).screen == say("Good.")
    with pytest.raises(ConversationTooLong):
        play(chatter(STEPS_MAX), "en", ())


# A deploy in mid-session


def _steps(*names: str) -> Start:
    @flow("form")
    def form() -> Conversation:
        for name in names:
            yield from ask.text(name, f"{name}?", most=20)
        return say("Good.")

    return form


@pytest.mark.parametrize(
    ("deployed", "asked", "kept"),
    [
        (("new", "a", "b", "c"), ["new", "c"], {"a", "b"}),
        (("a", "new", "b", "c"), ["new", "c"], {"a", "b"}),
        (("a", "c"), ["c"], {"a"}),
        (("a", "renamed", "c"), ["renamed", "c"], {"a"}),
        (("b", "a", "c"), ["c"], {"a", "b"}),
        (("c", "b", "a"), ["c"], {"a", "b"}),
    ],
    ids=["inserted first", "inserted between", "removed", "renamed", "reordered", "reordered, unanswered first"],
)
def test_a_deploy_keeps_every_answer_whose_step_is_still_there(
    deployed: tuple[str, ...], asked: list[str], kept: set[str]
) -> None:
    before = Talk(_steps("a", "b", "c"))
    before.type("answer a", "answer b")
    after = Talk(_steps(*deployed), journal=before.journal)
    questions = []
    while after.turn.step:
        questions.append(after.turn.step.removeprefix("form."))
        after.type(f"answer {questions[-1]}")
    assert questions == asked
    assert values(after.journal) == {f"form.{name}": f"answer {name}" for name in kept | set(asked)}


def _amount_up_to(most: int) -> Start:
    @flow("pay")
    def pay() -> Conversation:
        amount = yield from ask.money("amount", "Amount?", suggest=Money(0, "UGX"), most=Money(most, "UGX"))
        sure = yield from ask.confirm("ok", t("Pay {amount}?", amount=amount))
        return say("Good." if sure else "Bad.")

    return pay


def test_an_answer_that_is_no_longer_allowed_is_asked_for_again() -> None:
    before = Talk(_amount_up_to(5000))
    before.type("4000")
    assert Talk(_amount_up_to(4000), journal=before.journal).turn.step == "pay.ok"
    assert Talk(_amount_up_to(3999), journal=before.journal).turn.step == "pay.amount"


def test_a_yes_to_one_amount_is_no_yes_to_another() -> None:
    """What was answered after a question is gone when that question gets another answer."""
    before = Talk(_amount_up_to(5000))
    before.type("4000", "1")
    assert Talk(_amount_up_to(3000), journal=before.journal).type("3000").step == "pay.ok"


def test_an_option_that_is_gone_is_asked_for_again() -> None:
    def menu(*keys: str) -> Start:
        @flow("menu_of_test")
        def menu() -> Conversation:
            return say((yield from ask.choice("one", "Which?", {key: key.upper() for key in keys})))

        return menu

    chosen = Talk(menu("a", "b"))
    chosen.type("2")
    assert Talk(menu("b", "c"), journal=chosen.journal).turn.screen == say("b")
    assert Talk(menu("a", "c"), journal=chosen.journal).turn.step == "menu_of_test.one"


# Languages and the keys that move


def test_a_language_holds_from_where_it_was_spoken() -> None:
    @flow("speaking")
    def speaking() -> Conversation:
        yield from ask.text("name", "Name?", most=20)
        yield from speak("fr")
        yield from ask.text("more", "More?", most=20)
        return say("Good.")

    talk = Talk(speaking)
    assert talk.turn.language == "en"
    assert talk.type("Akello").language == "fr"
    assert talk.type(BACK).language == "en"


@flow("numbers")
def numbers() -> Conversation:
    yield from ask.text("name", "Name?", most=20)
    one = yield from ask.number("one", "From 0 to 100?", least=0, most=100)
    return say(str(one))


@pytest.mark.parametrize("key", [BACK, HOME, MORE])
def test_an_answer_wins_over_a_key(key: str) -> None:
    talk = Talk(numbers)
    assert talk.type("Akello", key).screen == say(str(int(key)))


@pytest.mark.parametrize(
    ("key", "outcome", "step"),
    [(BACK, "back", "numbers.name"), (HOME, "home", "numbers.name"), (MORE, "more", "visit.age")],
)
def test_a_key_that_is_no_answer_moves(key: str, outcome: str, step: str) -> None:
    @flow("numbers")
    def short() -> Conversation:
        yield from ask.text("name", "Name?", most=20)
        return (yield from visit())

    talk = Talk(short)
    turn = talk.type("Akello", key) if key != MORE else talk.type("Akello", "Grace", key)
    assert (turn.outcome, turn.step) == (outcome, step)


def test_more_keeps_the_journal_and_gives_no_hint() -> None:
    talk = Talk(visit)
    before = talk.type("Akello")
    after = talk.type(MORE)
    assert (after.outcome, after.journal, after.screen) == ("more", before.journal, before.screen)


@flow("rounds")
def rounds() -> Conversation:
    """Joins a group for each code that is typed, and keeps how many it were and the last one."""
    yield from ask.confirm("ready", "Ready?")
    said = ("", 0)
    while True:
        last, count = said = yield from go_round("round", said)
        code = yield from ask.code("code", f"{count} so far, last {last}. Next?", instead="0")
        if code == "0":
            return say(f"{count} in all.")
        yield from submit("join", JoinGroup("me", code))
        said = (code, count + 1)


def test_a_loop_may_be_as_long_as_it_likes_and_its_journal_stays_short() -> None:
    joined = {f"rounds.join{f'#{n}' if n > 1 else ''}": JOINED for n in range(1, 201)}
    talk = Talk(rounds, joined)
    talk.type("1")
    for n in range(200):
        talk.type(f"{10_000 + n}")
        assert len(talk.journal) <= 3
    assert shown(talk.turn) == "200 so far, last 10199. Next?"
    # No command of one round is that of another, whatever is typed.
    assert talk.wanted == list(joined)
    assert shown(talk.type("0")) == "200 in all."


def test_a_loop_goes_on_where_it_was_and_back_leads_to_its_beginning() -> None:
    talk = Talk(rounds, {"rounds.join": JOINED, "rounds.join#2": JOINED})
    talk.type("1", "10101")
    again = Talk(
        rounds, {"rounds.join#2": JOINED}, journal=decode_session(encode(Session(journal=talk.journal))).journal
    )
    assert shown(again.turn) == "1 so far, last 10101. Next?"
    again.type("10102")
    assert shown(again.turn) == "2 so far, last 10102. Next?"
    assert shown(again.type(HOME)) == "Ready?"


def shown(turn: Turn) -> object:
    assert turn.screen is not None
    return turn.screen.text

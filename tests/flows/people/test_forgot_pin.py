"""A forgotten PIN as it is heard: by the officer who starts it, and by the member who sets a new one."""

import pytest
from click.testing import CliRunner

from bot.app import App
from bot.cli.main import main
from bot.config import Settings, environment_of
from domain.people.forgotten_pin import SendPinCode
from domain.people.pins import check_pin
from domain.records.pin import Secret
from flows.menu import VOCABULARY
from tests.flows.talk import MENU, every_channel, heard, inputs
from tests.people import Village, do, register
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram")

STARTS = """
    > *384*7#
    < CON Hello Nakato
    …
    > 7
    < CON Lead the group
    …
    > members
    < CON Which member? Type the number in the group, phone or name.
    < 0 Back  00 Home
    > 3
    < CON 3. Akello Grace
    < 1. Suspend
    < 2. Forgot their PIN
    < 3. New phone number
    < 4. Expel
    < 5. Record a death
    < 6. See savings and debts
    < 0 Back  00 Home
    > 2
    < CON Are you sure that it is Akello Grace who asks? Your PIN?
    < 0 Back  00 Home
    > 2580
    < END A code is on its way to the phone of Akello Grace. They choose the new PIN there.
"""


def code_of(app: App, phone: str) -> str:
    return max(app.store.codes.find(phone=phone), key=lambda sent: sent.at).code


@every_channel
def test_an_officer_starts_it_in_six_inputs(app: App, converse: Transcript, village: Village) -> None:
    assert inputs(STARTS) - 1 <= 6
    converse(STARTS, by=village.nakato.phone)
    (notice,) = app.store.notices.find(kind="pin_code")
    assert (notice.to, notice.values["code"]) == (village.akello.phone, code_of(app, village.akello.phone))


@every_channel
def test_the_member_sets_a_new_pin_in_five(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, SendPinCode(village.nakato.id, village.umoja, village.akello.id))
    sets = f"""
        > *384*7#
        {MENU}
        > 6
        < CON Settings
        …
        > forgot_pin
        < CON Type the code of 6 digits that we sent to +256772000101.
        < 0 Back  00 Home
        > {code_of(app, village.akello.phone)}
        < CON Choose a new PIN of 4 or 5 digits
        < 0 Back  00 Home
        > 64197
        < CON Type the new PIN again
        < 0 Back  00 Home
        > 64197
        < END You have a new PIN. Keep it secret. For 24 hours no money is sent to you.
    """
    assert inputs(sets) - 1 == 5
    converse(sets)
    check_pin(app.store, village.akello.id, Secret("64197"))
    assert any(
        "Your forgotten PIN was replaced by a new one." in said for said in heard(app, village.akello.phone)
    )


@every_channel
def test_wrong_codes_are_counted_and_change_nothing(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, SendPinCode(village.nakato.id, village.umoja, village.akello.id))
    wrong = str(int(code_of(app, village.akello.phone)) ^ 1).zfill(6)
    converse(f"""
        > *384*7*forgot_pin#
        < CON Type the code of 6 digits that we sent to +256772000101.
        < 0 Back
        > {wrong}
        < CON Wrong code. 4 tries left.
        < Type the code of 6 digits that we sent to +256772000101.
        < 0 Back
        > 12345
        < CON The code has 6 digits.
        < Type the code of 6 digits that we sent to +256772000101.
        < 0 Back
    """)
    check_pin(app.store, village.akello.id, Secret(village.akello.pin))


def test_who_was_sent_no_code_hears_whom_to_ask(app: App, converse: Transcript, village: Village) -> None:
    converse("""
        > *384*7*forgot_pin#
        < END Ask an officer of your group for a new PIN. They have a code sent to your phone.
    """)
    register(app.store, "Ouma Peter", "+256772000177", "1590")
    converse(
        """
        > *384*7*forgot_pin#
        < END You are in no group yet. Ask who runs this service for a new PIN.
        """,
        by="+256772000177",
    )


@pytest.mark.parametrize("word", ["forgot", "PIN", "oublié", "nimesahau"])
def test_a_plain_word_leads_there_in_a_chat(word: str) -> None:
    wanted = VOCABULARY.command(word)
    assert wanted is not None
    assert wanted.option == "forgot_pin"


def test_the_operator_starts_it_and_sees_no_code(app: App, settings: Settings, village: Village) -> None:
    environment = environment_of(**vars(settings))

    def type_(*arguments: str) -> tuple[int, str]:
        ran = CliRunner().invoke(main, ["person", "forgot-pin", *arguments], env=environment)
        return ran.exit_code, ran.output

    told = f"A code is on its way to the phone of {village.nakato.name}.\n"
    assert type_(village.nakato.phone) == (0, told)
    assert code_of(app, village.nakato.phone) not in told
    assert type_("12")[0] == 2
    assert type_("+256772000188") == (2, "Error: nobody has this number\n")
    assert [type_(village.nakato.phone)[0] for _ in range(3)] == [0, 0, 1], "so many a day"

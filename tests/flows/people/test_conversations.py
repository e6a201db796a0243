"""Looking, PINs, help, languages: the other conversations as they are heard."""

import pytest

from bot.app import App
from domain.books.accounts import Account
from domain.money import Money
from domain.people.phones import person_with
from domain.people.profile import SetLanguage
from domain.records.person import Language
from domain.savings.contribute import Contribute, RecordCash
from tests.conftest import Clock
from tests.flows.talk import MENU, NEWCOMER, Dial, heard, inputs, pay
from tests.people import Village, do, found_group, let_in
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram")

# Looking


def test_a_balance_takes_three_inputs_the_pin_included(app: App, converse: Transcript, village: Village) -> None:
    pay(app, village, village.akello, 12_000)
    transcript = f"""
        > *384*7#
        {MENU}
        > 2
        < CON Your balance. Your PIN?
        < 0 Back
        > 2581
        < END Umoja: UGX 11,500, 2 shares, credit UGX 1,500, all paid for 5 Oct
    """
    assert inputs(transcript) == 3
    converse(transcript)


def test_one_share_is_one_and_what_is_on_its_way_is_said(converse: Transcript, app: App, village: Village) -> None:
    pay(app, village, village.akello, 5_500)
    do(app.store, Contribute(village.umoja, village.akello.id, Money(5_000, "UGX")))
    converse("""
        > *384*7*2#
        < CON Your balance. Your PIN?
        < 0 Back
        > 2581
        < END Umoja: UGX 5,000, 1 share, on its way UGX 5,000
    """)


def test_the_last_transactions_are_newest_first_with_their_references(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    converse("""
        > *384*7*statement#
        < CON Your last transactions. Your PIN?
        < 0 Back
        > 2581
        < END Nothing yet in Umoja.
    """)
    cash = RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.wanjiru.id)
    do(app.store, cash)
    clock.forward(days=7)
    ref = pay(app, village, village.akello, 7_000)
    converse(f"""
        > *384*7*statement#
        < CON Your last transactions. Your PIN?
        < 0 Back
        > 2581
        < END Umoja
        < 12 Oct UGX 7,000: savings, {ref}
        < 5 Oct UGX 5,500: savings, cash
    """)


def test_the_last_transactions_of_one_of_two_groups(app: App, converse: Transcript, village: Village) -> None:
    found_group(app.store, "20202", "Bidii", Money(20_000, "KES"), {village.nakato: "secretary"})
    let_in(app.store, app_group(app, "20202"), "20202", village.nakato, village.akello)
    converse("""
        > *384*7*statement#
        < CON Which group?
        < 1. Umoja
        < 2. Bidii
        < 0 Back
        > bidii
        < CON Your last transactions. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Nothing yet in Bidii.
    """)


def app_group(app: App, code: str) -> str:
    group = app.store.groups.one(code=code)
    assert group is not None
    return group.id


def test_help_says_whom_to_ask(converse: Transcript) -> None:
    converse(f"""
        > *384*7#
        {MENU}
        > help
        < END Save by mobile money: choose Contribute, then approve on your phone. …
    """)


# PINs


@pytest.mark.chats("whatsapp")
def test_a_pin_is_changed_and_the_member_is_told(app: App, converse: Transcript, village: Village) -> None:
    converse(f"""
        > *384*7#
        {MENU}
        > change_pin
        < CON Your PIN now?
        < 0 Back
        > 2581
        < CON Choose a new PIN of 4 or 5 digits
        < 0 Back  00 Home
        > 4321
        < CON Too easy to guess. Choose another PIN.
        < Choose a new PIN of 4 or 5 digits
        < 0 Back  00 Home
        > 64197
        < CON Type the new PIN again
        < 0 Back  00 Home
        > 64197
        < END Your PIN is changed. Keep it secret.
        > *384*7*2#
        < CON Your balance. Your PIN?
        < 0 Back
        > 2581
        < CON Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < Your balance. Your PIN?
        < 0 Back
        > 64197
        < END Umoja: UGX 0, 0 shares, due UGX 5,500 by 5 Oct
    """)
    warning = "Your PIN was changed. If it was not you, tell an officer of your group now."
    assert warning in heard(app, village.akello.phone)


def test_three_wrong_pins_lock_for_a_quarter_of_an_hour_and_then_for_longer(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    def three_wrong(minutes: int) -> str:
        return f"""
            > *384*7*2#
            < CON Your balance. Your PIN?
            < 0 Back
            > 1111
            < CON Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
            < Your balance. Your PIN?
            < 0 Back
            > 1111
            < CON Wrong PIN. 1 try left. Forgot it? Ask an officer of your group.
            < Your balance. Your PIN?
            < 0 Back
            > 1111
            < END Too many wrong PINs. Try again in {minutes} minutes. Forgot it? Ask an officer of your group.
        """

    converse(three_wrong(15))
    assert app.store.people.get(village.akello.id).pin.lockouts == 1
    clock.forward(minutes=14, seconds=30)
    converse("""
        > *384*7*2#
        < END Too many wrong PINs. Try again in 1 minute. Forgot it? Ask an officer of your group.
    """)
    clock.forward(seconds=30)
    converse(three_wrong(30))
    clock.forward(minutes=30)
    converse("""
        > *384*7*2#
        < CON Your balance. Your PIN?
        < 0 Back
        > 2581
        < END Umoja: UGX 0, 0 shares, due UGX 5,500 by 5 Oct
    """)
    assert app.store.people.get(village.akello.id).pin.lockouts == 0


@pytest.mark.chats("sms")
def test_a_dropped_call_does_not_give_the_tries_back(converse: Transcript) -> None:
    converse("""
        > *384*7*2#
        < CON Your balance. Your PIN?
        < 0 Back
        > 1111
        < CON Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < Your balance. Your PIN?
        < 0 Back
        -- dropped
        > *384*7#
        < CON You were not finished. Go on?
        < 1. Continue
        < 2. Start again
        > 1
        < CON Your balance. Your PIN?
        < 0 Back
        > 1111
        < CON Wrong PIN. 1 try left. Forgot it? Ask an officer of your group.
        < Your balance. Your PIN?
        < 0 Back
    """)


# Other languages


def test_the_language_changes_at_once_and_for_good(app: App, converse: Transcript, village: Village) -> None:
    converse(f"""
        > *384*7#
        {MENU}
        > language
        < CON Which language?
        < 1. English
        < 2. Francais
        < 3. Kiswahili
        < 0 Back
        > 3
        < END Kuanzia sasa kwa Kiswahili.
        > *384*7#
        < CON Habari Akello
        < Si wewe? 99
        < 1. Changia
        < 2. Salio
        < 3. Mikopo
        < 4. Pesa zangu
        < 5. Kikundi changu
        < 6. Mipangilio
        < 7. Msaada
        > lugha
        < CON Lugha gani?
        < 1. English
        < 2. Francais
        < 3. Kiswahili
        < 0 Rudi
        > 2
        < END Désormais en francais.
        > *384*7#
        < CON Bonjour Akello
        < Pas vous ? 99
        < 1. Cotiser
        < 2. Solde
        < 3. Prets
        < 4. Mon argent
        < 5. Mon groupe
        < 6. Réglages
        < 7. Aide
    """)
    assert app.store.people.get(village.akello.id).language == "fr"


def test_a_contribution_in_kiswahili(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, SetLanguage(village.akello.id, "sw"))
    converse("""
        > *384*7*1#
        < CON Umoja, mkutano wa 5 Okt. Kiasi gani?
        < 1. Lipa UGX 5,500
        < 0 Rudi
        > elfu moja
        < CON Andika kiasi kwa tarakimu tu, kama 5500.
        < Umoja, mkutano wa 5 Okt. Kiasi gani?
        < 1. Lipa UGX 5,500
        < 0 Rudi
        > 1,500/=
        < CON Lipa UGX 1,500 kwa Umoja?
        < 1. Ndiyo
        < 2. Hapana
        < 0 Rudi  00 Mwanzo
        > ndiyo
        < CON Lipa UGX 1,500 kwa Umoja. PIN yako?
        < 0 Rudi  00 Mwanzo
        > 1111
        < CON PIN si sahihi. Umebakiwa na majaribio 2. Umesahau? Muulize kiongozi wa kikundi.
        < Lipa UGX 1,500 kwa Umoja. PIN yako?
        < 0 Rudi  00 Mwanzo
        > 2581
        < END Sasa thibitisha UGX 1,500 kwenye simu yako kwa PIN ya pesa za simu. Kumb C…
    """)
    converse("""
        > *384*7*2#
        < CON Salio lako. PIN yako?
        < 0 Rudi
        > 2581
        < END Umoja: UGX 0, hisa 0, njiani UGX 1,500, unadaiwa UGX 5,000 kufikia 5 Okt
    """)


def test_a_contribution_in_french(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, SetLanguage(village.akello.id, "fr"))
    converse("""
        > *384*7*1#
        < CON Umoja, réunion du 5 oct. Combien ?
        < 1. Payer 5 500 UGX
        < 0 Retour
        > mille
        < CON Tapez le montant en chiffres seulement, comme 5500.
        < Umoja, réunion du 5 oct. Combien ?
        < 1. Payer 5 500 UGX
        < 0 Retour
        > 1 500
        < CON Payer 1 500 UGX à Umoja ?
        < 1. Oui
        < 2. Non
        < 0 Retour  00 Accueil
        > 1
        < CON Payer 1 500 UGX à Umoja. Votre PIN ?
        < 0 Retour  00 Accueil
        > 2581
        < END Validez maintenant 1 500 UGX sur votre téléphone avec votre PIN mobile money. Réf C…
    """)
    converse("""
        > *384*7*2#
        < CON Votre solde. Votre PIN ?
        < 0 Retour
        > 2581
        < END Umoja : 0 UGX, 0 part, en cours 1 500 UGX, à payer 5 000 UGX pour le 5 oct
    """)


@pytest.mark.parametrize(
    ("key", "language", "name", "welcome"),
    [
        ("2", "fr", "Quel est votre nom ?", "Bienvenue Achieng Mary ! Umoja doit d'abord vous admettre."),
        ("3", "sw", "Jina lako ni nani?", "Karibu Achieng Mary! Umoja lazima ikukubali kwanza."),
    ],
)
def test_a_newcomer_is_spoken_to_in_the_language_they_chose(
    app: App, phone: Dial, village: Village, key: str, language: Language, name: str, welcome: str
) -> None:
    achieng = phone(NEWCOMER)
    achieng.dial()
    assert achieng.type(key).startswith(f"CON {name}")
    for typed in ("Achieng Mary", "2468", "2468"):
        achieng.type(typed)
    assert achieng.type(village.code).startswith(f"END {welcome}".replace("ô", "o"))
    id = person_with(app.store, NEWCOMER)
    assert id is not None and app.store.people.get(id).language == language


def test_messages_are_in_the_language_the_member_has_when_they_are_sent(app: App, village: Village) -> None:
    ref = pay(app, village, village.akello, 5_500)
    do(app.store, SetLanguage(village.akello.id, "sw"))
    assert f"Umelipa UGX 5,500 kwa Umoja, kwa ajili ya akiba. Akiba sasa: UGX 5,000. Kumb {ref}. Asante!" in heard(
        app, village.akello.phone
    )
    assert app.store.books.balance(village.umoja, Account.SHARES, village.akello.id) == -5_000

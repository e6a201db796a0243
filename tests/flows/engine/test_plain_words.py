"""What plain words ask for: understood in every language and with small slips, and nothing guessed at."""

from collections.abc import Mapping

import pytest

from domain.records.person import LANGUAGES, Language
from flows.engine.plain_words import TYPED_MAX
from flows.menu import CONVERSATIONS, VOCABULARY
from flows.words.texts import words

command = VOCABULARY.command


# What words ask for


@pytest.mark.parametrize(
    ("option", "typed"),
    [
        ("contribute", "pay, save, contribute, deposit, payer, cotiser, épargner, verser, lipa, weka, changia"),
        ("contribute", "cotisation, mchango"),
        ("repay", "repay, pay loan, pay debt, rembourser, remboursement, payer prêt, payer dette"),
        ("repay", "rejesha, rudisha, rejesho, marejesho, lipa mkopo, lipa deni"),
        ("borrow", "borrow, ask for loan, emprunter, emprunt, demander prêt, kopa, omba mkopo"),
        ("withdraw", "withdraw, withdrawal, retirer, retrait, toa pesa, kutoa pesa"),
        ("turn", "bid, enchérir, weka dau"),
        ("balance", "balance, savings, solde, épargne, salio, akiba"),
        ("statement", "statement, transactions, history, relevé, opérations, historique, taarifa, miamala"),
        ("join", "join, rejoindre, adhérer, entrer, jiunge"),
        ("language", "language, langue, lugha"),
        ("help", "help, aide, msaada"),
    ],
)
def test_each_word_stands_for_its_option_in_every_language_and_hand(option: str, typed: str) -> None:
    for word in typed.split(", "):
        for written in (word, word.upper(), word.title(), f"  {word} ", f"/{word}", f"{word}.", f"{word}!?"):
            found = command(written)
            assert found is not None, written
            assert (found.option, found.said, found.way, found.exact) == (option, {}, None, True), written


def test_no_word_stands_for_two_things() -> None:
    for shortcut in VOCABULARY.shortcuts:
        for language in LANGUAGES:
            for word in words(language).say(shortcut.words).split(","):
                found = command(word)
                assert found is not None and (found.option, found.said) == (shortcut.option, shortcut.said), word


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_label_of_an_option_leads_to_it_or_nowhere(language: Language) -> None:
    """What our own menu is called is never another command: "Lipa mkopo" repays, though "lipa" alone saves."""
    for each in CONVERSATIONS:
        if label := words(language).say(each.label):
            found = command(label)
            assert found is None or found.option == each.name, label


@pytest.mark.parametrize(
    ("typed", "option", "said"),
    [
        ("my balance", "balance", {}),
        ("mon solde", "balance", {}),
        ("Salio langu", "balance", {}),
        ("balence yangu", "balance", {}),
        ("salio langu umoja", "balance", {"balance.group": "umoja"}),
        ("Pay my loan", "repay", {}),
        ("pay the loan 5000", "repay", {"repay.amount": "5000"}),
        ("lipa 5000 mkopo", "repay", {"repay.amount": "5000"}),
        ("payer le prêt 5000 umoja", "repay", {"repay.amount": "5000", "repay.loan": "umoja"}),
        ("mes amendes", "fines", {}),
    ],
)
def test_whose_it_is_says_nothing_and_several_words_say_more_than_the_first(
    typed: str, option: str, said: Mapping[str, str]
) -> None:
    found = command(typed)
    assert found is not None
    assert (found.option, found.said) == (option, said)


@pytest.mark.parametrize("typed", ["our group", "my balance", "My fines", "Notre caisse", "Rotation"])
def test_what_may_be_a_name_is_a_command_only_where_it_is_no_answer(typed: str) -> None:
    found = command(typed)
    assert found is not None and not found.exact


@pytest.mark.parametrize("typed", ["show balance", "voir solde", "angalia salio"])
def test_a_word_that_says_nothing_before_what_is_only_looked_at_is_a_guess(typed: str) -> None:
    found = command(typed)
    assert found is not None
    assert (found.option, found.said, found.exact) == ("balance", {}, False)


@pytest.mark.parametrize(
    "typed", ["my", "langu", "I pay", "toa", "omba", "5000 lipa mkopo", "please stop", "show all balance"]
)
def test_money_moves_on_no_guess_and_whose_alone_is_nothing(typed: str) -> None:
    assert command(typed) is None


def test_accents_may_be_left_out() -> None:
    for written in ("epargne", "RELEVE", "releve\u0301", "operations", "adherer", "arret"):
        found = command(written)
        assert found is not None and found.exact, written


@pytest.mark.parametrize(
    ("way", "typed"),
    [
        ("00", "menu, home, hi, hello, accueil, bonjour, salut, menyu, mwanzo, habari, jambo"),
        ("0", "back, retour, rudi"),
    ],
)
def test_the_ways_out_have_words_too_but_only_alone(way: str, typed: str) -> None:
    for word in typed.split(", "):
        found = command(word)
        assert found is not None, word
        assert (found.way, found.option) == (way, ""), word
        assert command(f"{word} to school") is None


@pytest.mark.parametrize(
    ("typed", "option"),
    [
        ("balence", "balance"),
        ("balanse", "balance"),
        ("ballance", "balance"),
        ("statment", "statement"),
        ("contribut", "contribute"),
        ("depsoit", "contribute"),
        ("hepl", "help"),
        ("langauge", "language"),
        ("sollde", "balance"),
        ("taarfa", "statement"),
        ("chagnia", "contribute"),
        ("mssada", "help"),
    ],
)
def test_a_small_slip_is_forgiven_and_known_for_one(typed: str, option: str) -> None:
    found = command(typed)
    assert found is not None
    assert (found.option, found.exact) == (option, False)


@pytest.mark.parametrize(
    "typed",
    [
        "pya",
        "py",
        "sve",
        "hlp",
        "payment please",
        "Grace",
        "Stella",
        "Okot",
        "Salome",
        "umoja",
        "5000 pay",
        "I pay",
    ],
)
def test_what_is_too_short_or_too_far_from_a_word_is_not_guessed_at(typed: str) -> None:
    assert command(typed) is None


@pytest.mark.parametrize(
    ("what", "typed"),
    [("stop", "stop, unsubscribe, arrêt, acha, komesha"), ("start", "start, unstop, reprendre, anza")],
)
def test_stop_and_start_are_obeyed_to_the_letter(what: str, typed: str) -> None:
    for word in typed.split(", "):
        found = command(word)
        assert found is not None, word
        assert (found.option, found.said, found.exact) == ("messages", {"messages.what": what}, True)
        assert command(f"{word} it") is None


@pytest.mark.parametrize("typed", ["stopp", "stpo", "sotp", "strat", "starts", "unsubscrib", "achaa", "komsha"])
def test_stop_and_start_are_never_guessed_at(typed: str) -> None:
    found = command(typed)
    assert found is None or found.option != "messages"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("pay 5000", {"contribute.amount": "5000"}),
        ("pay 5,000", {"contribute.amount": "5,000"}),
        ("Lipa 5000", {"contribute.amount": "5000"}),
        ("pay 5000 umoja", {"contribute.amount": "5000", "contribute.group": "umoja"}),
        ("pay umoja 5000", {"contribute.amount": "5000", "contribute.group": "umoja"}),
        ("PAY 5000 Umoja Women", {"contribute.amount": "5000", "contribute.group": "Umoja Women"}),
        ("pay umoja", {"contribute.group": "umoja"}),
        ("repay 5000", {"repay.amount": "5000"}),
        ("Repay 5,000 Umoja", {"repay.amount": "5,000", "repay.loan": "Umoja"}),
        ("balance umoja", {"balance.group": "umoja"}),
        ("statement Umoja Women", {"statement.group": "Umoja Women"}),
        ("join 10101", {"join.code": "10101", "register.code": "10101"}),
        ("join 101 01", {"join.code": "10101", "register.code": "10101"}),
    ],
)
def test_what_follows_the_word_answers_the_questions_to_come(typed: str, said: Mapping[str, str]) -> None:
    found = command(typed)
    assert found is not None
    assert found.said == said


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "/",
        "...",
        "0",
        "00",
        "98",
        "1",
        "5000",
        "2581",
        "~3f9a21:1",
        "😀",
        "مرحبا",
        "help " * 40,
        "h" * 200,
    ],
)
def test_digits_buttons_and_what_nobody_says_are_no_commands(typed: str) -> None:
    assert command(typed) is None


def test_a_long_message_is_not_searched_for_commands() -> None:
    group = "u" * (TYPED_MAX - len("balance "))
    assert command(f"balance {group}") is not None
    assert command(f"balance {group}u") is None

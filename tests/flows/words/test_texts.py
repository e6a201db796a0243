"""The words: every one in every language, with the same things to fill in, short enough for a phone."""

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.app import CHANNELS
from channels import ussd
from domain.errors import DomainError
from domain.money import Money
from domain.mongo.store import utc_now
from domain.records.notice import BY_CHAT, BY_TEXT, CODES, IN_OWN_WORDS, Notice, NoticeKind
from domain.records.payment import FailureReason
from domain.records.person import LANGUAGES, GroupOfMember, Language, Member
from domain.savings.contribute import TooMuch
from flows.engine.channel import Channel
from flows.engine.gsm7 import fold, septets
from flows.engine.rendering import render
from flows.engine.screen import say
from flows.engine.steps import Question
from flows.menu import menu
from flows.words.notices import every_notice, text_of, waiting_text_of, words_of
from flows.words.notices import samples_of as samples_of_notice
from flows.words.refusals import refusal, samples_of
from flows.words.texts import LOCALE_DIR, Text, labelled, nt, say_date, say_money, t, words

ROOT: Final = Path(__file__).parents[3]
KEYWORDS: Final = {"t": None, "nt": (1, 2)}
METHODS: Final = [("**.py", "python"), ("**.html", "jinja2")]
SMS: Final = 160  # septets of one message; of two, each carries 153
TWO_SMS: Final = 306

Id = str | tuple[str, ...]


def said_in_code() -> set[Id]:
    found: set[Id] = set()
    for room in ("flows", "channels", "bot"):
        for _, _, message, _, _ in extract_from_dir(ROOT / room, METHODS, keywords=KEYWORDS):
            found.add(tuple(message) if isinstance(message, list | tuple) else message)
    return found


def catalogue(language: str) -> Catalog:
    with (LOCALE_DIR / language / "LC_MESSAGES" / "bot.po").open("rb") as source:
        return read_po(source, locale=language)


def messages(language: str) -> Iterator[Message]:
    return (message for message in catalogue(language) if message.id)


def forms(words: Any) -> tuple[str, ...]:
    return words if isinstance(words, tuple) else (words,)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_catalogue_has_what_the_code_says_and_nothing_else(language: str) -> None:
    assert {message.id for message in messages(language)} == said_in_code()
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_message_is_translated_and_keeps_what_is_filled_in(language: str) -> None:
    for message in messages(language):
        assert not message.fuzzy, message.id
        for form in forms(message.string):
            assert form, f"{message.id} has no words"
            assert placeholders(form) == placeholders(forms(message.id)[-1]), message.id


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_translation_needs_more_than_the_gsm_alphabet_after_folding(language: str) -> None:
    """ê may become e; nothing may become a question mark or vanish."""
    for message in messages(language):
        for form in forms(message.string):
            assert fold(form).count("?") == form.count("?"), form


def test_no_sentence_stands_where_the_catalogues_cannot_find_it() -> None:
    """Babel reads no expression inside an f-string: what is said there would be English for everybody."""
    files = [path for room in ("bot", "channels", "flows") for path in (ROOT / room).rglob("*.py")]
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in files
        for text in ast.walk(ast.parse(path.read_text()))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("t", "nt")
    ]
    assert len(files) > 100 and hidden == []
    templates = [*(ROOT / "bot").rglob("*.html")]
    unread = [path.name for path in templates if re.search(r"(?<!\w)n?t\((?![\"'])", path.read_text())]
    assert len(templates) > 2 and unread == [], "in a template only what stands there as it is"


def test_the_navigation_keys_come_first_in_every_language() -> None:
    for language in LANGUAGES:
        for key in ("0 Back", "00 Home", "98 More"):
            assert words(language).say(t(key)).split()[0] == key.split()[0]


OUR_REFUSALS: Final = [
    kind
    for code, kind in sorted(DomainError.codes.items())
    if kind.__module__.startswith("domain.") and code != "try_again"
]


def pages(said: Text, channel: Channel, language: Language) -> tuple[str, ...]:
    """A last screen, as a channel shows it."""
    return render(say(said), 0, words(language), channel.limits)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", OUR_REFUSALS, ids=lambda kind: kind.code)
def test_a_refusal_is_one_screen_on_every_channel_with_the_longest_details(
    kind: type[DomainError], language: Language
) -> None:
    for error in samples_of(kind):
        for channel in CHANNELS:
            (page,) = pages(refusal(error), channel, language)
            assert page and not placeholders(page), error


@pytest.mark.parametrize("details", [{}, {"most": 5}, {"most": 5, "currency": "UGX", "left": 5}])
def test_a_sample_has_just_the_details_that_its_sentence_says(details: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        refusal(TooMuch(**details))


def test_a_sentence_that_is_too_long_is_more_than_one_screen() -> None:
    assert len(pages(t("word " * 31), ussd.CHANNEL, "en")) == 2


def test_a_code_without_a_sentence_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        refusal(DomainError())
    with pytest.raises(KeyError):
        samples_of(DomainError)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_menu_of_an_officer_is_one_screen(language: Language) -> None:
    price = Money(5_000, "UGX")
    group = GroupOfMember("g", "Umoja", "UGX", "treasurer", price, price)
    question = next(
        step for step in menu(Member("p", "Marguerite", "", language, (group,))) if isinstance(step, Question)
    )
    assert len(question.screen.options) == 9
    (page,) = render(question.screen, 0, words(language), ussd.CHANNEL.limits)
    assert septets(page) <= 150


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", "Wrong code. 1 try left.", "Wrong code. 2 tries left."),
        ("fr", "Code incorrect. Encore 1 essai.", "Code incorrect. Encore 2 essais."),
        ("sw", "Msimbo si sahihi. Umebakiwa na jaribio 1.", "Msimbo si sahihi. Umebakiwa na majaribio 2."),
    ],
)
def test_plurals_are_right(language: Language, one: str, many: str) -> None:
    for count, expected in ((1, one), (2, many)):
        text = nt("Wrong code. {count} try left.", "Wrong code. {count} tries left.", count)
        assert words(language).say(text) == expected


def test_none_is_plural_in_english_and_singular_in_french() -> None:
    text = nt("{count} share", "{count} shares", 0)
    assert words("en").say(text) == "0 shares"
    assert words("fr").say(text) == "0 part"


@pytest.mark.parametrize(
    ("money", "language", "said"),
    [
        (Money(5_000, "UGX"), "en", "UGX 5,000"),
        (Money(5_000, "UGX"), "sw", "UGX 5,000"),
        (Money(150_000, "KES"), "sw", "KES 1,500"),
        (Money(150_000, "GHS"), "sw", "GHS 1,500.00"),
        (Money(150_000, "KES"), "fr", "1\u00a0500\u00a0KES"),
        (Money(1_250_000, "XAF"), "fr", "1\u00a0250\u00a0000\u00a0FCFA"),
        (Money(150_050, "KES"), "fr", "1\u00a0500,50\u00a0KES"),
        (Money(-500, "UGX"), "en", "UGX -500"),
    ],
)
def test_an_amount_is_said_as_people_write_it(money: Money, language: Language, said: str) -> None:
    assert say_money(money, language) == said


def test_a_day_is_said_in_words() -> None:
    assert [say_date(date(2026, 2, 3), language) for language in LANGUAGES] == ["3 Feb", "3 févr", "3 Feb"]
    assert [say_date(date(2026, 7, 1), language) for language in LANGUAGES] == ["1 Jul", "1er juil", "1 Jul"]


def test_a_decimal_is_said_as_people_write_it() -> None:
    said = t("Interest: {percent}% {per}", percent=Decimal("8.5"), per=t("a month"))
    assert words("en").say(said) == "Interest: 8.5% a month"
    assert words("fr").say(said) == "Intérêt : 8,5 % par mois"
    assert words("sw").say(said) == "Riba: 8.5% kwa mwezi"


def test_a_name_and_what_is_said_of_it_have_the_colon_of_the_language_between_them() -> None:
    said = labelled(t("Loan"), "Awa")
    assert [words(language).say(said) for language in LANGUAGES] == ["Loan: Awa", "Prêt : Awa", "Mkopo: Awa"]


NAME: Final = "Nakayiza Namukasa Kyomuhendo Margaret-An"  # forty letters
KINDS: Final[tuple[NoticeKind, ...]] = get_args(NoticeKind)
REASONS: Final = get_args(FailureReason)
PAID: Final = {"amount": Money(1_250_000, "XAF"), "group": "Njangi Solidarité", "ref": "C7K2MQX"}


# A value at either end, a full stop beside it or not, or two without a word between them.
UNAPPROVABLE: Final = re.compile(r"^\W*{\w+}|{\w+}[^\w{}]*$|}[^\w{}]*{")


def a_notice(kind: NoticeKind, values: Mapping[str, Any]) -> Notice:
    return Notice("n", "p", kind, values, utc_now(), None)


def said_by_sms(kind: NoticeKind, values: Mapping[str, Any], language: Language) -> str:
    return fold(words_of(a_notice(kind, values), language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in BY_CHAT])
def test_a_notice_is_one_sms_and_two_with_the_longest_names(kind: NoticeKind, language: Language) -> None:
    for values in samples_of_notice(kind):
        assert 0 < septets(said := said_by_sms(kind, values, language)) <= SMS, said
        longest = {key: NAME if key in ("name", "group") else value for key, value in values.items()}
        assert septets(said := said_by_sms(kind, longest, language)) <= TWO_SMS, said


def test_a_sentence_with_a_number_in_it_is_a_template_for_one_and_another_for_several() -> None:
    digests = [notice for notice in every_notice() if notice.message.startswith("Paid out of {group} today")]
    said = [words("en").say(Text(each.message, {**each.values}, each.plural, each.count)) for each in digests]
    assert [re.findall(r"\d payments?", each) for each in said] == [["1 payment"], ["2 payments"]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", every_notice(), ids=lambda notice: notice.message)
def test_a_notice_can_be_a_whatsapp_template(notice: Text, language: Language) -> None:
    """WhatsApp approves none that starts or ends with a value, or has two with no words between them."""
    blanks = {name: f"{{{name}}}" for name in notice.values}
    said = words(language).say(Text(notice.message, blanks, notice.plural, notice.count))
    assert placeholders(said) == set(notice.values)
    assert not UNAPPROVABLE.search(said), said


@pytest.mark.parametrize(
    "said", ["{name} joined.", "It is {amount}", "It is {amount}.", "You, {name} {group}, are"]
)
def test_a_template_that_whatsapp_would_refuse_is_noticed(said: str) -> None:
    assert UNAPPROVABLE.search(said)


def test_every_sentence_of_a_notice_is_a_template_but_what_only_goes_by_sms() -> None:
    """A template is found by its words."""
    templates = [notice.message for notice in every_notice()]
    said = {text_of(a_notice(kind, values)).message for kind in KINDS for values in samples_of_notice(kind)}
    without = {
        text_of(a_notice(kind, values)).message
        for kind in BY_TEXT | IN_OWN_WORDS | CODES.keys()
        for values in samples_of_notice(kind)
    }
    waits = {
        waiting_text_of(a_notice(kind, values)).message
        for kind in IN_OWN_WORDS
        for values in samples_of_notice(kind)
    }
    assert {*templates} == said - without | waits
    # One with a number in it is there with one and with several.
    assert len(templates) == len({(each.message, each.count == 1) for each in every_notice()})


def test_a_refusal_without_a_reason_says_so() -> None:
    said = said_by_sms("payment_failed", PAID | {"reason": "refused"}, "en")
    assert "because mobile money refused it and gave no reason. Nothing was taken." in said


def test_each_reason_has_a_clause_of_its_own() -> None:
    said = {said_by_sms("payment_failed", PAID | {"reason": reason}, "en") for reason in REASONS}
    assert len(said) == len(REASONS)


@pytest.mark.parametrize("kind", ["payment_failed", "payout_failed"])
def test_a_reason_that_only_a_newer_version_knows_leaves_no_hole(kind: NoticeKind) -> None:
    assert "because mobile money could not do it." in said_by_sms(kind, PAID | {"reason": "of_tomorrow"}, "en")


@pytest.mark.parametrize("reason", ["not_enough_money", "limit_reached"])
def test_what_the_payer_of_a_payout_lacks_is_not_said_to_be_the_members(reason: str) -> None:
    assert "on your phone" in said_by_sms("payment_failed", PAID | {"reason": "not_enough_money"}, "en")
    said = said_by_sms("payout_failed", PAID | {"reason": reason}, "en")
    assert "because mobile money could not do it." in said

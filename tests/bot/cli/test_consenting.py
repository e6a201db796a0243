"""What a member without a phone says about their data, written down by the operator."""

from click.testing import CliRunner

from bot.app import App
from bot.cli.main import main
from bot.config import Settings, environment_of
from domain.access.audit import audit_entries
from domain.people.consents import SayConsent
from tests.people import Village, do, enrolled

WHY = ("--reason", "told at the meeting of 3 May")


def type_(settings: Settings, *arguments: str) -> tuple[int, str]:
    ran = CliRunner().invoke(main, ["person", "consent", *arguments], env=environment_of(**vars(settings)))
    return ran.exit_code, ran.output


def test_it_is_written_down_by_their_number_and_the_log_has_why(
    app: App, settings: Settings, village: Village
) -> None:
    person = enrolled(app.store, village, "Apio Sarah")
    do(app.store, SayConsent(person, "lender", True))
    assert type_(settings, village.code, "5", "lender", "no", *WHY) == (
        0,
        "Apio Sarah, number 5 of Umoja: lender no.\n",
    )
    (kept,) = app.store.consents.find(person=person)
    assert (kept.channel, kept.withdrawn_on, kept.holds) == ("phone", "operator", False)
    (act,) = audit_entries(app.store, about=person)
    assert (act.did, act.why) == ("person.consent", "lender no: told at the meeting of 3 May")


def test_what_makes_no_sense_is_one_line_and_changes_nothing(
    app: App, settings: Settings, village: Village
) -> None:
    for wrong in (
        (village.code, "77", "lender", "no", *WHY),
        ("99999", "1", "lender", "no", *WHY),
        (village.code, "1", "service", "no", *WHY),
        (village.code, "1", "lender", "perhaps", *WHY),
        (village.code, "1", "lender", "no"),
        (village.code, "1", "lender", "no", "--reason", " x "),
    ):
        assert type_(settings, *wrong)[0] == 2, wrong
    assert app.store.consents.find() == [] and audit_entries(app.store) == []

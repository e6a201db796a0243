"""The operator writes to all groups: a look first, two phones, counts, stop."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.app import App
from bot.cli.main import main
from bot.config import Settings
from tests.people import Village

OURS, THEIRS = "+256772009901", "+256772009902"


def test_two_operators_write_to_all_groups_and_stop_it(
    app: App, settings: Settings, village: Village, tmp_path: Path
) -> None:
    def typed(*arguments: str, said: str = "", fails: bool = False) -> str:
        given = {
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DATABASE": settings.mongo_database,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(tmp_path),
            "OPERATOR_PHONES": f"{OURS}, {THEIRS}",
            "SMS_COSTS": "UGX 35",
        }
        answer: Result = CliRunner().invoke(main, ["broadcast", *arguments], env=given, input=said)
        assert (answer.exit_code != 0) == fails, answer.output
        return answer.output

    words = ("send", "--all", "--words", "We are closed on Friday.", "--as", OURS)
    seen = typed(*words, "--second", THEIRS, "--dry-run")
    assert "To 4 members.\n4 by text message\nCost: UGX 140\n" in seen
    assert "News from your savings service: We are closed on Friday.\n4 members." in seen
    assert seen.endswith("Nothing was written down.\n")
    assert app.store.broadcasts.count() == 0
    assert "Two of the operator's phones" in typed(*words, "--second", "+256772009903", fails=True)
    assert "Write no link" in typed(*words[:3], "see bit.ly/x", *words[4:], "--second", THEIRS, fails=True)
    assert "--words go with" in typed("send", "--all", "--as", OURS, "--second", THEIRS, fails=True)
    assert "say --group CODE, or --all" in typed(*words, "--second", THEIRS, "--group", "10101", fails=True)

    id = typed(*words, "--second", THEIRS).split()[-1]
    (sent,) = app.store.codes.find(phone=THEIRS)
    assert "state" not in typed("list", "--group", "10101")
    assert f"{id}  " in typed("list") and typed("list").endswith("asked\n")
    wrong = "111111" if sent.code != "111111" else "222222"
    typed("agree", id, said=f"{wrong}\n", fails=True)
    assert "It goes at " in typed("agree", id, said=f"{sent.code}\n")
    assert app.store.broadcasts.get(id).state == "waiting"
    assert "already" in typed("agree", id, said=f"{sent.code}\n", fails=True)
    assert typed("stop", id) == "Stopped.\n"
    assert typed("show", id, "--follow").endswith("  unknown          0\n")
    assert "already" in typed("stop", id, fails=True)
    assert "no message is called x" in typed("show", "x", fails=True)
    assert "There is nobody to send it to" in typed("again", id, "--as", OURS, "--second", THEIRS, fails=True)


@pytest.mark.parametrize(
    ("given", "problem"), [("35", "must be an amount like"), ("UGX 3.555", "must be"), ("UGX 35", "")]
)
def test_what_a_message_costs_is_an_amount(given: str, problem: str, tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["settings"], env={"SMS_COSTS": given, "DATA_DIR": str(tmp_path)})
    assert (problem in answer.output) and (answer.exit_code == 0) == (problem == "")

"""What a room does not know: conversations, rules and the web know no channel by its name."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHANNEL = re.compile(r"(?<![a-z])(ussd|whatsapp|telegram|sms)(?![a-z])", re.IGNORECASE)


def named(path: Path) -> list[str]:
    """The lines of a file that name a channel, as "path:line: text"."""
    lines = path.read_text().splitlines()
    where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return [f"{where}:{n}: {line.strip()}" for n, line in enumerate(lines, start=1) if CHANNEL.search(line)]


@pytest.mark.parametrize("room", ["flows", "domain"])
def test_no_conversation_and_no_rule_names_a_channel(room: str) -> None:
    """Not in the code, not in a comment, and not in what members read, in any language."""
    files = [path for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".po", ".lua")]
    assert len(files) > 15
    assert [line for path in sorted(files) for line in named(path)] == []


@pytest.mark.parametrize("room", ["flows", "domain"])
def test_no_conversation_and_no_rule_names_a_provider_of_mobile_money(room: str) -> None:
    """They know the way, mobile money; who carries it is a name that the store gives."""
    providers = [path.name for path in (ROOT / "payments").iterdir() if (path / "__init__.py").exists()]
    assert "momo" in providers
    sources = {path: path.read_text().lower() for path in (ROOT / room).rglob("*.py")}
    assert [path for path, text in sources.items() if any(name in text for name in (*providers, "mtn"))] == []


WEB = ["hooks", "reading", "beside", "web", "callbacks", "served", "rsgi"]
API = [f"api/{path.stem}" for path in sorted((ROOT / "bot" / "api").glob("*.py"))]


@pytest.mark.parametrize("file", [*WEB, *API])
def test_the_web_names_no_channel_and_no_provider(file: str) -> None:
    """What they need of it they declare themselves: see `Callback` in their ports."""
    path = ROOT / f"bot/{file}.py"
    assert named(path) == []
    assert "momo" not in path.read_text()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a USSD call", True),
        ('msgstr "SMS"', True),
        ("from channels import telegram", True),
        ("WhatsApp_templates", True),
        ("sms_menu", True),
        ("assumes, smsa, the mussds, a telegrammatic style", False),
        ("a call, a chat, a text message", False),
    ],
)
def test_a_name_is_found_as_a_word_in_any_case(tmp_path: Path, text: str, found: bool) -> None:
    path = tmp_path / "some.py"
    path.write_text(f"nothing\n{text}\n")
    assert named(path) == ([f"{path}:2: {text}"] if found else [])

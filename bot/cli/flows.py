"""What an operator types to see the conversations: how they go, and how they went."""

import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.opening import OpenApp
from domain.records.person import LANGUAGES, Language

if TYPE_CHECKING:
    from flows.check.funnel import By

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.group()
def flows() -> None:
    """Check the conversations."""


@flows.command()
@click.option("--language", "languages", multiple=True, type=click.Choice(LANGUAGES), help="Not in all of them.")
def check(languages: tuple[Language, ...]) -> None:
    """Walk every conversation in every language: screens that do not fit, missing texts, dead ends."""
    from bot.app import CHANNELS
    from flows.check.explore import explore

    report = explore(CHANNELS, languages or LANGUAGES)
    for line in report.lines():
        click.echo(line)
    if report.problems:
        sys.exit(1)


@flows.command("map")
@click.option("--flow", "name", help="One conversation, by its name; all of them without.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A Markdown file; of one conversation also Mermaid alone (.mmd) or a picture (.svg, .png, .pdf). "
    "A directory gets a .mmd for each. Standard output without.",
)
def draw_map(name: str | None, language: Language, output: Path | None) -> None:
    """
    Draw every conversation, with its screens, as flowcharts in Mermaid.

    The screens are those of a USSD phone; what is asked of the books and done to them stands between, and what
    leads along an arrow stands on it. Forges and many editors show a page of Markdown with its pictures.
    """
    from channels import ussd
    from flows.check.map import chart
    from flows.check.mermaid import page, write
    from flows.dialogue import FLOWS

    if name is not None and name not in FLOWS:
        named = ", ".join(sorted(FLOWS))
        raise click.BadParameter(f"no conversation is called {name}: {named}", param_hint="--flow")
    try:
        if output is not None:
            _look_at(output, name)
        graphs = chart(ussd.CHANNEL.limits, language)
        shown = [graphs[name]] if name else list(graphs.values())
        if output is None:
            click.echo(page(shown), nl=False)
        else:
            write(shown, output)
    except OSError as refusal:
        raise click.ClickException(f"{output}: {refusal.strerror}") from refusal


def _look_at(output: Path, name: str | None) -> None:
    """Refuse what cannot be written before all conversations are walked, which takes a while."""
    from flows.check.mermaid import PICTURES, load_painter

    output.resolve().parent.stat()
    if output.is_dir():
        return
    if name is None and output.suffix in (".mmd", *PICTURES):
        raise click.UsageError(f"{output.name} can show one conversation: say which with --flow")
    if output.suffix in PICTURES:
        try:
            load_painter()
        except ImportError as missing:
            why = f"{output.name}: {missing}. To have pictures drawn: pip install mermaidx"
            raise click.ClickException(why) from missing


class _Duration(click.ParamType[timedelta]):
    """A number with its unit: 90m, 24h, 7d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d{1,6})([smhd])", value)
        if match is None:
            self.fail(f"{value} is no time: write it like 90m, 24h or 7d", param, ctx)
        return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


@flows.command("funnel")
@click.option("--by", type=click.Choice(["channel", "language"]), help="A line for each of them.")
@click.option("--since", type=_Duration(), help="Only the newest turns: of the last 90m, 24h, 7d.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
@click.pass_obj
def draw_funnel(open_app: OpenApp, by: "By | None", since: timedelta | None, as_json: bool) -> None:
    """
    Show where members give up.

    For each question: how often it was shown, answered, answered wrongly, left by going back, and left for
    good: nothing followed for 30 minutes. Seconds are the median time before an answer. Only the newest turns
    are kept.
    """
    import msgspec

    from flows.check.funnel import funnel, table
    from flows.engine import sessions
    from flows.engine.messages import Trace

    with open_app("flows") as app:
        now = int(app.store.now().timestamp())
        lines = [line for bucket in sessions.traces() for line in app.link.do(bucket)]
    traces = [msgspec.json.decode(line, type=Trace) for line in lines]
    if since is not None:
        traces = [trace for trace in traces if trace.at >= now - since.total_seconds()]
    rows = funnel(traces, now, by)
    click.echo(msgspec.json.format(msgspec.json.encode(rows)).decode() if as_json else table(rows, by))

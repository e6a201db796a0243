"""A deployment as those who check it see it: asked from outside, a line for each check, and what to do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import click
import requests

ANSWER_SECONDS: Final = 15


def _address(_context: click.Context, _option: click.Parameter, typed: str) -> str:
    parts = urlsplit(typed)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter(f"{typed!r} is no address: write it like https://bot.example.org")
    return typed.rstrip("/")


url_option = click.option(
    "--url", required=True, callback=_address, help="Where it is, like https://bot.example.org."
)

Asked = TypeVar("Asked")
Check = tuple[str, Callable[[Asked], str]]


class Amiss(Exception):
    """A check that did not hold: what was seen, and what to do."""

    def __init__(self, seen: str, do: str) -> None:
        super().__init__(seen)
        self.do = do


@dataclass
class Outside:
    """Where it is, whether pages are there, and a file with who signs, where machines trust nobody for it."""

    url: str
    has_pages: bool = True
    ca: str = ""
    http: requests.Session = field(default_factory=requests.Session, repr=False)

    @property
    def by_tls(self) -> bool:
        """Whether it is asked by https."""
        return urlsplit(self.url).scheme == "https"

    def ask(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        name: str = "",
    ) -> requests.Response:
        """`name` stands for a path that holds a secret. Raises Amiss when nobody answers in time."""
        try:
            return self.http.request(
                method,
                f"{self.url}{path}",
                json=json,
                data=form,
                headers=headers,
                timeout=ANSWER_SECONDS,
                allow_redirects=False,
                verify=self.ca or None,  # given each time: what a session has gives way to the environment
            )
        except requests.RequestException as error:
            do = "Is it started, and does the proxy lead to it?"
            raise Amiss(f"{name or path}: {type(error).__name__}", do) from error


def checked(checks: Iterable[Check[Asked]], asked: Asked) -> Iterator[tuple[bool, str]]:
    """Each check: whether it holds, and its line."""
    for name, check in checks:
        try:
            yield True, f"✓ {name}: {check(asked)}"
        except Amiss as failed:
            yield False, f"✗ {name}: {failed}. {failed.do}"


def say_all(lines: Iterable[tuple[bool, str]]) -> None:
    """Each line as it comes; the command ends with 1 when a check did not hold."""
    results = []
    for holds, line in lines:
        click.echo(line)
        results.append(holds)
    if not all(results):
        click.get_current_context().exit(1)


def data_of(answer: requests.Response, path: str, to_do: Mapping[int, str], otherwise: str) -> Any:
    """The body of a success. Raises Amiss with the status and the code of an error, and nothing else of it."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Amiss(f"{path}: {answer.status_code}, and no JSON", "Does the proxy lead to it?")
    if not answer.ok:
        error = body.get("error")
        code = error.get("code", "") if isinstance(error, dict) else ""
        raise Amiss(f"{path}: {answer.status_code} {code}".strip(), to_do.get(answer.status_code, otherwise))
    return body

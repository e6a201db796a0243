"""Why the rules said no. `flows/words/refusals.py` holds the sentence a member hears for each code."""

from typing import ClassVar


class DomainError(Exception):
    """The rules said no; `code` names the sentence, `details` are JSON values it is filled with."""

    code: ClassVar[str] = "refused"
    codes: ClassVar[dict[str, type["DomainError"]]] = {}

    def __init_subclass__(cls) -> None:
        DomainError.codes[cls.code] = cls

    def __init__(self, **details: str | int) -> None:
        super().__init__(f"{self.code} {details}" if details else self.code)
        self.details = details


class TryAgain(DomainError):
    """The answer was refused, the question still stands: the member is asked again."""

    code = "try_again"

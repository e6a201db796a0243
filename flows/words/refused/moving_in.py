"""Why a file by which groups move in cannot be used."""

from collections.abc import Mapping
from typing import Final

from flows.words.texts import Filled, Text, t

_NAME: Final = "members-2026-11.xlsx"


def _bad_file(why: str, name: str, most: int = 0) -> Text:
    match why:
        case "too_large":
            return t("{name} is larger than {most} megabytes. Split it.", name=name, most=most)
        case "unpacks":
            return t("{name} is larger than {most} megabytes when it is unpacked. Split it.", name=name, most=most)
        case "too_many_rows":
            return t("{name} has a sheet of more than {most} rows. Split it.", name=name, most=most)
        case "too_many_columns":
            return t(
                "{name} has a sheet with cells beyond the first {most} columns. Clear them.", name=name, most=most
            )
        case "encoding":
            return t("The letters of {name} cannot be read. Save it as CSV in UTF-8.", name=name)
        case "macros":
            return t("{name} has macros in it. Save it as a workbook without them.", name=name)
        case "links":
            return t("{name} takes values from other files. Paste them as values.", name=name)
        case "password":
            return t("{name} has a password, or is of an old Excel. Save it as xlsx without one.", name=name)
        case "no_header":
            return t("{name} has no row with the names of the columns, like group_code.", name=name)
        case "hidden":
            return t("{name} has rows and is hidden. Show it, or take it out.", name=name)
        case "nothing":
            return t("There is no row in {name}.", name=name)
        case "gone":
            return t("{name} is not here any more. Send it again.", name=name)
    return t("{name} cannot be read. Is it a workbook (xlsx) or CSV?", name=name)


REFUSED: Final[Mapping[str, Text | Filled]] = {
    "already_brought": Filled(
        lambda code: t("{code} was brought before: it is on its way, or open.", code=code), {"code": "G-04170"}
    ),
    "phone_is_shared": Filled(
        lambda phone: t("Several people have {phone} already. Leave the phone empty.", phone=phone),
        {"phone": "+256772000301"},
    ),
    "not_arriving": t("Nothing of this group is waiting for you now."),
    "not_checked": t("There is nothing in these sheets that can be brought now."),
    "bad_import_file": Filled(
        _bad_file,
        *(
            {"why": why, "name": _NAME, "most": 5_000}
            for why in (
                "too_large", "unpacks", "too_many_rows", "too_many_columns", "not_read", "encoding", "macros",
                "links", "password", "no_header", "hidden", "nothing", "gone",
            )
        ),
    ),
}  # fmt: skip

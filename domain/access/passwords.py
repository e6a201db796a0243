"""Which passwords are taken: long ones, that are not among those that everybody tries first."""

from typing import Final

from domain.errors import TryAgain
from domain.records.pin import Secret

PASSWORD_LENGTH_MIN: Final = 12
PASSWORD_LENGTH_MAX: Final = 128
_KINDS_MIN: Final = 5  # different signs


class WeakPassword(TryAgain):
    """A password that is too short or too long (`least` signs), or that many people have."""

    code = "weak_password"


# Of the lists of passwords that were stolen, what is at the bottom of those with twelve signs and more.
_COMMON: Final = (
    "password",
    "passw0rd",
    "qwertyuiop",
    "qwerty",
    "asdfgh",
    "zxcvbn",
    "1q2w3e4r",
    "iloveyou",
    "administrator",
    "letmein",
    "welcome",
    "changeme",
    "savings",
    "1234567890",
    "123456",
    "abcdef",
    "monkey",
    "dragon",
    "football",
    "princess",
    "sunshine",
    "superman",
    "motdepasse",
    "azerty",
    "nywila",
)


def check_password(password: Secret, *names: str) -> None:
    """`names` are what is known of whose it is. Raises WeakPassword."""
    value = password.value
    if not PASSWORD_LENGTH_MIN <= len(value) <= PASSWORD_LENGTH_MAX or len(set(value)) < _KINDS_MIN:
        raise WeakPassword(least=PASSWORD_LENGTH_MIN)
    left = value.casefold()
    known = {part for name in names for part in name.casefold().replace("@", " ").replace(".", " ").split()}
    for word in (*_COMMON, *sorted((each for each in known if len(each) > 3), key=len, reverse=True)):
        left = left.replace(word, "")
    # What remains beside what everybody tries is the password.
    if len(left) < PASSWORD_LENGTH_MIN // 2:
        raise WeakPassword(least=PASSWORD_LENGTH_MIN)

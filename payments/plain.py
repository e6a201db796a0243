"""Our words as a provider takes them: in plain letters."""

import re
import unicodedata


def plain_letters(text: str, kept: str, most: int) -> str:
    """Accents folded, a space for what is not `kept`, as a regular expression has it, cut at `most` characters."""
    letters = [char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)]
    return " ".join(re.sub(rf"[^{kept}]", " ", "".join(letters)).split())[:most].rstrip()

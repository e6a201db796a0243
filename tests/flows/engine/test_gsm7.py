"""What a network can send in its 7-bit alphabet: counted as it counts, and never anything else."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.engine.gsm7 import fold, septets

# 3GPP TS 23.038, table 6.2.1, in its own order without the escape, and 6.2.1.1 without the form feed.
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "^{}\\[~]|€"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Karibu", 6),
        ("1. Savings\n2. Loans", 19),
        ("Épargne à déposer", 17),
        ("€", 2),
        ("[5 €]", 8),
        (EXTENSION, 2 * len(EXTENSION)),
        (ALPHABET, 127),
    ],
)
def test_an_extension_character_takes_two_septets_and_any_other_one(text: str, length: int) -> None:
    assert septets(text) == length


def test_what_the_alphabet_has_stays() -> None:
    assert fold(ALPHABET + EXTENSION) == ALPHABET + EXTENSION
    assert fold("éèùìòà ÇÉ ÄÖÑÜ äöñü åøæß") == "éèùìòà ÇÉ ÄÖÑÜ äöñü åøæß"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        pytest.param("La fête a reçu son dû", "La fete a recu son du", id="French accents the alphabet lacks"),
        pytest.param("ÀÈÊ ç Ç", "AEE c Ç", id="a capital and a small letter are not alike in it"),
        pytest.param("e\u0301te\u0301", "été", id="é sent as two characters is still é"),
        pytest.param("L’œuvre : « épargner »", 'L\'oeuvre : " épargner "', id="French typography"),
        pytest.param("“Ndiyo” – ‘hapana’…", "\"Ndiyo\" - 'hapana'...", id="English typography"),
        pytest.param("5\u00a0000\u202fUGX\tok", "5 000 UGX ok", id="spaces that are not a plain one"),
        pytest.param("Ɔkɔ ŋutɔ, ƙasa, ɲɛ", "Oko nguto, kasa, nye", id="letters of West African languages"),
        pytest.param("Nguyễn Łukasz Þór", "Nguyen Lukasz Thor", id="names from elsewhere"),
        pytest.param("½ ² № ﬁ Ａ", "1/2 2 No fi A", id="compatibility characters"),
        pytest.param("≤ 5 × ₦20", "<= 5 x N20", id="signs that carry a meaning"),
        pytest.param("مال 村 ٥", "??? ? ?", id="letters and numbers with nothing alike"),
        pytest.param("a\u200bb\u00ad\x00\x1b", "ab", id="format and control characters"),
        pytest.param("`", "'", id="ASCII, and outside all the same"),
    ],
)
def test_what_the_alphabet_lacks_becomes_what_looks_alike(written: str, sent: str) -> None:
    assert fold(written) == sent


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        pytest.param("Asante 👍 sana", "Asante sana", id="between words"),
        pytest.param("Asante 👍 👍🏽 sana", "Asante sana", id="several"),
        pytest.param("👋 Karibu 👋\n🎉 Amina 🎉", "Karibu\nAmina", id="at the ends of lines"),
        pytest.param("Umoja👩🏽‍🌾Group", "UmojaGroup", id="inside a word, joined from several"),
        pytest.param("Hi 👍 you\n0 Back  00 Home", "Hi you\n0 Back  00 Home", id="beside spaces meant as two"),
        pytest.param("👍", "", id="alone"),
    ],
)
def test_an_emoji_disappears_with_the_space_it_leaves_over(written: str, sent: str) -> None:
    assert fold(written) == sent


def test_every_letter_sign_and_emoji_folds_into_the_alphabet() -> None:
    allowed = set(ALPHABET + EXTENSION)
    outside = [hex(code) for code in range(0x20000) if not allowed.issuperset(fold(chr(code)))]
    assert outside == []


@given(st.text() | st.text(" a👍\n\u0301é"))
@example("x\u0338 =\u0338 \0 ")
def test_folding_again_changes_nothing(text: str) -> None:
    folded = fold(text)
    assert set(ALPHABET + EXTENSION).issuperset(folded)
    assert fold(folded) == folded


@given(st.lists(st.text(" aé👍\u0301ê", max_size=8), min_size=1))
def test_each_line_folds_as_it_would_alone(lines: list[str]) -> None:
    assert fold("\n".join(lines)) == "\n".join(map(fold, lines))


@given(st.lists(st.sampled_from(["mchango", "épargne", "👍", "🎉🎉", "☂"])))
def test_no_emoji_leaves_a_double_space(words: list[str]) -> None:
    assert fold(" ".join(words)) == " ".join(word for word in words if word.isalpha())

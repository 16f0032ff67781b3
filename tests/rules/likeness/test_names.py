"""Names as people see them, on worked examples and on a set of pairs half of which the rules were never fitted to."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from operators.likeness.names import NameLikeness, letters_alike, name_likeness
from operators.likeness.profile_similarity import NicknameFilter, compare_profiles
from operators.likeness.romanisation import romanise
from operators.policy.friendship_age import GateReason
from operators.policy.model import Policy
from operators.text.names import words_of
from operators.text.seen_names import is_given, name_skeleton
from schemas.records import Appearance, Picture, PictureHashes

if TYPE_CHECKING:
    from operators.likeness.profile_similarity import SimilarityParts

POLICY = Policy()
FIRST, UNLIKE = bytes.fromhex("f0f0f0f0f0f0f0f0"), bytes.fromhex("ff00ff00ff00ff00")
NICKNAMES = st.one_of(
    st.text("abeiIl1o0rnm \u0430\u0435\u00e9", max_size=10),
    st.text("ab 王芳新号2🌸(", max_size=8),
    st.text(max_size=12),
)
LINES = Path(__file__).with_name("name_pairs.tsv").read_text("utf-8").splitlines()
PAIRS = [line.split("\t") for line in LINES if not line.startswith("#")]


def appearance(nickname: str, picture: bytes | None) -> Appearance:
    pictures = (Picture(version="p", set_ms=0, hashes=PictureHashes(phash=picture, version="1")),) if picture else ()
    return Appearance(version="v", revision=0, nickname=words_of(nickname) or None, pictures=pictures)


def parts(mine: str, theirs: str, *, own: bytes | None = None, other: bytes | None = None) -> SimilarityParts:
    return compare_profiles(appearance(mine, own), appearance(theirs, other), 1, POLICY.avatar_impersonation)


@pytest.mark.parametrize(
    ("mine", "theirs", "part", "name"),
    [
        pytest.param("Lopez, María", "maria lopez", "1", NameLikeness.SAME, id="FA-V92"),
        pytest.param("王芳（新号）", "王芳", "1", NameLikeness.SAME, id="FA-V93"),
        pytest.param("M\u0430ri\u0430 L\u043e\u0440\u0435z", "Maria Lopez", "1", NameLikeness.SAME, id="FA-V94"),
        pytest.param("AIice Carrnen 2", "Alice Carmen", "1", NameLikeness.SAME, id="FA-V95"),
        pytest.param("Alex1991", "Alex1990", "3/4", None, id="FA-V96"),
        pytest.param("Ivan Petrov", "Иван Петров", "9/10", NameLikeness.DERIVED, id="FA-V97"),
        pytest.param("T. Hill", "Thomas Hill", "9/10", NameLikeness.DERIVED, id="FA-V98"),
        pytest.param("Mario Lopez", "Maria Lopez", "4/5", None, id="FA-V99"),
        pytest.param("🌸", "🌸", "1", NameLikeness.SAME, id="FA-V100"),
        pytest.param("user_123456", "user_123456", None, None, id="FA-V101"),
    ],
)
def test_names_are_compared_as_people_see_them__fa_91_fa_92_fa_57(
    mine: str, theirs: str, part: str | None, name: NameLikeness | None
) -> None:
    found = parts(mine, theirs)
    assert (found.nickname, found.name) == (None if part is None else Fraction(part), name)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("🌸", "🌺"),
        ("Ana", "Anna"),
        ("Player 17", "Player 18"),
        ("王小明", "王小红"),
        ("محمد علي", "محمد عمر"),
        ("राहुल", "राहल"),  # vowel signs of Indic scripts are no marks that people leave out
        ("Wang Fei", "王芳"),
        ("New", "Official"),
        ("Sam", "Samantha Jones"),
        ("M. L.", "Maria Lopez"),
        ("Maira", "Maria"),
    ],
)
def test_names_of_different_people_are_not_alike__fa_91(mine: str, theirs: str) -> None:
    assert name_likeness(words_of(mine), words_of(theirs)) is None


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("M@ria L0pez", "Maria Lopez"),
        ("🅼aria Lopez", "Maria Lopez"),
        ("Ⓜaria Lopez", "Maria Lopez"),
        ("王芳2024", "王芳"),
        ("新王芳", "王芳"),
        ("小明陈", "陈小明"),
        ("maria.lopez.1990", "Maria Lopez"),
        ("خــالــد", "خالد"),
    ],
)
def test_names_written_otherwise_are_the_same__fa_91(mine: str, theirs: str) -> None:
    assert name_likeness(words_of(mine), words_of(theirs)) is NameLikeness.SAME


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("Maria L.", "Maria Lopez"),
        ("Maria Lopez Garcia", "Maria Lopez"),
        ("Sergey Zhukov", "Сергей Жуков"),
        ("Christos Papadopoulos", "Χρήστος Παπαδόπουλος"),
        ("Narendra Modi", "नरेंद्र मोदी"),
        ("Yousef", "يوسف"),
        ("Robetr", "Robert"),
    ],
)
def test_names_are_derived_from_others__fa_91(mine: str, theirs: str) -> None:
    assert name_likeness(words_of(mine), words_of(theirs)) is NameLikeness.DERIVED


@pytest.mark.parametrize(("mine", "theirs"), [("Roberta Klein", "Robert Klein"), ("Иванова", "Иванов")])
def test_another_ending_is_another_name__fa_57(mine: str, theirs: str) -> None:
    assert parts(mine, theirs).nickname == Fraction(4, 5)


@pytest.mark.parametrize(
    ("nickname", "words"),
    [
        ("  Maria \u200b(Lopez) 🌸", "maria lopez"),
        ("Mo\u200bther", "mother"),
        ("★ ★", "★★"),
        ("\u3164", ""),
        ("\x1f \n", ""),
        ("𝐉𝐨𝐧𝐚𝐬", "jonas"),
        ("Anna 🇩🇪", "anna"),
    ],
)
def test_a_name_is_stored_as_its_words__fa_91(nickname: str, words: str) -> None:
    assert words_of(nickname) == words


@pytest.mark.parametrize("name", ["user_123456", "Guest", "微信用户", "用户8812", "20260301", "New User 7"])
def test_names_that_a_platform_gives_say_nothing__fa_92(name: str) -> None:
    assert is_given(words_of(name))


@pytest.mark.parametrize("name", ["Userin Anna", "Alex1990", "🌸", "妈妈1"])
def test_other_names_are_those_of_people__fa_92(name: str) -> None:
    assert not is_given(words_of(name))


@pytest.mark.parametrize(("han", "latin"), [("王芳", "vangfang"), ("欧阳修", "ouangksiu"), ("曾国", "zengguo")])
def test_han_names_are_read__fa_91(han: str, latin: str) -> None:
    assert romanise(han) == romanise(latin)


def test_a_name_without_a_reading_is_not_romanised__fa_91() -> None:
    assert romanise("王嫣") is None
    assert romanise("김민수") is None


def asked(kind: str, *, held_out: bool, own: bytes | None, other: bytes | None) -> tuple[int, int]:
    """Return how many pairs of a kind and half are asked about, and how many there are."""
    half = [pair for pair in PAIRS if pair[0] == kind][int(held_out) :: 2]
    return sum(bool(parts(mine, theirs, own=own, other=other).reasons(POLICY)) for _, theirs, mine in half), len(half)


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize(
    ("own", "share"),
    [
        pytest.param(None, Fraction(46, 56), id="no avatar"),
        pytest.param(FIRST, Fraction(54, 56), id="the friend's avatar"),
        pytest.param(UNLIKE, Fraction(40, 56), id="another avatar"),
    ],
)
def test_impostors_are_asked_about__fa_57_fa_91(own: bytes | None, share: Fraction, *, held_out: bool) -> None:
    found, all_ = asked("copy", held_out=held_out, own=own, other=FIRST)
    assert Fraction(found, all_) >= share


@pytest.mark.parametrize("own", [None, UNLIKE])
def test_few_other_people_are_asked_about__fa_57_fa_91(own: bytes | None) -> None:
    halves = [asked("other", held_out=held_out, own=own, other=FIRST if own else None) for held_out in (False, True)]
    found, all_ = map(sum, zip(*halves, strict=True))
    assert Fraction(found, all_) <= Fraction(5, 31)


@given(NICKNAMES, NICKNAMES)
@example("rn", "m")
@example("王芳2", "王芳")
@example("\u0130", "i\u0307")
@example("A\u00a8", "\u00e4")
def test_likeness_of_names_is_symmetric_and_of_a_name_with_itself__fa_91(one: str, other: str) -> None:
    mine, theirs = words_of(one), words_of(other)
    assert words_of(mine) == mine
    if mine and theirs:
        assert name_likeness(mine, theirs) == name_likeness(theirs, mine)
        assert letters_alike(mine, theirs) == letters_alike(theirs, mine)
        assert name_likeness(mine, mine) is NameLikeness.SAME
        assert 0 <= letters_alike(mine, theirs) <= 1


@pytest.mark.parametrize("first", range(0, 0x30000, 0x2000))
def test_every_character_can_be_a_whole_name__fa_91(first: int) -> None:
    anna = words_of("anna")
    names = filter(None, (words_of(chr(code)) for code in range(first, first + 0x2000)))
    for words in names:
        assert name_likeness(words, anna) == name_likeness(anna, words)
        assert name_skeleton(words) == name_skeleton(words_of(words))


@given(st.text("\u0591\u064b\u0640\u0301\u05b0 ab2", max_size=6), st.text("\u0591\u0640\u0301 a", max_size=3))
@example("\u0591", "anna")
@example("\u0640", "\u064b")
def test_names_of_marks_alone_are_compared_as_they_are__fa_91(one: str, other: str) -> None:
    mine, theirs = words_of(one), words_of(other)
    if mine and theirs:
        assert name_likeness(mine, theirs) == name_likeness(theirs, mine)
        assert name_skeleton(mine) == name_skeleton(words_of(mine))


@given(NICKNAMES, NICKNAMES, st.sampled_from([None, FIRST, UNLIKE]))
def test_the_nickname_filter_excludes_nobody_to_review__fa_66(one: str, other: str, own: bytes | None) -> None:
    found = set(parts(one, other, own=own, other=FIRST).reasons(POLICY)) - {GateReason.SAME_PICTURE}
    if found:
        assert NicknameFilter(words_of(one), POLICY).may_match(words_of(other))

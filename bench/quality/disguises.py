"""Disguises of a text: ways to write it that people still read, and that hide it from a plain comparison.

They have tables of their own. Those of letters, digits and signs hardly change a text in Chinese.
"""

from __future__ import annotations

import random
import re
from string import ascii_lowercase as letters
from string import ascii_uppercase as capitals
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SEED: Final = 1
_CYRILLIC: Final = str.maketrans("acehijkmopstxyABCEHIKMOPSTXY", "асеһіјкморѕтхуАВСЕНІКМОРЅТХУ")
_GREEK: Final = str.maketrans("aiknoptuvxyABEHIKMNOPTXYZ", "αικηορτυνχγΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
_SMALL_CAPITALS: Final = str.maketrans("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ")
_LEET: Final = str.maketrans("aeiost", "431057")
_SIGNS: Final = str.maketrans("ais", "@!$")
_HOMOPHONES: Final = str.maketrans("贷款微信转账钱群验证付", "代宽薇芯专帐前裙验正付")
_MARK, _STROKE, _OVERRIDE, _END = "\u0332", "\u0336", "\u202e", "\u202c"


def _from(first: int) -> Mapping[int, int]:
    """Return the map of letters of either case to symbols that begin at a code point."""
    return {ord(char): first + at for alphabet in (letters, capitals) for at, char in enumerate(alphabet)}


def _translated(table: Mapping[int, int | str]) -> Callable[[str], str]:
    def change(text: str) -> str:
        return text.translate(table)

    return change


def _words(change: Callable[[str], str]) -> Callable[[str], str]:
    """Return the change of every word of letters that has more than three of them; the others stay as they are."""

    def change_words(text: str) -> str:
        return re.sub(r"[^\W\d_]{4,}", lambda word: change(word[0]), text)

    return change_words


def _half(table: Mapping[int, int | str]) -> Callable[[str], str]:
    """Return the change of every other letter that the table has."""

    def change(text: str) -> str:
        able = [at for at, char in enumerate(text) if ord(char) in table][::2]
        changed = text.translate(table)
        return "".join(changed[at] if at in set(able) else char for at, char in enumerate(text))

    return change


def _each(mark: str) -> Callable[[str], str]:
    return lambda text: "".join(char + mark if char.isalnum() else char for char in text)


def _overridden(text: str) -> str:
    return f"{_OVERRIDE}{text[::-1]}{_END}"


def _repeat_one(word: str) -> str:
    at = random.Random(_SEED).randrange(len(word))
    return word[:at] + word[at] * 3 + word[at + 1 :]


def _repeat_all(word: str) -> str:
    return "".join(char * 2 for char in word)


def _between(separator: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        return separator.join(text)

    return change


def _broken(size: int) -> Callable[[str], str]:
    def change(text: str) -> str:
        run = re.sub(r"\s", "", text)
        return " ".join(run[at : at + size] for at in range(0, len(run), size))

    return change


DISGUISES: Final[Mapping[str, Callable[[str], str]]] = {
    "Cyrillic lookalikes": _translated(_CYRILLIC),
    "every other one": _half(_CYRILLIC),
    "Greek lookalikes": _half(_GREEK),
    "small capitals": lambda text: text.lower().translate(_SMALL_CAPITALS),
    "squared letters": _translated(_from(0x1F130)),
    "negative squared letters": _translated(_from(0x1F170)),
    "circled letters": _translated(_from(0x24D0)),
    "negative circled letters": _translated(_from(0x1F150)),
    "regional indicators": _translated(_from(0x1F1E6)),
    "bold letters": _translated(_from(0x1D5EE)),
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "digits for letters": _translated(_LEET),
    "a few digits": _half(_LEET),
    "signs for letters": _translated(_SIGNS),
    "lines below": _each(_MARK),
    "struck through": _each(_STROKE),
    "right to left": _overridden,
    "words right to left": _words(_overridden),
    "a letter three times": _words(_repeat_one),
    "all letters twice": _words(_repeat_all),
    "run together": lambda text: re.sub(r"\s", "", text),
    "broken by fours": _broken(4),
    "spaced": _between(" "),
    "dotted": _between("."),
    "zero width": _each("\u200b"),
    "homophones": _translated(_HOMOPHONES),
}
"""The disguises by name."""

"""Settings of a policy file that are numbers: which there are, other values to try, and the policy with such a value.

Which keys these are follows from the types of the sections of the capabilities; nothing is listed by hand.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from jobs.policy.errors import format_path
from jobs.policy.file import parse, with_version
from jobs.policy.friendship_age import FriendshipAgeSection, Interval
from jobs.policy.section import SUFFIX, Section
from jobs.policy.validation import SHORT_FORM
from operators.policy.durations import format_duration
from operators.policy.model import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pydantic.fields import FieldInfo

    from jobs.policy.model import PolicyFile
    from operators.policy.model import Policy

_WHOLE: Final = re.compile(r"-?\d{1,15}", re.ASCII)
_SMALL: Final = 8
"""Whole numbers up to this are tried one by one, larger ones in proportion."""
_NEAR: Final = (-2, -1, 1, 2)
_FACTORS: Final = (Fraction(1, 4), Fraction(1, 2), Fraction(2), Fraction(4))
_SHARES: Final = (Fraction(-10, 100), Fraction(-5, 100), Fraction(5, 100), Fraction(10, 100))
_DURATIONS_FOR_NONE: Final = ("1h", "1d", "7d")

Number = int | Fraction
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class TunableSetting:
    """A number of a policy file: its place, its value there or by default, what it means and in what unit.

    `choices` are all valid values, if they are few. `rows` are those of the list in which it is, as the file says them.
    `short` is its key without the suffix of durations, if a file may say it so.
    """

    place: Place
    value: Number | None
    meaning: str
    unit: str
    choices: tuple[int, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    short: str = ""

    @property
    def name(self) -> str:
        """Its name, without the suffix of durations where that can be left out: `friendship_age.t1`."""
        return format_path((*self.place[:-1], self.short or self.place[-1]))

    @property
    def full_name(self) -> str:
        """Its name with the suffix of durations: `friendship_age.t1_ms`."""
        return format_path(self.place)

    @property
    def is_duration(self) -> bool:
        """Whether it is a time."""
        return str(self.place[-1]).endswith(SUFFIX)

    @property
    def current(self) -> str:
        """Its value, as a file would say it."""
        return "null" if self.value is None else self._written(self.value)

    def other_values(self) -> Iterator[str]:
        """Yield values around the present one; none where there is none. Not all of them need be valid."""
        if self.choices:
            found: Iterable[Number] = self.choices
        elif self.value is None:
            return
        elif self.is_duration and not self.value:
            yield from _DURATIONS_FOR_NONE
            return
        elif isinstance(self.value, Fraction) and self.value <= 1:
            found = (self.value + step for step in _SHARES if 0 <= self.value + step <= 1)
        elif self.is_duration or self.value > _SMALL:
            found = (int(self.value * factor) for factor in _FACTORS)
        else:
            found = (self.value + step for step in _NEAR if self.value + step >= 0)
        yield from (self._written(value) for value in found if value != self.value)

    def _written(self, value: Number) -> str:
        if isinstance(value, Fraction):
            return f"{float(value):g}"
        return format_duration(value) if self.is_duration else str(value)


def tunable_settings(file: PolicyFile) -> list[TunableSetting]:
    """Return the numbers in the sections of the capabilities, in the order of the file's keys."""
    return [setting for name in SECTIONS for setting in _settings(getattr(file, name), (name,), ())]


class PolicyVariants:
    """Policies that differ in one setting from that of a file. Their version is the same, and so are decision ids."""

    def __init__(self, path: Path, version: str, *, outside: bool) -> None:
        self._document: dict[str, Any] = json.loads(with_version(path, version, outside=outside))

    def unchanged(self) -> Policy:
        """Return the policy of the file."""
        return parse(json.dumps(self._document, ensure_ascii=False))

    def with_value(self, setting: TunableSetting, value: str) -> Policy:
        """Return the policy with another value of a setting. Raise InvalidPolicy where it is not valid."""
        document = deepcopy(self._document)
        _put(document, setting, int(value) if _WHOLE.fullmatch(value) else None if value == "null" else value)
        return parse(json.dumps(document, ensure_ascii=False))


def _settings(section: Section, place: Place, rows: tuple[dict[str, Any], ...]) -> Iterator[TunableSetting]:
    shorts = {name: short for short, name in section.short_names().items()}
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section) and not name.isupper():
            yield from _settings(value, (*place, name), rows)
        elif isinstance(value, tuple) and any(isinstance(row, Section) for row in value):
            yield from _settings_of_rows(value, (*place, name))
        elif _is_number(field.annotation) and not _is_other_form(section, name):
            yield replace(_setting(field, (*place, name), value, rows), short=shorts.get(name, ""))


def _settings_of_rows(sections: tuple[Any, ...], place: Place) -> Iterator[TunableSetting]:
    """Yield the settings of a list's rows. Intervals are left out: one cannot change without the next."""
    if not isinstance(sections[0], Interval):
        rows = tuple(row.model_dump(mode="json", exclude_none=True) for row in sections)
        for number, row in enumerate(sections):
            yield from _settings(row, (*place, number), rows)


def _setting(field: FieldInfo, place: Place, value: Number | None, rows: tuple[dict[str, Any], ...]) -> TunableSetting:
    extra = field.json_schema_extra
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    return TunableSetting(place, value, field.description or "", unit, choices, rows)


def _is_number(annotation: Any) -> bool:  # noqa: ANN401 - a type hint has no type
    """Return whether a type hint is of whole numbers, fractions or choices of numbers, perhaps optional ones."""
    if get_origin(annotation) is Literal:
        return all(type(choice) is int for choice in get_args(annotation))
    if get_origin(annotation) in {tuple, dict}:
        return False
    return annotation in {int, Fraction} or any(map(_is_number, get_args(annotation)))


def _is_other_form(section: Section, name: str) -> bool:
    """Return whether a key is of the short form of age bands, in a file that has the long one (FA-21)."""
    return isinstance(section, FriendshipAgeSection) and section.bands is not None and name in SHORT_FORM


def _put(document: dict[str, Any], setting: TunableSetting, value: object) -> None:
    """Set a value in a document; keys on the way to it that are left out get a section, or the rows of a list."""
    place: Any = document
    for step, following in pairwise(setting.place):
        if isinstance(step, str) and not isinstance(place.get(step), dict | list):
            place[step] = [dict(row) for row in setting.rows] if isinstance(following, int) else {}
        place = place[step]
    place.pop(setting.short, None)
    place[str(setting.place[-1])] = value

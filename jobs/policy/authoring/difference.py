"""Differences between two policies in words: each key that has another value, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from jobs.policy.friendship_age import Interval
from jobs.policy.keyword_entries import KeywordEntry, KeywordsSection
from jobs.policy.operations import Actions
from jobs.policy.section import SUFFIX, Section
from operators.policy.durations import describe_exactly, describe_range
from operators.policy.keywords import LISTED_KEYWORDS
from operators.policy.model import LimitScope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pydantic.fields import FieldInfo

    from jobs.policy.file import CheckedPolicy
    from operators.policy.keywords import ScreenRules
    from operators.policy.model import Limit

_ENTRIES_SHOWN: Final = 10
_APART: Final = frozenset({"version", "limits"})
"""Keys that are not compared as they are written: the name, and limits, which have defaults by action."""
_UNSAID: Final = frozenset({"ms", "parts", "share"})
"""Units that a value does not need."""
_DEFAULT_KEYWORDS: Final = KeywordsSection.model_validate(list(LISTED_KEYWORDS)).only
_LIMITS: Final = "commands per action and time; more are decided and not sent (C-26, C-31)"
_KEYWORDS: Final = "all keywords that count: those of packs, of files and its own"


@dataclass(frozen=True, slots=True)
class Change:
    """A key with another value: both in words, how it changes, and what the key means."""

    key: str
    before: str
    after: str
    how: str
    about: str

    def __str__(self) -> str:
        """Return a sentence."""
        return f"{self.key} {self.how}"


def changes(old: CheckedPolicy, new: CheckedPolicy) -> list[Change]:
    """Return what another policy changes, in the order of the keys in a policy file."""
    return [
        *_sections(old.file, new.file, ()),
        *_keyword_counts(old.policy.friendship_age.screen, new.policy.friendship_age.screen),
        *_limits(old.policy.limits, new.policy.limits),
    ]


def _sections(old: Section, new: Section, path: tuple[str, ...]) -> Iterator[Change]:
    names = {name: short for short, name in new.short_names().items()}
    for name, field in type(new).model_fields.items():
        before, after = _value(old, name), _value(new, name)
        if before == after or (not path and name in _APART):
            continue
        place = (*path, names.get(name, name))
        if isinstance(before, Section) and isinstance(after, Section) and not isinstance(after, Actions):
            yield from _sections(before, after, place)
        else:
            yield _change(".".join(place), name, field, before, after)


def _value(section: Section, name: str) -> Any:  # noqa: ANN401
    """Return the value of a key. Changes of the default keywords are made on the default ones."""
    value = getattr(section, name)
    is_default = value is None and name == "only" and isinstance(section, KeywordsSection)
    return _DEFAULT_KEYWORDS if is_default else value


def _change(key: str, name: str, field: FieldInfo, before: Any, after: Any) -> Change:  # noqa: ANN401 - any value
    shown = _show(name, before), _show(name, after)
    return Change(key, *shown, _how(name, field, before, after), field.description or "")


def _how(name: str, field: FieldInfo, before: Any, after: Any) -> str:  # noqa: ANN401
    if isinstance(after, bool):
        return f"is switched {'on' if after else 'off'}"
    if isinstance(before, tuple) and isinstance(after, tuple) and not any(isinstance(x, Interval) for x in after):
        return _entries(name, before, after)
    way = "changes"
    if isinstance(before, int | Fraction) and isinstance(after, int | Fraction):
        way = "rises" if after > before else "falls"
    return f"{way} from {_show(name, before)} to {_show(name, after)}{_unit(field)}"


def _unit(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    unit = extra.get("unit") if isinstance(extra, dict) else None
    return f" ({unit})" if unit and unit not in _UNSAID else ""


def _entries(name: str, before: Sequence[Any], after: Sequence[Any]) -> str:
    """Return what a list has more and less than before, or its new order."""
    gained = [_show(name, entry) for entry in after if entry not in before]
    lost = [_show(name, entry) for entry in before if entry not in after]
    said = [f"{verb} {_listed(entries)}" for verb, entries in (("gains", gained), ("loses", lost)) if entries]
    return " and ".join(said) or f"has another order: {_listed([_show(name, entry) for entry in after])}"


def _listed(entries: Sequence[str]) -> str:
    more = len(entries) - _ENTRIES_SHOWN
    return ", ".join(entries[:_ENTRIES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _show(name: str, value: Any) -> str:  # noqa: ANN401
    """Return a value in words."""
    return next((show(name, value) for kind, show in _SHOW.items() if isinstance(value, kind)), str(value))


def _cell(action: Enum, for_ms: int | None) -> str:
    return str(action.value) if for_ms is None else f"{action.value} for {describe_exactly(for_ms)}"


def _section(value: Section) -> str:
    """Return a section that is one value: an interval, a keyword, an operation, or a row of settings."""
    if isinstance(value, Interval):
        return f"{describe_range(value.from_ms, value.to_ms, describe_exactly)} {_section(value.do)}"
    if isinstance(value, KeywordEntry):
        return value.text
    set_keys = {name: found for name in type(value).model_fields if (found := getattr(value, name)) not in (None, ())}
    if isinstance(value, Actions):
        return ", ".join(f"{name}{_options(options)}" for name, options in set_keys.items()) or "nothing"
    return f"({', '.join(f'{name.removesuffix(SUFFIX)} {_show(name, found)}' for name, found in set_keys.items())})"


def _options(options: Section) -> str:
    """Return the options of an action that differ from its defaults, in brackets."""
    differing = {
        name: getattr(options, name)
        for name, field in type(options).model_fields.items()
        if getattr(options, name) != field.default
    }
    told = ", ".join(f"{name} {_show(name, found)}" for name, found in differing.items())
    return f" ({told})" if told else ""


def _keyword_counts(old: ScreenRules, new: ScreenRules) -> Iterator[Change]:
    before, after = ({keyword.text for keyword in rules.keywords} for rules in (old, new))
    if before != after:
        how = f"are {len(after - before):,} more and {len(before - after):,} fewer"
        yield Change("keywords in effect", f"{len(before):,}", f"{len(after):,}", how, _KEYWORDS)


def _limits(old: Sequence[Limit], new: Sequence[Limit]) -> Iterator[Change]:
    before, after = ({limit.action: limit for limit in limits} for limits in (old, new))
    for action in sorted({*before, *after}):
        was, now = _limit(before, action), _limit(after, action)
        if was != now:
            yield Change(f"limits.{action.name}", was, now, f"changes from {was} to {now}", _LIMITS)


def _limit(limits: Mapping[Any, Limit], action: object) -> str:
    limit = limits.get(action)
    if limit is None:
        return "no limit"
    about = " about one account" if limit.scope is LimitScope.SUBJECT else ""
    return f"{limit.at_most:,} in {describe_exactly(limit.per_ms)}{about}"


_SHOW: Final[Mapping[type, Callable[[str, Any], str]]] = {
    type(None): lambda _, __: "not set",
    bool: lambda _, value: "on" if value else "off",
    int: lambda name, value: describe_exactly(value) if name.endswith(SUFFIX) else f"{value:,}",
    Fraction: lambda _, value: f"{float(value):g}",
    Enum: lambda _, value: str(value.value),
    tuple: lambda name, value: _listed([_show(name, entry) for entry in value]) or "nothing",
    dict: lambda _, value: _listed([_cell(action, for_ms) for action, for_ms in value.items()]),
    Section: lambda _, value: _section(value),
}
"""How a value of each type is shown; the first that fits."""

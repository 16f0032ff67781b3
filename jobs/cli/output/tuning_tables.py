"""Result of `kithward policy tune`: a table per setting, or one JSON object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jobs.analysis.precision import describe_interval, precision_object
from jobs.cli.output.tables import column_lines
from operators.policy.model import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobs.analysis.tuning import Comparison, Tuning
    from jobs.policy.authoring.tunable import TunableSetting

_HEADS: Final = ("value", "decided", "looked at", "upheld", "overturned", "share", "lost", "avoided", "found")
_LEGEND: Final = """\
share    what people uphold of those upheld or overturned, with 95% certainty
lost     upheld decisions that this value does not make, or with another outcome
avoided  the same of overturned decisions
found    of what people report as missed
This is about decisions that people looked at; if these were chosen, it says
nothing about the others."""
_PRESENT: Final = " (now)"


@dataclass(frozen=True, slots=True)
class TunedValue:
    """A value that was tried, and the place of its run."""

    value: str
    place: int


@dataclass(frozen=True, slots=True)
class TunedSetting:
    """A setting with the values that were tried, the present one first."""

    setting: TunableSetting
    tried: Sequence[TunedValue]


def result_lines(tuning: Tuning, settings: Sequence[TunedSetting]) -> Iterator[str]:
    """Yield a table for each setting, and what the columns of the tables mean."""
    for place, tuned in enumerate(settings):
        yield from ("",) if place else ()
        yield from _setting_lines(tuning, tuned)
    if any(not tuning.is_alike(each.place) for tuned in settings for each in tuned.tried):
        yield from ("", *_LEGEND.splitlines())


def _setting_lines(tuning: Tuning, tuned: TunedSetting) -> Iterator[str]:
    """Yield the tables of a setting by rule; a line that says so where no value decides anything otherwise."""
    setting, tried = tuned.setting, tuned.tried
    yield f"{setting.name}: {setting.meaning}"
    if len(tried) == 1:
        yield f"  {setting.current} now; name other values with --values"
    elif all(tuning.is_alike(each.place) for each in tried):
        yield f"  {setting.current} now; {', '.join(each.value for each in tried[1:])} decide the same"
    else:
        for rule in _rules(tuning, tuned):
            yield f"  {rule}: {tuning.count_missed(rule):,} reported as missed"
            rows = [_row(tuning, each, rule) for each in tried]
            yield from (f"    {line}" for line in column_lines(_HEADS, rows))


def to_object(tuning: Tuning, version: str, settings: Sequence[TunedSetting]) -> dict[str, Any]:
    """Return all results as one JSON object."""
    return {
        "policy": version,
        "events": tuning.events,
        "not_valid": tuning.refused,
        "settings": [_setting_object(tuning, tuned) for tuned in settings],
    } | ({} if tuning.sample is None else {"sample": {"share": float(tuning.sample.share)}})


def _rules(tuning: Tuning, tuned: TunedSetting) -> list[str]:
    """Return the rules of the setting's section, and others that depend on it."""
    section = SECTIONS[str(tuned.setting.place[0])]
    return tuning.rules([rule.name for rule in section.rules], [each.place for each in tuned.tried])


def _row(tuning: Tuning, tried: TunedValue, rule: str) -> Sequence[str | int]:
    found = tuning.compare(tried.place, rule)
    counts = (found.tally.decisions, found.tally.looked_at, found.tally.upheld, found.tally.overturned)
    value = tried.value if tried.place else f"{tried.value}{_PRESENT}"
    return (value, *counts, describe_interval(found.tally), found.upheld_lost, found.overturned_avoided, found.found)


def _setting_object(tuning: Tuning, tuned: TunedSetting) -> dict[str, Any]:
    setting, rules = tuned.setting, _rules(tuning, tuned)
    values = [
        {
            "value": each.value,
            "present": not each.place,
            "rules": {rule: _rule_object(tuning.compare(each.place, rule), tuning, rule) for rule in rules},
        }
        for each in tuned.tried
    ]
    return {"setting": setting.name, "unit": setting.unit, "meaning": setting.meaning, "values": values}


def _rule_object(found: Comparison, tuning: Tuning, rule: str) -> dict[str, Any]:
    lost = {"upheld_lost": found.upheld_lost, "overturned_avoided": found.overturned_avoided}
    return precision_object(found.tally) | lost | {"missed": tuning.count_missed(rule), "found": found.found}

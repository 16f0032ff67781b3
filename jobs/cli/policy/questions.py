"""Questions by which `kithward policy new` learns what differs from the defaults."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import typer

from jobs.cli.output.terminal import ask, confirm, echo
from jobs.cli.time_options import parse_length
from jobs.errors import BadInput
from jobs.policy.authoring.draft import Document, Preset, merge, recorded_only
from operators.policy.durations import format_duration, parse_duration
from operators.policy.friendship_age import FriendshipAgePolicy

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_ATTEMPTS: Final = 5
_NEW_MS, _OLD_MS = (band.to_ms or 0 for band in FriendshipAgePolicy().bands[:2])


def ask_for_policy() -> tuple[str, Preset, Document]:
    """Ask, and return the version's name, the preset, and what differs from the defaults.

    Raise BadInput where nobody answers.
    """
    try:
        return _answers()
    except typer.Abort as end:
        if sys.stdin is not None and sys.stdin.isatty():
            raise  # Ctrl-C
        message = f"asks questions, and nobody answers; give --from {', '.join(Preset)}"
        raise BadInput("policy new", message) from end


def _answers() -> tuple[str, Preset, Document]:
    for preset in Preset:
        echo(f"{preset}: {preset.meaning}", err=True)
    preset = _until_right("Which of these is nearest to what you want?", Preset.BALANCED.value, _preset)
    friends = _about_friends(preset.document.get("friendship_age", {}))
    document = merge(preset.document, {"friendship_age": friends} if friends else {})
    if confirm("Begin by recording decisions only, without commands?", default=True):
        document = merge(document, recorded_only())
    version = ask("What is this version called? Decisions will name it", preset.value)
    return version, preset, document


def _about_friends(given: Document) -> dict[str, str]:
    """Return the keys of friendship age that are answered in another way than they are."""
    t1 = str(given.get("t1", format_duration(_NEW_MS)))
    t2 = str(given.get("t2", format_duration(_OLD_MS)))
    new_ms = _until_right("For how long is a friend new, and stopped when asking for money?", t1, partial(_at_least, 0))
    old_default = _with_unit(max(new_ms, parse_duration(t2)))
    old_ms = _until_right(
        "From which age on is a friend asked: did you write that?", old_default, partial(_at_least, new_ms)
    )
    number = ask("A telephone number that warnings go to for those who have none (may be empty)", "")
    answers = {"t1": (new_ms, t1), "t2": (old_ms, t2)}
    changed = {name: _with_unit(ms) for name, (ms, before) in answers.items() if ms != parse_duration(before)}
    return changed | ({"alert_number": number} if number else {})


def _with_unit(duration_ms: int) -> str:
    """Return a duration as an answer and a key without suffix say it: no time at all has a unit, too."""
    return format_duration(duration_ms) if duration_ms else "0d"


def _at_least(least_ms: int, answer: str) -> int:
    duration_ms = parse_length(answer)
    if duration_ms < least_ms:
        raise ValueError(f"must be at least {format_duration(least_ms)}")
    return duration_ms


def _preset(answer: str) -> Preset:
    if answer not in set(Preset):
        raise ValueError(f"answer {', '.join(Preset)}")
    return Preset(answer)


def _until_right(question: str, default: str, parse: Callable[[str], T]) -> T:
    """Ask until an answer can be parsed. Raise BadInput after some that cannot."""
    for _ in range(_ATTEMPTS):
        answer = ask(question, default)
        try:
            return parse(answer)
        except ValueError as fault:
            echo(f"  {fault}", err=True)
    raise BadInput("policy new", f"no answer to: {question}")

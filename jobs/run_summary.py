"""What does a run come to, in a few lines? Key: none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.file_replay import Tallies


def said(tallies: Tallies) -> list[str]:
    """Return the lines that say what became of the input, what was concluded, and what each step counted."""
    dead = tallies.dead_letters
    parts = f"applied {tallies.applied:,} + repeated {tallies.repeated:,} + dead-lettered {dead.total():,}"
    lines = [f"read {tallies.read:,} = {parts}; late {tallies.late:,}"]
    if dead:
        lines.append(f"dead letters: {_listed(dead)}")
    lines += [_counted("decisions", _by_name(tallies.decisions)), _counted("commands", tallies.commands)]
    if tallies.shadow_decisions:
        lines.append(_counted("shadow decisions", _by_name(tallies.shadow_decisions)))
    return [*lines, f"risk windows {tallies.risk_windows:,}", *_by_steps(tallies.steps)]


def _by_steps(steps: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return a row for each step: its name, and what it counted, as the job's metrics are called."""
    width = max(map(len, steps), default=0)
    return ["steps:"] * bool(steps) + [f"  {step:{width}}  {_listed(counts)}" for step, counts in steps.items()]


def _by_name(made: Mapping[tuple[str, str], int]) -> dict[str, int]:
    return {f"{rule} {outcome}": count for (rule, outcome), count in made.items()}


def _counted(what: str, counts: Mapping[str, int]) -> str:
    listed = _listed(counts)
    return f"{what} {sum(counts.values()):,}" + (f": {listed}" if listed else "")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))

"""Results of the throughput benchmark: rates, processor time of a message by process and thread, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.job.progress import HEADS
from bench.job.traffic import USUAL_PERCENT
from bench.job.usage import PROCESSES
from bench.report import at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.job.progress import Measured

Found = dict[tuple[str, float], "Measured"]
"""Measurements by name and percent of suspicious messages."""

PROCESS, THREAD, CONTROL, ONE, TWO = (
    "naive PyFlink, process mode",
    "naive PyFlink, thread mode",
    "the control: Java by hand",
    "Kithward, 1 task manager",
    "Kithward, 2 task managers",
)
TIMES_NAIVE: Final = 25
SHARE_OF_CONTROL: Final = 0.30
HARMLESS: Final = 1.5
"""Processor time of a harmless message, times that of the control."""
LEFT_WITH_MANY: Final = 0.25
"""Share of the target for the naive job that applies where a fifth of all messages is suspicious."""
MANY_PERCENT: Final = 20.0
_RATES: Final = (
    ("rate, of the control's:", (ONE, USUAL_PERCENT), (CONTROL, USUAL_PERCENT), SHARE_OF_CONTROL, ".2f"),
    ("rate, x the naive job's:", (ONE, USUAL_PERCENT), (THREAD, USUAL_PERCENT), TIMES_NAIVE, ".1f"),
    (
        "rate, x the naive job's, a fifth suspicious:",
        (ONE, MANY_PERCENT),
        (THREAD, USUAL_PERCENT),
        TIMES_NAIVE * LEFT_WITH_MANY,
        ".1f",
    ),
)
_THREADS: Final = 8  # groups in a line


HEAD: Final = f"{'suspicious':>10}  {'way':27} {HEADS} {'of control':>10} {'x naive':>8} " + " ".join(
    f"{name:>13}" for name in ("us a message", *PROCESSES)
)
"""The heads of the columns of `result_lines`."""


def result_lines(found: Found, of: tuple[str, float]) -> Iterator[str]:
    """Yield a measurement: rates, processor time a message by process, and below by the threads that used most."""
    (name, percent), one = of, found[of]
    costs = (one.cost_us, *(one.each_us(one.used.processes.get(process, 0.0)) for process in PROCESSES))
    ratios = f"{_times(found, of, (CONTROL, percent)):>10} {_times(found, of, (THREAD, USUAL_PERCENT)):>8}"
    yield f"{percent:>8g} %  {name:27} {one.rate.columns} {ratios} {' '.join(f'{cost:>13.2f}' for cost in costs)}"
    for process in PROCESSES:
        yield f"            {_threads_of(process, one)}"


def conclusions(found: Found) -> Iterator[str]:
    """Yield what a suspicious message costs, and the verdicts on targets, as far as they were measured."""
    yield from suspicious_costs(found)
    yield from targets(found)


def _threads_of(process: str, one: Measured) -> str:
    groups = [(used, group) for (owner, group), used in one.used.threads.items() if owner == process and used]
    most = (f"{group} {one.each_us(used):.2f}" for used, group in sorted(groups, reverse=True)[:_THREADS])
    return f"{process}: {', '.join(most) or '-'}"


def suspicious_costs(found: Found) -> Iterator[str]:
    """Yield what a suspicious message costs more than a harmless one, where both are known."""
    for (name, percent), one in found.items():
        harmless = found.get((name, 0.0))
        if harmless and percent:
            more = (one.cost_us - harmless.cost_us) / (percent / 100)
            yield f"       {name}, {percent:g} %: a suspicious message costs {more:,.0f} us more than a harmless one"


def targets(found: Found) -> Iterator[str]:
    """Yield the verdicts on targets whose figures were measured."""
    for what, one, other, wanted, form in _RATES:
        if one in found and other in found:
            yield at_least(what, found[one].rate.overall / found[other].rate.overall, wanted, form)
    harmless, beside = found.get((ONE, 0.0)), found.get((CONTROL, 0.0))
    if harmless and beside and beside.cost_us:
        times = harmless.cost_us / beside.cost_us
        yield at_most("time of a harmless message, x the control's:", times, HARMLESS, ".1f")


def _times(found: Found, one: tuple[str, float], other: tuple[str, float]) -> str:
    """Return a rate as a multiple of another's, if that was measured."""
    by = found.get(other)
    return f"{found[one].rate.overall / by.rate.overall:.2f}" if by and by.rate.overall else "-"

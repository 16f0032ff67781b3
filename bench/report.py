"""What came out, as tables and as ratios, and whether it is what was wanted?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.replay import CONTAINER, FEW_KEYWORDS, LINES, MANY_KEYWORDS, ON_DISK, SHADOWED
from bench.throughput import LIMIT, ONE, PROCESS, THREAD, TWO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.memory import Held
    from bench.progress import Rate
    from bench.replay import Replayed

TIMES_NAIVE: Final = 15
SHARE_OF_LIMIT: Final = 0.15
BYTES_PER_FRIENDSHIP: Final = 100
GROWTH: Final = 1.25
"""How much more memory still counts as the same: allocators and compilers are never quite done."""
EVENTS_A_SECOND: Final = 20_000
EVENTS_A_SECOND_ON_DISK: Final = 10_000
TIMES_SHADOWED: Final = 1.6
TIMES_KEYWORDS: Final = 1.5
"""How many times as long a replay may take with a policy in the shadow, and with 5,000 keywords instead of 50."""

_MIB: Final = 1 << 20


def throughput(rates: Mapping[str, Rate]) -> list[str]:
    """Return the table of rates, and what was wanted of them."""
    heads = (
        f"{'records/s, once warm':42} {'overall':>10} {'slowest':>10} {'fastest':>10} {'of limit':>9} {'x naive':>8}"
    )
    return [heads, *(_row(name, rates) for name in rates), "", *_wanted(rates)]


def memory(few: Held, many: Held) -> list[str]:
    """Return the table of what is held, and what was wanted of it."""
    heads = f"{'what is held':42} {f'{few.keys:,} keys':>17} {f'{many.keys:,} keys':>17}"
    rows = [
        _held("screening worker, resident MiB", few.worker, many.worker),
        _held("task manager, resident MiB", few.task_manager, many.task_manager),
        _held("task manager, heap after collection MiB", few.heap, many.heap),
        _held("RocksDB tables on disk, MiB", few.disk, many.disk),
    ]
    each = many.disk_per_friendship
    return [
        heads,
        *rows,
        "",
        _verdict(each <= BYTES_PER_FRIENDSHIP, f"{each:.0f} bytes on disk a friendship", f"<= {BYTES_PER_FRIENDSHIP}"),
        _verdict(_same(few.worker, many.worker), _grown("the screening worker", few.worker, many.worker), _AT_MOST),
        _verdict(_same(few.heap, many.heap), _grown("the task manager's heap", few.heap, many.heap), _AT_MOST),
    ]


def replay(found: Replayed) -> list[str]:
    """Return the table of a replay's rates, and what was wanted of them."""
    rates = found.rates
    shadow, keywords = rates[LINES] / rates[SHADOWED], rates[FEW_KEYWORDS] / rates[MANY_KEYWORDS]
    return [
        f"{'events/s of processor time':42} {'rate':>10} {'us each':>10}",
        *(f"{name:42} {rate:>10,.0f} {1e6 / rate:>10.1f}" for name, rate in rates.items()),
        "",
        *(_enough(name, rates[name], EVENTS_A_SECOND) for name in (LINES, CONTAINER)),
        _enough(ON_DISK, rates[ON_DISK], EVENTS_A_SECOND_ON_DISK),
        _verdict(shadow <= TIMES_SHADOWED, f"x {shadow:.2f} with a policy in the shadow", f"<= x {TIMES_SHADOWED}"),
        _verdict(
            keywords <= TIMES_KEYWORDS, f"x {keywords:.2f} with a hundred times the keywords", f"<= x {TIMES_KEYWORDS}"
        ),
        f"    {found.suspicion_s * 1e6:,.0f} us a suspicious message in account, relationship and risk-window",
    ]


def _enough(name: str, rate: float, wanted: int) -> str:
    return _verdict(rate >= wanted, f"{rate:,.0f} events/s: {name}", f">= {wanted:,}")


_AT_MOST: Final = f"<= x {GROWTH}"


def _row(name: str, rates: Mapping[str, Rate]) -> str:
    rate = rates[name]
    ratios = f"{_ratio(rates, name, LIMIT):>9.1%} {_ratio(rates, name, THREAD):>8.1f}"
    return f"{name:42} {rate.overall:>10,.0f} {rate.slowest:>10,.0f} {rate.fastest:>10,.0f} {ratios}"


def _wanted(rates: Mapping[str, Rate]) -> list[str]:
    times, share, scaled = _ratio(rates, ONE, THREAD), _ratio(rates, ONE, LIMIT), _ratio(rates, TWO, ONE)
    return [
        _verdict(times >= TIMES_NAIVE, f"{times:.1f} times the naive job in thread mode", f">= {TIMES_NAIVE}"),
        _verdict(share >= SHARE_OF_LIMIT, f"{share:.1%} of the limit", f">= {SHARE_OF_LIMIT:.0%}"),
        f"    {_ratio(rates, ONE, PROCESS):.0f} times the naive job in process mode",
        f"    {scaled:.2f} times as much with two task managers as with one, on the same cores",
    ]


def _ratio(rates: Mapping[str, Rate], one: str, other: str) -> float:
    return rates[one].overall / rates[other].overall


def _same(few: int, many: int) -> bool:
    return many <= GROWTH * few


def _grown(what: str, few: int, many: int) -> str:
    return f"{what} holds x {many / few:.2f} with more keys"


def _held(what: str, few: int, many: int) -> str:
    return f"{what:42} {few / _MIB:>17,.1f} {many / _MIB:>17,.1f}"


def _verdict(is_met: bool, what: str, wanted: str) -> str:  # noqa: FBT001 - it is the answer itself
    return f"{'met ' if is_met else 'MISSED'} {what} (wanted {wanted})"

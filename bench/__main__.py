"""`python -m bench`: what does the whole job cost, beside a naive one and beside what this machine can do at most?"""

from __future__ import annotations

import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import described
from bench.memory import held
from bench.replay import QUICK as QUICK_LOAD
from bench.replay import Load, replayed
from bench.report import memory, replay, throughput
from bench.texts import origin
from bench.throughput import Sizes, rates

if TYPE_CHECKING:
    from collections.abc import Sequence

QUICK = Sizes(messages=500_000, friends=1_000, copied=500_000, copies=40, naive_s=5, whole_s=5, warm_s=3)
PARTS = ("throughput", "memory", "replay")
FEW, MANY, MANY_QUICK = 5_000, 100_000, 10_000


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for and print it."""
    asked = parsed(arguments)
    show("\n".join([*described(), f"texts     {origin()}", ""]))
    with tempfile.TemporaryDirectory(prefix="kithward-bench-") as scratch:
        if "throughput" in asked.what:
            show("\n".join(["", *throughput(rates(Path(scratch) / "rates", sizes_of(asked), tell)), ""]))
        if "memory" in asked.what:
            show("\n".join(["", *memory(*held(Path(scratch) / "held", FEW, friendships_of(asked), tell)), ""]))
        if "replay" in asked.what:
            load = QUICK_LOAD if asked.quick else Load()
            show("\n".join(["", *replay(replayed(Path(scratch) / "replay", load, tell)), ""]))
    return 0


def parsed(arguments: Sequence[str]) -> Namespace:
    """Return the options. What is not given is the default, or with `--quick` as little as says anything at all."""
    parser = ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", choices=(*PARTS, []), help="default: all")
    parser.add_argument("--quick", action="store_true", help="a smoke run: the figures mean nothing")
    parser.add_argument("--friendships", type=int, help=f"how many to remember (default {MANY:,})")
    for field in fields(Sizes):
        kind = int if field.type == "int" else float
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, help=f"default {field.default:,}")
    asked = parser.parse_args(arguments)
    asked.what = asked.what or PARTS
    return asked


def sizes_of(asked: Namespace) -> Sizes:
    """Return the sizes of a run."""
    base = QUICK if asked.quick else Sizes()
    given = {field.name: getattr(asked, field.name) for field in fields(Sizes)}
    return Sizes(**{name: getattr(base, name) if value is None else value for name, value in given.items()})


def friendships_of(asked: Namespace) -> int:
    """Return how many friendships are remembered."""
    return asked.friendships or (MANY_QUICK if asked.quick else MANY)


def show(text: str) -> None:
    """Print a result at once, even into a file."""
    print(text, flush=True)


def tell(what: str) -> None:
    """Say what is being done, apart from the results."""
    print(f"{time.strftime('%H:%M:%S')} {what} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Command line of the benchmarks: `python -m bench`. Only ratios within one run are meaningful."""

from __future__ import annotations

import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.machine import describe_machine
from bench.parts import PARTS
from bench.quality.texts import origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from _typeshed import DataclassInstance

    from bench.parts import Part, S


def main(arguments: Sequence[str]) -> int:
    """Measure the selected parts and print the results."""
    asked = parse_options(arguments)
    print_result("\n".join([*describe_machine(), f"texts     {origin()}"]))
    with tempfile.TemporaryDirectory(prefix="kithward-bench-") as scratch:
        for part in PARTS:
            if part.name in asked.what:
                print_result(f"\n{part.name}: {part.measures}\n")
                for line in part.run(Path(scratch) / part.name, sizes_of(part, asked), print_progress):
                    print_result(line)
    return 0


def parse_options(arguments: Sequence[str]) -> Namespace:
    """Return the options. An option that is not given has its default; with `--quick` that of a smoke run."""
    names = [part.name for part in PARTS]
    told = "\n".join(f"  {part.name:12}{part.measures}" for part in PARTS)
    parser = ArgumentParser(
        prog="python -m bench", description=f"{__doc__}\n\n{told}", formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", choices=(*names, []), metavar="PART", help="default: all")
    parser.add_argument("--quick", action="store_true", help="a smoke run: the figures mean nothing")
    for name, defaults in size_options().items():
        said = ", ".join(f"{part} {default}" for part, default in defaults.items())
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(next(iter(defaults.values()))), help=said)
    asked = parser.parse_args(arguments)
    asked.what = asked.what or names
    return asked


def size_options() -> dict[str, dict[str, Any]]:
    """Return for every size option the parts that have it, with the default of each."""
    found: dict[str, dict[str, Any]] = {}
    for part in PARTS:
        for name, default in _sizes(part.usual):
            found.setdefault(name, {})[part.name] = default
    return found


def sizes_of(part: Part[S], asked: Namespace) -> S:
    """Return the sizes for the run of a part."""
    base = part.quick if asked.quick else part.usual
    given = ((name, getattr(asked, name)) for name, _ in _sizes(base))
    return replace(base, **{name: value for name, value in given if value is not None})


def _sizes(sizes: DataclassInstance) -> Iterator[tuple[str, Any]]:
    return ((field.name, getattr(sizes, field.name)) for field in fields(sizes))


def print_result(text: str) -> None:
    """Print a result and flush, even into a file."""
    print(text, flush=True)


def print_progress(what: str) -> None:
    """Print the current activity to standard error."""
    print(f"{time.strftime('%H:%M:%S')} {what} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

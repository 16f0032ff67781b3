"""Commands that a document shows, run as a reader would type them, and compared with the output that it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from jobs.deploy.installation import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITHIN_S: Final = 240
FINDS: Final = ("kithward whatif", "kithward policy diff")
"""Commands that end with code 1, since they find something."""


class Typed(NamedTuple):
    """A command, and the lines that the document shows of its output; `...` stands for what is left out."""

    command: str
    shown: list[str]


def typed_in(document: str) -> Iterator[Typed]:
    """Yield the commands of a document: a block of `sh` as a whole, each `$` line of a block of `console`."""
    for kind, block in re.findall(r"^```(console|sh)\n(.*?)^```", document, re.MULTILINE | re.DOTALL):
        if kind == "sh":
            yield Typed(block, [])
            continue
        for entered in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            first, *shown = entered.splitlines()
            yield Typed(re.sub(r"  +#.*", "", first), shown)


def desk(place: Path) -> Path:
    """Return a directory like a checkout, with `kithward` and `python` in its `bin`."""
    for name in ("jobs", "docs", "schemas"):
        (place / name).symlink_to(ROOT / name)
    (place / "bin").mkdir()
    for name, command in (("kithward", f"{sys.executable} -m jobs"), ("python", sys.executable)):
        (place / "bin" / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (place / "bin" / name).chmod(0o755)
    return place


def started(command: str, place: Path, bootstrap: str, output: int | IO[str]) -> subprocess.Popen[str]:
    """Have a shell run a command in a place, with its output to a pipe or a file."""
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    return subprocess.Popen(
        ["bash", "-c", command.replace("localhost:9092", bootstrap)],  # noqa: S607
        cwd=place,
        env=os.environ | paths | {"PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"},
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
    )


def prints(output: str, shown: str) -> bool:
    """Return whether some line has all that is shown of it, in its order."""
    pattern = ".*".join(re.escape(part.strip()) for part in shown.split("..."))
    return re.search(pattern, output) is not None


def missing(output: str, shown: list[str]) -> list[str]:
    return [line for line in shown if not prints(output, line)]


def shows_in_order(output: str, shown: list[str]) -> bool:
    """Return whether all that is shown between lines of `...` are whole lines of an output, together and in order."""
    blocks = "\n".join(shown).split("\n...\n")
    places = [f"\n{output}\n".find(f"\n{block}\n") for block in blocks]
    return places[0] >= 0 and all(one < other for one, other in pairwise(places))


def run(typed: Typed, place: Path, bootstrap: str) -> None:
    """Run a command to its end and compare its output."""
    code, output = ended(typed.command, place, bootstrap)
    assert code == int(typed.command.startswith(FINDS)), f"{typed.command}\n{output}"
    assert missing(output, typed.shown) == [], f"{typed.command}\n{output}"


def ended(command: str, place: Path, bootstrap: str) -> tuple[int, str]:
    """Run a command to its end; return its exit code and output."""
    running = started(command, place, bootstrap, subprocess.PIPE)
    try:
        output, _ = running.communicate(timeout=WITHIN_S)
    finally:
        running.kill()
    return running.returncode, output

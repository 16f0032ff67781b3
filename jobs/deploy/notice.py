"""The file NOTICE: the licence of every component that is shipped. `python -m jobs.deploy.notice` writes it anew."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jobs.deploy.components import Component, find_components
from jobs.deploy.installation import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTICE: Final = ROOT / "NOTICE"
_HEAD: Final = """\
Kithward
Licensed under the Apache License, Version 2.0: see LICENSE.

It runs with these packages and jars, each under the licence that its own metadata names. The licences of what Apache
Flink's own jars contain are in the directory pyflink/licenses of the package apache-flink-libraries.

"""


def write_notice(components: Iterable[Component]) -> str:
    """Return the text of NOTICE."""
    return _HEAD + "".join(f"{each.url}  {each.licence}\n" for each in components)


def read_notice(text: str) -> list[Component]:
    """Return the components that a text of NOTICE lists."""
    rows = (line.split("  ", 1) for line in text.splitlines() if line.startswith("pkg:"))
    return [Component(url, licence) for url, licence in rows]


def main() -> None:
    """Write NOTICE, by the licences in Maven's repository: the first argument, or `.m2`."""
    repository = Path(sys.argv[1]) if sys.argv[1:] else ROOT / ".m2"
    NOTICE.write_text(write_notice(find_components(repository)), "utf-8")


if __name__ == "__main__":
    main()

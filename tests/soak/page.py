"""The results of a soak run as a page in Markdown."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from bench.machine import describe_machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

_HEAD = """\
# What the job survives

Written by `make soak`, on {day}. Every test runs the whole graph on a real broker and a Flink cluster, lets something
go wrong, and compares what came out with what a replay of the same events concludes. That of the Matrix connector runs
it between a real homeserver and a broker, and compares with what clients did.

```text
{machine}
```

| test | outcome | seconds | what else |
|---|---|---|---|
"""


def begin_page() -> str:
    """Return the head of the page, to be called before the first test: it states the load of the machine."""
    return _HEAD.format(day=time.strftime("%Y-%m-%d", time.gmtime()), machine="\n".join(describe_machine()))


def rows(reports: Iterable[pytest.TestReport]) -> str:
    """Return the rows of some tests' reports."""
    return "".join(_rows(reports))


def _rows(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    for report in reports:
        test, _, case = report.nodeid.rpartition("::")[2].removesuffix("]").partition("[")
        name, _, rules = test.removeprefix("test_").partition("__")
        told = ", ".join(f"{what} {value}" for what, value in report.user_properties)
        parts = (name.replace("_", " "), case and f"({case})", re.sub(r"_(?=\d)", "-", rules.upper()).replace("_", " "))
        said = " ".join(filter(None, parts))
        yield f"| {said} | {report.outcome} | {report.duration:.0f} | {told} |\n"

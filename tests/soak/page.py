"""The results of a soak run as an HTML page."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.machine import describe_machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

_HEAD = """\
# What the job survives

Written by `make soak`, on {day}. Every test runs the whole graph on a real broker and a Flink cluster, lets something
go wrong, and compares what came out with what a replay of the same events concludes.

```text
{machine}
```

| test | outcome | seconds | what else |
|---|---|---|---|
"""


def page(reports: Iterable[pytest.TestReport]) -> str:
    """Return the page of some tests' reports."""
    head = _HEAD.format(day=time.strftime("%Y-%m-%d", time.gmtime()), machine="\n".join(describe_machine()))
    return head + "".join(_rows(reports))


def _rows(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    for report in reports:
        name, _, rules = report.nodeid.rpartition("::")[2].removeprefix("test_").partition("__")
        told = ", ".join(f"{what} {value}" for what, value in report.user_properties)
        said = " ".join((name.replace("_", " "), rules.upper().replace("C_", "C-").replace("_", " "))).strip()
        yield f"| {said} | {report.outcome} | {report.duration:.0f} | {told} |\n"

"""What holds for every test: which are slow, how examples are drawn, what each finds around it."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

from jobs.local.broker import FAST_START

if TYPE_CHECKING:
    import pytest

_HERE = Path(__file__).parent
_SLOW = (_HERE / "e2e", _HERE / "parity", _HERE / "soak")
_LONG = _HERE / "soak"

# No deadline: a machine that is busy is no finding. Every run draws the same examples, so that what fails fails for its
# change; streams with faults in them that were found elsewhere are explicit examples.
settings.register_profile(
    "same", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
# For `make check`, which is run after every change; every other run draws as many as there are.
settings.register_profile("quick", settings.get_profile("same"), max_examples=25)
# For `make soak`, which draws new ones by a seed that it prints.
settings.register_profile("search", settings.get_profile("same"), derandomize=False)
settings.load_profile("same")


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C end what tests start: in the background of a shell they would inherit that it is ignored.

    Outside the soak their JVMs start fast: none runs long enough to repay the second JIT compiler.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("markexpr") != "soak":
        os.environ.setdefault("JVM_ARGS", " ".join(FAST_START))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in the slow directories, and run it first: no process is left alone with a long test at the end."""
    items.sort(key=lambda item: not any(item.path.is_relative_to(directory) for directory in _SLOW))
    for item in items:
        if any(item.path.is_relative_to(directory) for directory in _SLOW):
            item.add_marker("jvm")
        if item.path.is_relative_to(_LONG):
            item.add_marker("soak")


def pytest_collection_finish() -> None:
    """Leave what was collected out of garbage collection, which would else wait until the garbage is as much."""
    gc.collect()
    gc.freeze()

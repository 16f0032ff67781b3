"""What holds for every test: which are slow, how examples are drawn, what each finds around it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

_HERE = Path(__file__).parent
_SLOW = (_HERE / "e2e", _HERE / "parity", _HERE / "soak")
_LONG = _HERE / "soak"

# No deadline: a machine that is busy is no finding. Continuous integration draws the same examples each time, so that
# what fails there fails for its change; at a desk they are new each time, and find more.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True, print_blob=True)
# For `make check`, which is run after every change; every other run draws as many as there are.
settings.register_profile("quick", settings.get_profile("desk"), max_examples=25)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in the slow directories."""
    for item in items:
        if any(item.path.is_relative_to(directory) for directory in _SLOW):
            item.add_marker("jvm")
        if item.path.is_relative_to(_LONG):
            item.add_marker("soak")

"""Fixtures of the command line's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.given import HOUR, NOON, friends, message, written

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """A friend of an hour asks for a payment, twice."""
    return written(tmp_path / "events.jsonl", [friends(), message("m1", NOON + HOUR), message("m2", NOON + 2 * HOUR)])

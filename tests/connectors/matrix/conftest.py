"""Fixtures of the Matrix connector's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.connectors.matrix.talk import Talk, open_talk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    """Provide a homeserver in memory, with a connector that has seen nothing yet."""
    with open_talk(tmp_path) as opened:
        yield opened

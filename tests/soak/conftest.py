"""Fixtures of the soak tests: broker and cluster, the seed of failures, the page of results."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.support.session import pytest_runtest_makereport, scene, stage
from tests.soak.page import begin_page, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["chance", "pytest_runtest_makereport", "scene", "stage"]

_ASKED = os.environ.get("SOAK_SEED")
_SEED = int(_ASKED) if _ASKED else random.SystemRandom().randrange(10**6)
_PAGE = os.environ.get("SOAK_PAGE")

_reports: list[pytest.TestReport] = []


@pytest.fixture
def chance(record_property: pytest.RecordProperty) -> random.Random:
    """Provide the random generator; `SOAK_SEED` in the environment reproduces another run."""
    print(f"SOAK_SEED={_SEED}")  # noqa: T201 - shown with a test that fails
    record_property("seed", _SEED)
    return random.Random(_SEED)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what came out of each test."""
    if report.when == "call" or report.failed:
        _reports.append(report)


@pytest.fixture(scope="session", autouse=True)
def _written() -> Iterator[None]:
    """Write the page that `SOAK_PAGE` names, if it names one."""
    head = begin_page()
    yield
    if _PAGE:
        Path(_PAGE).write_text(head + rows(_reports), "utf-8")

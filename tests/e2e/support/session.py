"""The session's shared stage (broker and cluster): started by the first test that needs it."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.e2e.support.stage import Scene, Stage

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

_LINES_SHOWN = 40
_NAME_AT_MOST = 40

_numbers = count()  # names that begin alike need different consumer groups

_held: list[Stage] = []


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Provide the broker and the cluster, the same for all directories of tests in a session."""
    if _held:
        yield _held[0]
        return
    with Stage(tmp_path_factory.mktemp("stage")) as made:
        _held.append(made)
        yield made
        _held.clear()


@pytest.fixture
def scene(stage: Stage, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Provide a scene for one test."""
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))[:_NAME_AT_MOST]
    made = Scene(stage, f"{next(_numbers)}-{name}")
    try:
        yield made
    finally:
        made.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the ends of the logs to the report of a failed test."""
    found = yield
    if found.failed and _held and "stage" in getattr(item, "fixturenames", ()):
        found.sections += [(str(log), _last_lines(log)) for log in _held[0].logs()]
    return found


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:])

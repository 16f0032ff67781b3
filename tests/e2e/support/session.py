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

_numbers = count()  # two names that begin alike must not be one group to the broker

_held: list[Stage] = []


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Lend the machines. Both directories of tests that need them name this fixture; they get the same."""
    if _held:
        yield _held[0]
        return
    with Stage(tmp_path_factory.mktemp("stage")) as made:
        _held.append(made)
        yield made
        _held.clear()


@pytest.fixture
def scene(stage: Stage, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Lend a scene of the test's own."""
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))[:_NAME_AT_MOST]
    made = Scene(stage, f"{next(_numbers)}-{name}")
    try:
        yield made
    finally:
        made.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the ends of the machines' logs with a test that failed, and where they are."""
    found = yield
    if found.failed and _held and "stage" in getattr(item, "fixturenames", ()):
        found.sections += [(str(log), _last_lines(log)) for log in _held[0].logs()]
    return found


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:])

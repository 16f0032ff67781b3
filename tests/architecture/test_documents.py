"""The documentation's pictures and tables are what the code says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from jobs.picture import documents, drawn
from jobs.risk import risk
from tests.architecture.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", list(documents()), ids=lambda path: path.name)
def test_generated_parts_are_current(path: Path) -> None:
    document = path.read_text("utf-8")
    assert drawn(document, risk()) == document, "run: python -m jobs.picture"


def test_every_generated_part_stands_in_a_document() -> None:
    whole = "".join(path.read_text("utf-8") for path in documents())
    assert all(f"<!-- {name}: " in whole for name in ("picture", "topics", "states"))


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(next(documents()).read_text("utf-8").splitlines()) <= 150


def test_whatever_is_said_to_be_tested_is_tested_there() -> None:
    said = (ROOT / "docs" / "security.md").read_text("utf-8")
    cited = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", said)
    assert cited
    for file, name in cited:
        assert f"def {name}" in (ROOT / file).read_text("utf-8"), f"{file} has no {name}"

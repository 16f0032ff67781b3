"""Golden page of the report, byte for byte: `report.golden.html`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.report.report_story import GOLDEN, page_of_the_run

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_is_the_golden_one_and_the_same_each_time(tmp_path: Path) -> None:
    page = page_of_the_run(tmp_path)
    assert page == GOLDEN.read_text("utf-8"), "see tests/report/report_story.py"
    assert page == page_of_the_run(tmp_path)
    assert "never shown" not in page

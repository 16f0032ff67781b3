"""The measurement of what the screen finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.quality import labelled
from bench.quality.found import disguise_lines, false_alarm_table, recall_table
from bench.quality.labelled import Line
from bench.quality.presets import preset_table

LINES = (
    Line("scam", "en", "bank", "please make the payment today", is_everyday=False),
    Line("scam", "en", "bank", "the cat sleeps", is_everyday=False),
    Line("scam", "zh", "code", "请付款", is_everyday=False),
    Line("benign", "en", "plans", "see you at eight", is_everyday=True),
    Line("benign", "en", "money", "the payment came through", is_everyday=False),
)


def test_frauds_are_counted_by_kind_and_language() -> None:
    said = [line.split() for line in recall_table(LINES)]
    assert said[0][-4:] == ["en", "zh", "all", "texts"]
    assert said[1:] == [
        ["bank", "50", "-", "50", "2"],
        ["code", "-", "100", "100", "1"],
        ["all", "50", "100", "67", "3"],
    ]


def test_false_alarms_are_counted_of_ten_thousand() -> None:
    said = [line.split() for line in false_alarm_table(LINES)]
    assert said[1][-4:] == ["en", "1", "1", "10,000"]
    assert said[2][-4:] == ["en", "1", "0", "0"]


def test_each_preset_has_its_shares_of_hits_and_of_those_that_are_not_mild() -> None:
    head, *rows = (line.split("  ") for line in preset_table(LINES))
    assert [part.strip() for part in head if part.strip()][1:] == [
        "frauds (3)",
        "everyday (1)",
        "about money and codes (1)",
    ]
    said = [[part.strip() for part in row if part.strip()] for row in rows]
    assert [row[0] for row in said] == ["careful", "balanced", "strict"]
    assert said[1][1:] == ["66.67%; 66.67%", "0.00%; 0.00%", "100.00%; 100.00%"]


def test_what_is_found_plainly_is_disguised() -> None:
    said = list(disguise_lines(LINES))
    assert said[0] == "1 frauds in en that are found plainly, in disguise:"
    assert "met    struck through, 1 changed: 100.0% (wanted >= 95.0%)" in said
    assert sum(line.strip().startswith("homophones") for line in said) == 1  # English has none
    assert sum(line.endswith("disguise:") for line in said) == 2


def test_each_text_of_a_corpus_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ("scam\ten\tbank\tpay now", "scam\ten\tbank\tpay now", "benign\ten\tplans\tat eight")
    (tmp_path / "en.tsv").write_text("\n".join(rows))
    monkeypatch.setattr(labelled, "CORPUS", tmp_path)
    monkeypatch.setattr(labelled, "COLLECTIONS", tmp_path / "none")
    monkeypatch.setattr(labelled, "SMS", tmp_path / "none.tsv")
    assert [(line.label, line.is_everyday) for line in labelled.lines()] == [("scam", False), ("benign", True)]

"""`kithward policy diff`: what a policy changes, in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jobs.scenario.files import POLICY
from tests.support.given import kithward, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path


def said(tmp_path: Path, *document: str) -> list[str]:
    """Return the lines about what a document changes of the defaults, without the one that counts them."""
    result = kithward("policy", "diff", written(tmp_path / "policy.yaml", document))
    assert result.stderr == ""
    *lines, count = result.stdout.splitlines()
    assert result.exit_code == int(bool(lines))
    assert count.endswith(f": {len(lines) // 2} difference{'' if len(lines) == 2 else 's'}")
    return lines[::2]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("friendship_age: {t1: 14d}", "friendship_age.t1 rises from 3 days to 14 days"),
        ("friendship_age: {t1_ms: 90m}", "friendship_age.t1 falls from 3 days to 1 hour 30 minutes"),
        ("friendship_age: {gate_enabled: false}", "friendship_age.gate_enabled is switched off"),
        ("friendship_age: {gate_threshold: 0.9}", "friendship_age.gate_threshold rises from 0.85 to 0.9"),
        ("friendship_age: {escalate_after: 5}", "friendship_age.escalate_after rises from 3 to 5 (messages)"),
        ("friendship_age: {alert_number: 112}", "friendship_age.alert_number changes from not set to 112"),
        ("friendship_age: {mild_detectors: [iban, bank_card]}",
         "friendship_age.mild_detectors gains bank_card and loses phone_number, semantic"),
        ("friendship_age: {channel_order: [TEXT, PHONE, VOICE, VIDEO]}",
         "friendship_age.channel_order has another order: TEXT, PHONE, VOICE, VIDEO"),
        ("friendship_age: {first_operation: {WARN: {channels: [NUMBER]}, BLOCK: {}}}",
         "friendship_age.first_operation changes from EXIT_SESSION, WARN to BLOCK, WARN (channels NUMBER)"),
        ("friendship_age: {bands: [{from: 0, to: 1d, do: [BLOCK]}, {from: 1d, to: null, do: NONE}]}",
         "friendship_age.bands changes from not set to less than 1 day BLOCK, 1 day or more NONE"),
        ("invite_forest: {actions: {first: {offender: {MUTE: 7d}}}}",
         "invite_forest.actions.first.offender changes from REMOVE, BAN for 30 days to MUTE for 7 days"),
        ("event_group: {widen: [{after: 2h, radius_m: 9000}]}",
         "event_group.widen gains (after 2 hours, radius_m 9,000, nearby_at_most 50)"),
        ("event_group: {permissions: {FOLLOWER: READ}}",
         "event_group.permissions.FOLLOWER changes from POST to READ"),
        ("limits: {BLOCK: {at_most: 5, per: 1h}}", "limits.BLOCK changes from no limit to 5 in 1 hour"),
        ("limits: {WARN: null}", "limits.WARN changes from 20 in 1 day about one account to no limit"),
    ],
)  # fmt: skip
def test_each_change_is_a_sentence(tmp_path: Path, document: str, sentence: str) -> None:
    assert said(tmp_path, document) == [sentence]


def test_keywords_are_compared_as_they_are_written_and_counted_as_they_are_in_force(tmp_path: Path) -> None:
    assert said(tmp_path, "friendship_age: {keywords: {add: [golden ticket], drop: [payment]}}") == [
        "friendship_age.keywords.add gains golden ticket",
        "friendship_age.keywords.drop gains payment",
        "keywords in effect are 1 more and 1 fewer",
    ]
    other, *_ = said(tmp_path, "friendship_age: {keywords: [payment]}")
    assert other.startswith("friendship_age.keywords.only loses brushing order, unsecured loan, gift card")


def test_keywords_of_files_are_counted_and_never_quoted(tmp_path: Path) -> None:
    written(tmp_path / "words.txt", ["a golden ticket for you"])
    lines = said(tmp_path, "friendship_age: {keyword_files: [words.txt]}")
    assert lines == ["friendship_age.keyword_files gains words.txt", "keywords in effect are 1 more and 0 fewer"]


@pytest.mark.parametrize("document", ["version: v9", "friendship_age: {t1: 72h}", "limits: {}", "common:"])
def test_what_is_in_force_is_compared_not_how_it_is_written(tmp_path: Path, document: str) -> None:
    assert said(tmp_path, document) == []


@pytest.mark.parametrize(
    ("before", "after", "key", "sentence"),
    [
        ("friendship_age: {t1: 1501m}", "friendship_age: {t1: 25h}", "friendship_age.t1",
         "falls from 1501m to 1 day 1 hour"),
        ("limits: {BLOCK: {at_most: 5, per: 90061s}}", "limits: {BLOCK: {at_most: 5, per: 90062s}}", "limits.BLOCK",
         "changes from 5 in 90061s to 5 in 90062s"),
        ("friendship_age: {bands: [{from: 0, to: 90061s, do: NONE}, {from: 90061s, to: null, do: NONE}]}",
         "friendship_age: {bands: [{from: 0, to: 90062s, do: NONE}, {from: 90062s, to: null, do: NONE}]}",
         "friendship_age.bands",
         "changes from less than 90061s NONE, 90061s or more NONE to less than 90062s NONE, 90062s or more NONE"),
    ],
)  # fmt: skip
def test_durations_that_differ_are_never_told_as_the_same(
    tmp_path: Path, before: str, after: str, key: str, sentence: str
) -> None:
    old, new = written(tmp_path / "old.yaml", [before]), written(tmp_path / "new.yaml", [after])
    result = kithward("policy", "diff", old, new)
    assert f"{key} {sentence}" in result.stdout.splitlines()


def test_two_files_are_compared_and_each_change_is_explained(tmp_path: Path) -> None:
    renamed = POLICY.read_text("utf-8").replace("version: demo", "version: new")
    new = written(tmp_path / "new.yaml", [renamed, "strangers: {enabled: false}"])
    result = kithward("policy", "diff", POLICY, new)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "strangers.enabled is switched off",
        "    whether its rule decides; if not, nothing is remembered either (ST-15)",
        "demo and new: 1 difference",
    ]
    assert kithward("policy", "diff", new, POLICY).stdout.startswith("strangers.enabled is switched on\n")
    found = json.loads(kithward("policy", "diff", POLICY, new, "--json").stdout)
    assert [(change["key"], change["before"], change["after"]) for change in found] == [
        ("strangers.enabled", "on", "off")
    ]


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    wrong = written(tmp_path / "wrong.yaml", ["friendship_age: {t1: soon}"])
    assert f"{wrong}: line 1: friendship_age.t1" in the_one_line(kithward("policy", "diff", POLICY, wrong))

"""Section of the report on a policy in the shadow: flips against the live policy (C-21)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec.structs import replace

from jobs.scenario.files import EVENTS, POLICY
from tests.report.report_body import CASE, reported, rows, section, text_of
from tests.support.given import HOUR, NOON, kithward, written

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree import ElementTree as ET

    from schemas.records import Decision

AGE = replace(
    CASE, rule="friendship-age", outcome="MIDDLE", other_id="bob", group_id=None,
    evidence=json.dumps({"friendship": {"band": "[3d, 30d)"}}),
)  # fmt: skip


def made(outcome: str, number: int, version: str = "v1", rule: str = "friendship-age") -> Decision:
    """Return the decision of a version about event `number`, an hour after the one before."""
    return replace(
        AGE, rule=rule, outcome=outcome, policy_version=version, decision_id=f"{version}-{rule}-{number}",
        at_ms=NOON + number * HOUR, cause_event_id=f"m{number}",
    )  # fmt: skip


def compared(tmp_path: Path, live: list[Decision], shadow: list[Decision]) -> ET.Element:
    written(tmp_path / "decisions.jsonl", live)
    written(tmp_path / "shadow-decisions.jsonl", shadow)
    return section(reported(tmp_path), "In the shadow")


def test_flips_are_counted_by_rule_outcomes_and_the_live_band(tmp_path: Path) -> None:
    live = [made("MIDDLE", number) for number in range(4)]
    shadow = [made("FIRST_OPERATION", number, "new") for number in range(3)] + [made("MIDDLE", 3, "new")]
    shown = compared(tmp_path, live, shadow)
    assert rows(shown, "Flips under new") == [["friendship-age: MIDDLE \u2192 FIRST_OPERATION", "3 to 30 days", "3"]]
    assert "new made 4 decisions in the shadow, from 2025-03-03 10:00:00 UTC to 2025-03-03 13:00:00 UTC." in text_of(
        shown
    )
    assert "3 differ from what was decided live." in text_of(shown)


def test_evidence_that_we_have_not_written_has_no_band(tmp_path: Path) -> None:
    foreign = ('{"friendship": {', '["friendship"]', '{"friendship": ' + "9" * 5_000 + "}")
    live = [replace(made("MIDDLE", number), evidence=evidence) for number, evidence in enumerate(foreign)]
    shadow = [replace(made("MIDDLE", number + 5, "new"), evidence=evidence) for number, evidence in enumerate(foreign)]
    flips = rows(compared(tmp_path, [*live, made("MIDDLE", 9)], [made("MIDDLE", 0, "new"), *shadow]), "Flips under new")
    assert ["friendship-age: nothing \u2192 MIDDLE", "", "3"] in flips


def test_a_decision_of_only_one_side_is_a_flip(tmp_path: Path) -> None:
    live = [made("MIDDLE", number) for number in (0, 1, 3)]
    shadow = [made("MIDDLE", number, "new") for number in (0, 2, 3)]
    flips = rows(compared(tmp_path, live, shadow), "Flips under new")
    ways = [
        ["friendship-age: MIDDLE \u2192 nothing", "3 to 30 days", "1"],
        ["friendship-age: nothing \u2192 MIDDLE", "3 to 30 days", "1"],
    ]
    assert sorted(flips) == ways


def test_ends_of_open_cases_and_decisions_outside_the_shadows_time_are_no_flips__c_19(tmp_path: Path) -> None:
    live = [made("MIDDLE", number) for number in range(4)]
    live += [made("UNVERIFIED", 2, rule="verification"), made("CREATED", 2, rule="event-group")]
    shown = compared(tmp_path, live, [made("MIDDLE", number, "new") for number in (1, 2)])
    assert "None differs." in text_of(shown)


def test_each_version_is_compared_in_its_own_time(tmp_path: Path) -> None:
    live = [made("MIDDLE", number) for number in range(4)]
    shadow = [made("VERIFY", 0, "a"), made("MIDDLE", 1, "a"), made("MIDDLE", 2, "b"), made("VERIFY", 3, "b")]
    shown = compared(tmp_path, live, shadow)
    for version in "ab":
        assert rows(shown, f"Flips under {version}") == [["friendship-age: MIDDLE \u2192 VERIFY", "3 to 30 days", "1"]]


def test_examples_show_the_evidence_of_both(tmp_path: Path) -> None:
    shown = compared(tmp_path, [made("MIDDLE", 0)], [made("VERIFY", 0, "new")])
    (example,) = shown.findall("details")
    assert text_of(example[0]) == "2025-03-03 10:00:00 UTC MIDDLE \u2192 VERIFY: friendship-age about cleo"
    assert [text_of(name) for name in example.iter("strong")] == ["live", "in the shadow"]
    assert "policy: v1" in text_of(example)
    assert "policy: new" in text_of(example)


def test_the_story_in_the_shadow_of_itself_has_no_flips(tmp_path: Path) -> None:
    same = written(tmp_path / "same.yaml", [POLICY.read_text("utf-8").replace("version: demo", "version: same")])
    run = ("--events", *EVENTS, "--policy", POLICY, "--out", tmp_path / "out")
    assert kithward("replay", *run, "--shadow", same).exit_code == 0
    shown = section(reported(tmp_path / "out"), "In the shadow")
    assert "43 decisions in the shadow" in text_of(shown)
    assert "None differs." in text_of(shown)

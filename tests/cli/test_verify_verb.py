"""`kithward verify`: decisions are compared with recomputed ones, field by field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jobs.scenario.files import EVENTS, POLICY
from schemas.records import PolicyMode
from tests.support.given import HOUR, NOON, friends, kithward, lines, message, policy_event, the_one_line, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = 24 * HOUR


@pytest.fixture
def recorded(tmp_path: Path, events: Path) -> Path:
    kithward("replay", "--events", events, "--out", tmp_path / "out")
    return tmp_path / "out"


def changed(directory: Path, change: Callable[[list[dict[str, object]]], object]) -> Path:
    decisions = lines(directory, "decisions")
    change(decisions)
    path = directory / "changed.jsonl"
    path.write_text("".join(json.dumps(decision) + "\n" for decision in decisions), "utf-8")
    return path


def test_decisions_are_the_same_with_their_own_events(events: Path, recorded: Path) -> None:
    result = kithward("verify", "--decisions", recorded / "decisions.jsonl", "--events", events)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "2 decisions: 2 same, 0 different, 0 missing, 0 extra\n"


def test_the_scenario_is_verified_and_not_with_another_policy(tmp_path: Path) -> None:
    kithward("replay", "--events", *EVENTS, "--out", tmp_path / "out", "--policy", POLICY)
    told = ("--decisions", tmp_path / "out" / "decisions.jsonl", "--events", *EVENTS)
    assert kithward("verify", *told, "--policy", POLICY).exit_code == 0
    facts = kithward("verify", *told[:2], "--events", EVENTS[0])
    assert facts.exit_code == 1
    assert "67 decisions: 0 same, 0 different, 0 missing, 67 extra" in facts.stderr


def test_a_field_that_differs_is_named_with_both_values(events: Path, recorded: Path) -> None:
    def lie(decisions: list[dict[str, object]]) -> None:
        decisions[0]["outcome"] = "MIDDLE"
        evidence = json.loads(str(decisions[0]["evidence"]))
        evidence["friendship"]["age_ms"] = 7
        del evidence["spans"]
        decisions[0]["evidence"] = json.dumps(evidence)

    result = kithward("verify", "--decisions", changed(recorded, lie), "--events", events)
    assert result.exit_code == 1
    first, *differing = result.stdout.splitlines()
    assert first.startswith(f"different {lines(recorded, 'decisions')[0]['decision_id']}: friendship-age")
    assert "caused by event m1" in first
    assert differing[0] == '    outcome: recorded "MIDDLE", recomputed "FIRST_OPERATION"'
    assert differing[1] == f"    evidence.friendship.age_ms: recorded 7, recomputed {HOUR}"
    assert differing[2].startswith("    evidence.spans: recorded nothing, recomputed [{")
    assert result.stderr.endswith("2 decisions: 1 same, 1 different, 0 missing, 0 extra\n")


def test_another_policy_version_is_said_before_the_decisions_that_differ(tmp_path: Path, events: Path) -> None:
    v7, v8 = (written(tmp_path / f"{name}.yaml", [f"version: {name}"]) for name in ("v7", "v8"))
    kithward("replay", "--events", events, "--out", tmp_path / "out", "--policy", v7)
    told = ("--decisions", tmp_path / "out" / "decisions.jsonl", "--events", events)
    other = kithward("verify", *told, "--policy", v8)
    assert other.exit_code == 1
    first, second, *_ = other.stdout.splitlines()
    assert first == "decisions were made under policy version v7, and v8 was given"
    assert second.startswith(("different ", "missing ", "extra "))
    assert "v7, and default was given" in kithward("verify", *told).stdout.splitlines()[0]
    same = kithward("verify", *told, "--policy", v7)
    assert (same.exit_code, same.stdout) == (0, "")


def test_a_version_that_the_events_publish_is_not_another(tmp_path: Path) -> None:
    published = policy_event("v9", "version: v9", effective_at_ms=NOON + 1)
    both = written(tmp_path / "both.jsonl", [friends(), published, message("m1", NOON + HOUR)])
    kithward("replay", "--events", both, "--out", tmp_path / "out")
    result = kithward("verify", "--decisions", tmp_path / "out" / "decisions.jsonl", "--events", both)
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_missing_and_an_extra_decision_are_findings(events: Path, recorded: Path) -> None:
    missing = kithward("verify", "--decisions", changed(recorded, lambda all_: all_.pop(0)), "--events", events)
    assert missing.exit_code == 1
    assert missing.stdout.splitlines()[1] == "    the events give this decision, but it is not in the file"
    extra = kithward(
        "verify",
        "--decisions",
        changed(recorded, lambda all_: all_.append(all_[0] | {"decision_id": "f" * 32})),
        "--events",
        events,
    )
    assert extra.exit_code == 1
    assert extra.stdout.startswith(f"extra {'f' * 32}: ")
    assert "2 same, 0 different, 0 missing, 1 extra" in extra.stderr


def test_a_duplicate_decision_counts_once__c_12(events: Path, recorded: Path) -> None:
    twice = changed(recorded, lambda decisions: decisions.extend(decisions))
    result = kithward("verify", "--decisions", twice, "--events", events)
    assert (result.exit_code, result.stderr[:11]) == (0, "2 decisions")


def test_two_decisions_with_one_id_and_different_content_are_a_finding(events: Path, recorded: Path) -> None:
    doubtful = changed(recorded, lambda decisions: decisions.append(decisions[0] | {"outcome": "MIDDLE"}))
    result = kithward("verify", "--decisions", doubtful, "--events", events)
    assert result.exit_code == 1
    assert "2 same, 0 different, 0 missing, 1 extra" in result.stderr


def test_decisions_of_a_running_job_are_verified_with_its_state_and_an_open_end(tmp_path: Path) -> None:
    old = friends(since_ms=NOON - 365 * DAY)
    monday, tuesday = written(tmp_path / "1", [old]), written(tmp_path / "2", [message("m1", NOON + HOUR)])
    later = written(tmp_path / "3", [message("m2", NOON + HOUR + 5 * 60_000, "hello")])
    kithward("replay", "--events", monday, "--out", tmp_path / "0", "--state", tmp_path / "state")
    continued = ("--from", tmp_path / "state", "--state", tmp_path / "next")
    kithward("replay", "--events", tuesday, later, "--out", tmp_path / "out", *continued)
    told = ("verify", "--decisions", tmp_path / "out" / "decisions.jsonl", "--events", tuesday, later)
    assert [line["outcome"] for line in lines(tmp_path / "out", "decisions")] == ["VERIFY"]
    assert kithward(*told, "--from", tmp_path / "state", "--running").exit_code == 0
    ended = kithward(*told, "--from", tmp_path / "state")
    assert (ended.exit_code, "verification UNVERIFIED about alice" in ended.stdout) == (1, True)
    assert "1 extra" in kithward(*told, "--running").stderr


def test_many_findings_are_counted_and_few_shown(events: Path, recorded: Path) -> None:
    none = written(recorded / "none.jsonl", [])
    result = kithward("verify", "--decisions", none, "--events", events, "--limit", 1)
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr.splitlines()[0] == "1 more findings are not shown: raise --limit to see them"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ([message("m1", 1)], "record 1: MessageSent is not a decision"),
        (["{"], ":1: UNDECODABLE: not JSON"),
    ],
)
def test_a_line_that_is_no_decision_is_refused_with_its_place(
    tmp_path: Path, events: Path, content: list[object], fault: str
) -> None:
    bad = written(tmp_path / "bad.jsonl", content)
    assert fault in the_one_line(kithward("verify", "--decisions", bad, "--events", events))


def test_missing_files_and_options_are_refused(tmp_path: Path, events: Path) -> None:
    gone = tmp_path / "gone.jsonl"
    assert "gone.jsonl: no such file" in the_one_line(kithward("verify", "--decisions", gone, "--events", events))
    assert "gone.jsonl: no such file" in the_one_line(kithward("verify", "--decisions", events, "--events", gone))
    assert "--decisions" in the_one_line(kithward("verify", "--events", events))


def test_an_invalid_event_is_reported_and_skipped(tmp_path: Path, recorded: Path) -> None:
    more = written(
        tmp_path / "more.jsonl", ["{", friends(), message("m1", NOON + HOUR), message("m2", NOON + 2 * HOUR)]
    )
    result = kithward("verify", "--decisions", recorded / "decisions.jsonl", "--events", more)
    assert result.exit_code == 0
    assert "1 lines are not valid events and were skipped" in result.stderr


@pytest.fixture
def shadow(tmp_path: Path) -> Path:
    return written(tmp_path / "shadow.yaml", ["version: tried", "friendship_age: {t1_ms: 1m}"])


@pytest.fixture
def shadowed(tmp_path: Path, events: Path, shadow: Path) -> Path:
    kithward("replay", "--events", events, "--out", tmp_path / "shadowed", "--shadow", shadow)
    return tmp_path / "shadowed"


def test_shadow_decisions_are_verified_with_their_policy__c_21(events: Path, shadow: Path, shadowed: Path) -> None:
    told = ("--events", events, "--shadow", shadow)
    for name, count in (("shadow-decisions", 2), ("decisions", 2)):
        result = kithward("verify", "--decisions", shadowed / f"{name}.jsonl", *told)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == f"{count} decisions: {count} same, 0 different, 0 missing, 0 extra\n"


def test_the_differences_of_a_shadow_decision_are_shown__c_21(events: Path, shadow: Path, shadowed: Path) -> None:
    decisions = lines(shadowed, "shadow-decisions")
    assert [decision["outcome"] for decision in decisions] == ["MIDDLE"] * 2
    other = written(shadowed / "renamed.jsonl", [json.dumps(decisions[0] | {"outcome": "FIRST_OPERATION"})])
    result = kithward("verify", "--decisions", other, "--events", events, "--shadow", shadow)
    assert result.exit_code == 1
    assert '    outcome: recorded "FIRST_OPERATION", recomputed "MIDDLE"' in result.stdout
    assert "0 same, 1 different, 1 missing, 0 extra" in result.stderr


def test_a_shadow_policy_among_the_events_needs_no_option__c_21(tmp_path: Path, events: Path, shadow: Path) -> None:
    published = policy_event("tried", shadow.read_text("utf-8"), mode=PolicyMode.SHADOW)
    policies = written(tmp_path / "policies.jsonl", [published])
    kithward("replay", "--events", events, policies, "--out", tmp_path / "out")
    file = ("--decisions", tmp_path / "out" / "shadow-decisions.jsonl")
    assert kithward("verify", *file, "--events", events, policies).exit_code == 0
    without = kithward("verify", *file, "--events", events)
    assert without.exit_code == 1
    assert "no policy decides anything in shadow mode here: name one with --shadow" in without.stderr


def test_a_policy_cannot_be_its_own_shadow(events: Path, recorded: Path, shadow: Path) -> None:
    told = ("verify", "--decisions", recorded / "decisions.jsonl", "--events", events)
    same = kithward(*told, "--policy", shadow, "--shadow", shadow)
    assert "version: must be another than tried" in the_one_line(same)

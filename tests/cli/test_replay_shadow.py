"""`kithward replay` with a policy in shadow mode: its decisions are counted and written, without commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.records import PolicyMode
from tests.support.given import (
    HOUR,
    NOON,
    contents,
    friends,
    kithward,
    lines,
    message,
    policy_event,
    summary,
    the_one_line,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

EARLY = "friendship_age: {t1_ms: 30m}"


def judged(out: Path) -> list[tuple[str, str]]:
    return [(line["cause_event_id"], line["policy_version"]) for line in lines(out, "shadow-decisions")]


def test_shadow_decisions_are_counted_separately__c_21(tmp_path: Path, events: Path) -> None:
    published = policy_event("s", EARLY, mode=PolicyMode.SHADOW)
    shaded = written(tmp_path / "policies.jsonl", [published])
    result = kithward("replay", "--events", events, shaded, "--out", tmp_path / "out")
    assert [line["outcome"] for line in lines(tmp_path / "out", "shadow-decisions")] == ["MIDDLE"] * 2
    assert result.stderr.splitlines()[1:7] == [
        "decisions         2",
        "  friendship-age  2  FIRST_OPERATION 2",
        "shadow decisions  2",
        "  friendship-age  2  MIDDLE 2",
        "commands          4  ExitSession 2, Warn 2",
        "risk windows      2",
    ]


def test_a_policy_can_be_in_shadow_mode_for_the_whole_run__c_21(tmp_path: Path, events: Path) -> None:
    out, new = tmp_path / "out", written(tmp_path / "new.yaml", ["version: new", EARLY])
    result = kithward("replay", "--events", events, "--out", out, "--shadow", new)
    assert summary(result)["read"] == "3 applied 3", "it is no event of the files"
    shadow = lines(out, "shadow-decisions")
    assert [(line["outcome"], line["policy_version"]) for line in shadow] == [("MIDDLE", "new")] * 2
    kithward("replay", "--events", events, "--out", tmp_path / "alone")
    assert contents(tmp_path / "alone") == contents(out) | {"shadow-decisions": b""}


def test_a_shadow_policy_starts_at_the_clock_of_the_state_and_replaces_an_earlier_one__c_21(tmp_path: Path) -> None:
    state = ("--state", tmp_path / "state")
    for day, version in enumerate(("new", "newer")):
        shadow = written(tmp_path / f"{version}.yaml", [f"version: {version}", EARLY])
        later = NOON + day * 24 * HOUR
        stream = [
            friends(later, since_ms=later),
            message(f"m{day}", later + HOUR),
            message(f"n{day}", later + 2 * HOUR),
        ]
        part = written(tmp_path / version, stream)
        kithward("replay", "--events", part, "--out", tmp_path / "out", *state, "--shadow", shadow)
    last = written(tmp_path / "last", [message("m9", NOON + 30 * HOUR)])
    kithward("replay", "--events", last, "--out", tmp_path / "end", "--from", state[1])
    by_event = dict(judged(tmp_path / "out"))
    assert by_event == {"m0": "new", "n0": "new", "m1": "newer"}, "an event that still waits is judged in its own time"
    assert judged(tmp_path / "end") == [("n1", "newer"), ("m9", "newer")]


def test_a_shadow_policy_needs_a_version_of_its_own(tmp_path: Path, events: Path) -> None:
    run = ("replay", "--events", events, "--out", tmp_path / "out")
    live = ("--policy", written(tmp_path / "live.yaml", ["version: v1"]))
    unnamed = written(tmp_path / "unnamed.yaml", [EARLY])
    assert "must be named, and not default" in the_one_line(kithward(*run, *live, "--shadow", unnamed))
    same = written(tmp_path / "same.yaml", ["version: v1", EARLY])
    assert "must be another than v1" in the_one_line(kithward(*run, *live, "--shadow", same))
    taken = policy_event("v2", "{}")
    run = ("replay", "--events", events, written(tmp_path / "policies", [taken]), "--out", tmp_path / "out")
    other = written(tmp_path / "other.yaml", ["version: v2", EARLY])
    said = the_one_line(kithward(*run, *live, "--shadow", other))
    assert "--shadow v2: version v2 was published before with other content" in said

"""`kithward replay`: complete output files, reproducible bytes, state, and errors in one line."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from jobs.replay.engine import Replay
from jobs.replay.event_files import InputRules, open_events
from jobs.scenario.files import EVENTS
from schemas.jsonl import BadLine, write_file
from schemas.records import FriendRemoved, FriendRequested, ProfileChanged
from state.spec import UnreadableStateError
from tests.support.given import (
    HOUR,
    NAMES,
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

STORY = ("--events", *EVENTS)


def test_five_files_and_a_summary_are_written(tmp_path: Path, events: Path) -> None:
    result = kithward("replay", "--events", events, "--out", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(f"{name}.jsonl" for name in NAMES)
    assert [line["cause_event_id"] for line in lines(tmp_path / "out", "decisions")] == ["m1", "m2"]
    assert [line["type"] for line in lines(tmp_path / "out", "commands")] == ["ExitSession", "Warn"] * 2
    assert result.stderr.splitlines() == [
        "read              3  applied 3",
        "decisions         2",
        "  friendship-age  2  FIRST_OPERATION 2",
        "commands          4  ExitSession 2, Warn 2",
        "risk windows      2",
        f"written to {tmp_path / 'out'}",
    ]


def test_the_counters_of_the_steps_are_details(tmp_path: Path, events: Path) -> None:
    said = kithward("replay", "--events", events, "--out", tmp_path / "out", "--details").stderr.splitlines()
    steps = [
        "  acquaintance  applied 1",
        "  account       applied 4",
        "  relationship  applied 4, approached 2",
        "  risk-window   applied 2",
    ]
    assert [line for line in said[said.index("steps:") : -1] if line in steps] == steps


def test_the_summary_has_the_counters_of_each_step__c_4_c_12_c_17(tmp_path: Path) -> None:
    stranger = message("m3", NOON + 4 * HOUR, sender="eve")
    late, again = message("m1", NOON + HOUR), message("m2", NOON + 2 * HOUR)
    told = written(tmp_path / "events.jsonl", [friends(), again, again, stranger, message("m4", NOON + 5 * HOUR), late])
    rows = summary(kithward("replay", "--events", told, "--out", tmp_path / "out", "--details"))
    assert "repeated 1" in rows["account"]
    assert "late 1" in rows["account"]
    assert "no-friend 1" in rows["relationship"]


def test_the_same_input_gives_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    kithward("replay", *STORY, "--out", tmp_path / "here")
    command = [sys.executable, "-m", "jobs", "replay", *map(str, STORY), "--out", str(tmp_path / "there")]
    done = subprocess.run(command, check=True, capture_output=True, env={"PYTHONHASHSEED": "7"})
    assert done.stdout == b""
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


def test_event_files_may_share_an_option_and_be_lines_or_containers(tmp_path: Path, events: Path) -> None:
    facts = written(tmp_path / "facts.jsonl", [friends()])
    write_file(tmp_path / "messages.avro", [message("m1", NOON + HOUR), message("m2", NOON + 2 * HOUR)])
    messages = tmp_path / "messages.avro"
    outs = [tmp_path / name for name in "abcd"]
    kithward("replay", "--events", events, "--out", outs[0])
    kithward("replay", "--events", facts, messages, "--out", outs[1])
    kithward("replay", "--out", outs[2], "--events", messages, "--events", facts)
    kithward("replay", f"--events={facts}", messages, "--out", outs[3])
    assert len({tuple(contents(out).items()) for out in outs}) == 1


def test_a_repeated_friend_request_is_counted_once_as_repeated__c_17_c_12(tmp_path: Path) -> None:
    asks = FriendRequested(event_id="f1", at_ms=NOON, request_id="q", requester_id="s", target_id="r")
    result = kithward("replay", "--events", written(tmp_path / "events", [asks, asks]), "--out", tmp_path / "out")
    assert summary(result)["read"] == "2 applied 1, repeated 1"


def test_every_input_is_applied_or_repeated_or_a_dead_letter__c_17(tmp_path: Path) -> None:
    stream = [friends(), message("m1", NOON + 1), message("m1", NOON + 1), message("m2", NOON, sender="bob"), "{", ""]
    result = kithward("replay", "--events", written(tmp_path / "events", stream), "--out", tmp_path / "out")
    rows = summary(result)
    assert rows["read"] == "5 applied 2, repeated 1, dead letters 2"
    assert (rows["blank lines"], rows["dead letters"]) == ("1", "2 IMPOSSIBLE 1, UNDECODABLE 1")


def test_an_event_counts_without_its_bad_picture_which_is_a_dead_letter__c_17_ai_34(tmp_path: Path) -> None:
    bad = ProfileChanged(event_id="p", at_ms=NOON, account_id="bob", nickname="n", avatar_image=b"none")
    stream = [bad, bad, replace(bad, event_id="q", nickname=None)]
    path = written(tmp_path / "events", stream)
    result = kithward("replay", "--events", path, "--out", tmp_path / "out")
    rows = summary(result)
    assert (rows["read"], rows["dead letters"]) == ("3 applied 2, dead letters 1", "3 BAD_IMAGE 3")
    assert rows["pictures"] == "2 refused alone: their events count"
    assert [letter["line"] for letter in lines(tmp_path / "out", "dead-letters")] == [1, 2, 3]
    assert kithward("replay", "--events", path, "--out", tmp_path / "out", "--strict").exit_code == 1


def test_a_late_event_is_counted_and_still_applied__c_4(tmp_path: Path) -> None:
    stream = [message("m2", NOON + 9 * HOUR, "hello"), friends(), message("m1", NOON + HOUR)]
    result = kithward("replay", "--events", written(tmp_path / "events", stream), "--out", tmp_path / "out")
    rows = summary(result)
    assert rows["read"] == "3 applied 3"
    assert rows["late"].startswith("2 ")
    (decision,) = lines(tmp_path / "out", "decisions")
    assert "LATE" in decision["reasons"]


def test_an_invalid_line_is_a_dead_letter_with_its_place(tmp_path: Path) -> None:
    stream = [friends(), b'{"type": "Mess', b"\xff\xfe\x00", message("m1", NOON)]
    path = written(tmp_path / "events", stream)
    assert kithward("replay", "--events", path, "--out", tmp_path / "one").exit_code == 0
    first, second = lines(tmp_path / "one", "dead-letters")
    assert first == {"line": 2, "reason": "UNDECODABLE", "message": first["message"], "raw": '{"type": "Mess'}
    assert second["raw"].encode("utf-8", "surrogateescape") == b"\xff\xfe\x00"
    kithward("replay", "--events", written(tmp_path / "more", []), path, "--out", tmp_path / "two")
    assert [letter["file"] for letter in lines(tmp_path / "two", "dead-letters")] == [str(path)] * 2


def test_a_bad_record_is_a_finding_only_when_strict(tmp_path: Path, events: Path) -> None:
    bad = written(tmp_path / "bad", ["{", friends()])
    assert kithward("replay", "--events", bad, "--out", tmp_path / "out").exit_code == 0
    assert kithward("replay", "--events", bad, "--out", tmp_path / "out", "--strict").exit_code == 1
    assert lines(tmp_path / "out", "dead-letters") != []
    assert kithward("replay", "--events", events, "--out", tmp_path / "out", "--strict").exit_code == 0


def test_an_empty_file_gives_empty_files(tmp_path: Path) -> None:
    result = kithward("replay", "--events", written(tmp_path / "events", []), "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert set(contents(tmp_path / "out").values()) == {b""}


def test_without_state_the_end_of_input_is_the_end_of_time(tmp_path: Path) -> None:
    old = friends(since_ms=NOON - 365 * 24 * HOUR)
    path = written(tmp_path / "events", [old, message("m1", NOON + HOUR)])
    kithward("replay", "--events", path, "--out", tmp_path / "out")
    assert [line["outcome"] for line in lines(tmp_path / "out", "decisions")] == ["VERIFY", "UNVERIFIED"]
    kithward("replay", "--events", path, "--out", tmp_path / "kept", "--state", tmp_path / "state")
    assert lines(tmp_path / "kept", "decisions") == []


@pytest.mark.parametrize("cut", [1, 9, 25, 33])
def test_two_runs_with_state_give_what_one_run_gives(tmp_path: Path, cut: int) -> None:
    with open_events(EVENTS) as recordings:
        merged = [arrival.raw for arrival in recordings.events()]
    whole, first, second = (
        written(tmp_path / name, part) for name, part in (("w", merged), ("1", merged[:cut]), ("2", merged[cut:]))
    )
    kithward("replay", "--events", whole, "--out", tmp_path / "one", "--state", tmp_path / "state-1")
    for part in (first, second):
        kithward("replay", "--events", part, "--out", tmp_path / "two", "--state", tmp_path / "state-2")
    together, apart = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert {name: apart[name] for name in NAMES[:4]} == {name: together[name] for name in NAMES[:4]}
    letters = [[letter["raw"] for letter in lines(tmp_path / name, "dead-letters")] for name in ("one", "two")]
    assert letters[0] == letters[1]


def test_a_run_from_a_copy_does_not_change_the_state(tmp_path: Path, events: Path) -> None:
    state = ("--state", tmp_path / "state")
    kithward("replay", "--events", written(tmp_path / "facts", [friends()]), "--out", tmp_path / "0", *state)
    later = written(tmp_path / "later", [message("m1", NOON + HOUR), message("m2", NOON + 2 * HOUR)])
    copied = [tmp_path / name for name in "12"]
    for out in copied:
        kithward("replay", "--events", later, "--out", out, "--from", tmp_path / "state")
    kithward("replay", "--events", events, "--out", tmp_path / "3")
    assert contents(copied[0]) == contents(copied[1]) == contents(tmp_path / "3")


def test_a_published_policy_applies_from_its_effective_time_wherever_its_event_is__c_19(tmp_path: Path) -> None:
    quiet = "version: v2\nfriendship_age: {enabled: false}"
    published = policy_event("v2", quiet, effective_at_ms=NOON + HOUR)
    stream = [friends(), message("m1", NOON + HOUR - 1), message("m2", NOON + HOUR)]
    policies = written(tmp_path / "policies", [published])
    kithward("replay", "--events", written(tmp_path / "events", stream), policies, "--out", tmp_path / "out")
    assert [line["cause_event_id"] for line in lines(tmp_path / "out", "decisions")] == ["m1"]


def test_an_invalid_policy_is_a_dead_letter_and_the_previous_one_stays_in_force__c_16_c_19(
    tmp_path: Path,
) -> None:
    quiet = policy_event("v2", "friendship_age: {enabled: false}")
    wrong = replace(quiet, event_id="q", version="v3", document="friendship_age: {t1_ms: -1}")
    stream = [friends(), quiet, wrong, message("m1", NOON + HOUR)]
    kithward("replay", "--events", written(tmp_path / "events", stream), "--out", tmp_path / "out")
    assert [letter["reason"] for letter in lines(tmp_path / "out", "dead-letters")] == ["INVALID_POLICY"]
    assert lines(tmp_path / "out", "decisions") == []


def test_a_failed_run_does_not_change_outputs_and_state(
    tmp_path: Path, events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--out", tmp_path / "out", "--state", tmp_path / "state")
    kithward("replay", "--events", events, *options)
    before = contents(tmp_path / "out")
    more = written(tmp_path / "more", [message("m3", NOON + 3 * HOUR), message("m4", NOON + 9 * HOUR)])
    with monkeypatch.context() as patch:
        patch.setattr(Replay, "push", lambda *_: 1 / 0)
        assert kithward("replay", "--events", more, *options).exit_code == 70
    assert contents(tmp_path / "out") == before
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(f"{name}.jsonl" for name in NAMES)
    kithward("replay", "--events", more, *options)
    assert [line["cause_event_id"] for line in lines(tmp_path / "out", "decisions")] == ["m1", "m2", "m3"]


def test_without_state_a_second_run_replaces_the_first(tmp_path: Path, events: Path) -> None:
    for _ in range(2):
        kithward("replay", "--events", events, "--out", tmp_path / "out")
    assert len(lines(tmp_path / "out", "decisions")) == 2


def test_a_removal_in_another_file_applies(tmp_path: Path, events: Path) -> None:
    gone = FriendRemoved(event_id="r", at_ms=NOON + HOUR + 1, account_id="bob", friend_id="alice")
    kithward("replay", "--events", events, written(tmp_path / "gone", [gone]), "--out", tmp_path / "out")
    decided = [(line["cause_event_id"], line["rule"]) for line in lines(tmp_path / "out", "decisions")]
    assert decided == [("m1", "friendship-age"), ("m2", "strangers")]


class TestRefused:
    """Bad input and wrong use: exit code 2, one line that names fault and place, and nothing written."""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--events", "{tmp}/nowhere"), "{tmp}/nowhere: no such file or directory"),
            (("--events", "{events}", "--policy", "{tmp}/nowhere"), "cannot be read"),
            (("--events", "{events}", "--policy", "{bad}"), "{bad}: line 2: common.idel: unknown key"),
            (("--events", "{events}", "--from", "{tmp}/nowhere"), "{tmp}/nowhere: holds no state of a replay"),
            (("--events", "{events}", "--state", "{tmp}"), "{tmp}: is not a state directory"),
            (("--events", "{events}", "--state", "{events}"), "{events}: file exists"),
            ((), "Missing option '--events'"),
            (("--events", "{events}", "--speed", "9"), "No such option: --speed"),
        ],
    )
    def test_in_one_line(self, tmp_path: Path, events: Path, arguments: tuple[str, ...], said: str) -> None:
        bad = written(tmp_path / "bad.yaml", ["common:", "  idel: 1s"])
        places = {"tmp": tmp_path, "events": events, "bad": bad}
        given = [argument.format(**places) for argument in arguments]
        result = kithward("replay", "--out", tmp_path / "out", *given)
        assert said.format(**places) in the_one_line(result)
        assert not (tmp_path / "out" / "decisions.jsonl").exists()

    def test_an_out_that_is_a_file(self, events: Path) -> None:
        assert f"{events}: file exists" in the_one_line(kithward("replay", "--events", events, "--out", events))

    def test_an_unreadable_file_before_the_state_is_touched(self, tmp_path: Path, events: Path) -> None:
        state = tmp_path / "state"
        broken = tmp_path / "events.avro"
        broken.write_bytes(b"Obj\x01")
        result = kithward("replay", "--events", events, broken, "--out", tmp_path / "out", "--state", state)
        assert f"{broken}: " in the_one_line(result)
        assert not state.exists()

    def test_corrupt_state(self, tmp_path: Path, events: Path) -> None:
        options = ("--events", events, "--out", tmp_path / "out", "--state", tmp_path / "state")
        kithward("replay", *options)
        for table in (tmp_path / "state" / "generation-1").glob("0*"):
            table.write_bytes(b"?" * 100)
        assert f"{tmp_path / 'state'}: holds state that cannot be" in the_one_line(kithward("replay", *options))

    def test_state_of_a_newer_release(self, tmp_path: Path, events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def newer(*_: object) -> None:
            raise UnreadableStateError("state version 9 is unknown here")

        monkeypatch.setattr(Replay, "load_policies", newer)
        result = kithward("replay", "--events", events, "--out", tmp_path / "out", "--state", tmp_path / "state")
        assert "state version 9 is unknown here" in the_one_line(result)


def test_no_line_of_a_binary_file_stops_a_replay(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(bytes(range(256)) * 64)
    assert kithward("replay", "--events", path, "--out", tmp_path / "out", "--max-bad", "100%").exit_code == 0
    with open_events([path], rules=InputRules(max_bad=Fraction(1))) as recordings:
        assert all(isinstance(arrival.parsed, BadLine) for arrival in recordings.events())
    assert len(lines(tmp_path / "out", "dead-letters")) == 65

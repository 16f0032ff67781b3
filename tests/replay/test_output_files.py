"""The output files of a replay: one run at a time, written to disk in order, settled after a run that was stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.replay.generations import RunRecord
from jobs.replay.output_files import OutputFiles, records_of
from jobs.replay.publication import Journal, begin, draft_of
from jobs.replay.state_directory import open_state
from schemas.topics import DECISIONS
from tests.support.given import DECISION, NAMES, contents, friends, kithward, lines, the_one_line, written

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return written(tmp_path / "events.jsonl", [friends()])


def decide(out: Path, number: int = 1) -> None:
    with OutputFiles(out) as outputs:
        for _ in range(number):
            outputs.write(DECISIONS, DECISION)
        outputs.publish()


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_second_run_into_the_same_directory_is_refused__c_29(tmp_path: Path, events: Path) -> None:
    with OutputFiles(tmp_path / "out") as outputs:
        said = the_one_line(kithward("replay", "--events", events, "--out", tmp_path / "out"))
        assert said == f"kithward: {tmp_path / 'out'}: is in use by another run (process {os.getpid()})"
        outputs.write(DECISIONS, DECISION)
        outputs.publish()
    assert len(lines(tmp_path / "out", "decisions")) == 1


def test_a_run_that_repeats_the_last_one_changes_nothing__c_29(tmp_path: Path) -> None:
    bad = written(tmp_path / "bad", [friends(), "{"])
    run = ("replay", "--events", bad, "--out", tmp_path / "out", "--state", tmp_path / "state")
    said = [kithward(*run).stderr.splitlines()[-1] for _ in range(2)]
    assert said == [f"written to {tmp_path / 'out'}", "the same run as the one before: nothing written"]
    assert len(lines(tmp_path / "out", "dead-letters")) == 1
    (tmp_path / "out" / "commands.jsonl").unlink()  # whoever has taken the outputs away gets new ones
    kithward(*run)
    assert len(lines(tmp_path / "out", "dead-letters")) == 2


def test_a_lock_file_that_a_killed_run_has_left_refuses_nobody(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("1\n")
    decide(tmp_path)
    assert names(tmp_path) == sorted(f"{name}.jsonl" for name in NAMES)


def test_every_file_is_on_disk_before_it_takes_its_name__c_29(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[str, Path]] = []
    fsync, replace, unlink = os.fsync, Path.replace, Path.unlink
    monkeypatch.setattr(os, "fsync", lambda file: (steps.append(("sync", opened(file))), fsync(file)))
    monkeypatch.setattr(Path, "replace", lambda path, new: (steps.append(("rename", path)), replace(path, new))[1])
    monkeypatch.setattr(
        Path, "unlink", lambda path, **options: (steps.append(("remove", path)), unlink(path, **options))[1]
    )
    with open_state(tmp_path / "state", None) as state, OutputFiles(tmp_path / "out") as outputs:
        outputs.publish(state.seal(RunRecord("digest", str(tmp_path / "out"))), state.commit)
        generation = tmp_path / "state" / "generation-1"
        assert {path for path in generation.iterdir() if path.name != "LOCK"} <= before(steps, "rename", ".CURRENT")
    for name in NAMES:
        assert draft_of(tmp_path / "out", name) in before(steps, "rename", "..publication")
    after_renames = steps[[kind for kind, _ in steps].index("rename") :]
    order = [place for place in after_renames if place[1].name in {"out", "state", ".CURRENT", ".publication"}]
    out, state_directory = ("sync", tmp_path / "out"), ("sync", tmp_path / "state")
    committed = ("rename", tmp_path / "state" / ".CURRENT")
    done = ("remove", tmp_path / "out" / ".publication")
    assert [step for step in order if step != ("sync", committed[1])] == [
        *(out, committed, state_directory),
        *(out, done, out),
    ]


def test_a_directory_may_have_any_name__c_29(tmp_path: Path, events: Path) -> None:
    out = tmp_path / os.fsdecode(b"caf\xe9")
    command = ("replay", "--events", events, "--out", out, "--state", tmp_path / "state")
    assert kithward(*command).stderr.endswith("written to " + str(out).replace("\udce9", "\\udce9") + "\n")
    assert kithward(*command).stderr.endswith("the same run as the one before: nothing written\n")


def opened(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def before(steps: Iterable[tuple[str, Path]], kind: str, name: str) -> set[Path]:
    """Return what had been synced when a file of that name was renamed or removed."""
    synced = set()
    for each, path in steps:
        if (each, path.name) == (kind, name):
            return synced
        if each == "sync":
            synced.add(path)
    raise AssertionError(name)


class TestStopped:
    """What a run that was stopped while it published has left."""

    def leave(self, out: Path, journal: Journal) -> None:
        """Leave a publication of no decisions, after one decision was published."""
        decide(out)
        for name in NAMES:
            draft_of(out, name).write_bytes(b"")
        begin(out, journal)

    def test_without_state_it_is_completed_by_who_reads_it(self, tmp_path: Path) -> None:
        self.leave(tmp_path, Journal())
        assert list(records_of(tmp_path / "decisions.jsonl")) == []
        assert names(tmp_path) == sorted(f"{name}.jsonl" for name in NAMES)

    def test_it_is_refused_while_a_run_writes(self, tmp_path: Path) -> None:
        with OutputFiles(tmp_path):
            begin(tmp_path, Journal())
            with pytest.raises(BadInput, match="is in use by another run"):
                list(records_of(tmp_path / "decisions.jsonl"))

    def test_it_is_withdrawn_if_its_state_is_older(self, tmp_path: Path) -> None:
        (tmp_path / "state").mkdir()
        self.leave(tmp_path / "out", Journal(str(tmp_path / "state"), 1, "digest"))
        assert list(records_of(tmp_path / "out" / "decisions.jsonl")) == [DECISION]
        assert not (tmp_path / "out" / ".publication").exists()

    def test_it_is_withdrawn_if_another_run_made_its_generation(self, tmp_path: Path) -> None:
        with open_state(tmp_path / "state", None) as state:
            state.seal(RunRecord("other", str(tmp_path / "elsewhere")))
            state.commit()
        self.leave(tmp_path / "out", Journal(str(tmp_path / "state"), 1, "digest"))
        assert list(records_of(tmp_path / "out" / "decisions.jsonl")) == [DECISION]

    def test_it_is_settled_before_its_state_goes_on_with_another_directory(self, tmp_path: Path, events: Path) -> None:
        with open_state(tmp_path / "state", None) as state:
            journal = state.seal(RunRecord("digest", str(tmp_path / "out")))
            self.leave(tmp_path / "out", journal)
            state.commit()
        options = ("--out", tmp_path / "other", "--state", tmp_path / "state")
        assert kithward("replay", "--events", events, *options).exit_code == 0
        assert not (tmp_path / "out" / ".publication").exists()
        assert lines(tmp_path / "out", "decisions") == []

    def test_it_is_refused_if_nobody_knows_whether_it_is_valid(self, tmp_path: Path, events: Path) -> None:
        self.leave(tmp_path / "out", Journal(str(tmp_path / "gone"), 1, "digest"))
        kept = contents(tmp_path / "out")
        for verb in (("replay", "--events", events, "--out"), ("report", "--out", tmp_path / "x", "--from")):
            said = the_one_line(kithward(*verb, tmp_path / "out"))
            assert f"{tmp_path / 'gone'} no longer tells whether they are valid; remove .publication" in said
        assert contents(tmp_path / "out") == kept

    def test_a_journal_that_is_none_is_refused(self, tmp_path: Path) -> None:
        decide(tmp_path)
        (tmp_path / ".publication").write_text("{")
        with pytest.raises(BadInput, match=r"\.publication: is no journal"):
            list(records_of(tmp_path / "decisions.jsonl"))

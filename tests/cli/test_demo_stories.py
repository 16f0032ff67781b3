"""The stories of the demo: each decision below its cause, each command below its decision, on 80 columns."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from jobs.cli.output.story import print_story
from jobs.cli.output.terminal import open_console
from jobs.deploy.installation import ROOT
from jobs.local.chapters import Chapter, chapters
from jobs.replay.event_files import open_events
from jobs.replay.output_files import records_if_any
from jobs.scenario.files import EVENTS, POLICY
from schemas.jsonl import BadLine
from schemas.records import Decision, RevokeCommand
from tests.support.given import kithward, lines
from tests.support.typed_commands import shows_in_order, typed_in

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.records import Record


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("replayed")
    assert kithward("replay", "--events", *EVENTS, "--policy", POLICY, "--out", out).exit_code == 0
    return out


@pytest.fixture(scope="module")
def told(replayed: Path) -> list[Chapter]:
    return chapters(sent(), outputs(replayed))


def sent() -> list[Record]:
    with open_events(EVENTS) as source:
        return [event.parsed for event in source.events() if not isinstance(event.parsed, BadLine)]


def outputs(replayed: Path) -> list[Record]:
    return [*records_if_any(replayed / "decisions.jsonl"), *records_if_any(replayed / "commands.jsonl")]


def printed(told: list[Chapter], capsys: pytest.CaptureFixture[str]) -> str:
    console = open_console(soft_wrap=True)
    for number, chapter in enumerate(told, start=1):
        print_story(console, number, chapter)
    return capsys.readouterr().out


def test_every_decision_and_command_is_in_one_story(replayed: Path, told: list[Chapter]) -> None:
    decisions = Counter(decision.decision_id for chapter in told for decision in chapter.decisions)
    assert decisions == Counter(line["decision_id"] for line in lines(replayed, "decisions"))
    commands = [command for chapter in told for each in chapter.commands.values() for command in each]
    assert len(commands) == len(lines(replayed, "commands"))
    known = {getattr(event, "event_id", "") for event in sent()}
    named = [event_id for chapter in told for event_id in chapter.story.events]
    assert (set(named) - known, len(set(named))) == (set(), len(named))


def test_the_stories_stand_in_the_order_in_which_they_end(told: list[Chapter]) -> None:
    """So that each can be told while the job is at work on the next."""
    ends = [max(decision.at_ms for decision in chapter.decisions) for chapter in told]
    assert ends == sorted(ends)


def test_a_decision_stands_right_below_the_event_that_caused_it(
    told: list[Chapter], capsys: pytest.CaptureFixture[str]
) -> None:
    said = printed(told, capsys)
    assert re.search(
        r"03-03 17:20  tom to rosa: Have a look: \S+\n"
        r" {15}MIDDLE: tom, a friend of rosa, sent a suspicious message\n"
        r" {17}because: a link to a shop\n"
        r" {17}-> warn rosa about tom in the application\n"
        r"03-03 17:45  rosa to tom: Not today, Tom\n"
        r"Without the job: ",
        said,
    )
    assert re.search(r"03-03 15:10    UNVERIFIED: nobody answered for piet", said), "what time decides has its own"
    assert said.count("Without the job: ") == len(told)
    assert "mika to rosa: Just one payment, please\n03-06 09:00  the same arrives once more" in said


def test_a_reviewer_overturns_a_decision_and_its_block_is_taken_back_below_the_answer__rv_8(
    told: list[Chapter], capsys: pytest.CaptureFixture[str]
) -> None:
    [story] = [chapter for chapter in told if "reviewer" in chapter.story.about]
    [revoked] = [each for found in story.commands.values() for each in found if isinstance(each, RevokeCommand)]
    [overturned] = [each for each in story.decisions if each.decision_id == revoked.decision_id]
    assert (overturned.outcome, revoked.revoked_type) == ("NOT_GENUINE", "BlockAccount")
    assert re.search(
        r"says of the decision about samir: wrong\n +-> take back the block of samir", printed([story], capsys)
    )
    assert story.decisions[-1].outcome == "GENUINE", "the account is asked anew, and no longer blocked"


def test_the_readme_shows_what_the_demo_prints(told: list[Chapter], capsys: pytest.CaptureFixture[str]) -> None:
    [shown] = [shown for command, shown in typed_in((ROOT / "README.md").read_text("utf-8")) if command == "make demo"]
    said = printed(told, capsys)
    assert "..." in shown
    assert shows_in_order(said, shown)
    assert not shows_in_order(said, [*shown[-1:], "...", *shown[:1]])
    assert not shows_in_order(said, [*shown, "and more"])


def test_a_story_fits_80_columns_in_plain_text(told: list[Chapter], capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(told, capsys)
    assert "\x1b" not in said
    assert [line for line in said.splitlines() if cell_len(line) > 80 or line != line.rstrip()] == []


def test_colours_are_for_terminals_and_no_color_is_obeyed(
    told: list[Chapter], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    green = "\x1b[32m"
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert green in printed(told, capsys)
    monkeypatch.setenv("NO_COLOR", "1")
    assert green not in printed(told, capsys)


def test_a_decision_of_no_story_is_left_out(replayed: Path, told: list[Chapter]) -> None:
    made = outputs(replayed)
    other = replace(next(each for each in made if isinstance(each, Decision)), decision_id="f" * 32, cause_event_id="?")
    assert chapters(sent(), [*made, other]) == told


def test_a_story_is_complete_once_all_its_outputs_are_there(replayed: Path, told: list[Chapter]) -> None:
    made = outputs(replayed)
    early = chapters(sent(), (each for each in made if isinstance(each, Decision)))
    assert [chapter.has_all_of(whole) for chapter, whole in zip(early, told, strict=True)] == [False] * len(told)
    assert all(chapter.has_all_of(whole) for chapter, whole in zip(chapters(sent(), made), told, strict=True))

"""How a story on a homeserver is told: by the second, with what clients showed, and with what did not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.cli.demo.matrix import print_tale, stay
from jobs.cli.output.terminal import open_console
from jobs.local.matrix.demo import Tale
from jobs.local.matrix.scene import Made, Missed, Scene, Seen, Witness, arrivals
from jobs.local.matrix.stories import STORIES
from schemas.records import BlockAccount, ProfileChanged
from tests.support.given import DECISION, NOON, message

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = BlockAccount(command_id="c1", decision_id="d1", at_ms=NOON, account_id="bob", blocked_id="alice")


class NothingComes(Witness):
    """A witness of topics in which nothing arrives."""

    def __init__(self) -> None: ...

    def read(self, made: Made) -> None: ...


def told(made: Made, capsys: pytest.CaptureFixture[str], *seen: Seen, missed: str | None = None) -> list[str]:
    print_tale(open_console(soft_wrap=True), 1, Tale(STORIES[0], list(seen), made, missed), str.upper)
    return capsys.readouterr().out.splitlines()[3:]


def test_a_command_stands_below_its_decision_and_what_a_client_showed_at_its_second(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = Made(events=[message("m1", NOON)], decisions=[DECISION], commands=[BLOCK])
    seen = Seen(NOON + 1_840, "bob's client ignores alice, after 1.8 s")
    sent, _, _, blocked, ignored, *rest = told(made, capsys, seen)
    assert sent == "    0.0 s    ALICE TO BOB: THE PAYMENT, PLEASE"
    assert blocked.strip() == "-> BLOCK ALICE FOR BOB"
    assert ignored == "    1.8 s    BOB'S CLIENT IGNORES ALICE, AFTER 1.8 S"
    assert rest[0].startswith("Without the job: ")


def test_a_command_of_an_earlier_decision_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(Made(commands=[BLOCK]), capsys)[0].split(maxsplit=2) == ["0.0", "s", "-> BLOCK ALICE FOR BOB"]


def test_what_a_person_looks_like_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    profile = ProfileChanged(event_id="p1", at_ms=NOON, account_id="alice")
    assert told(Made(events=[profile]), capsys)[0].startswith("Without the job: ")


def test_what_did_not_come_is_told_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(Made(), capsys, missed="not within 30 s: a notice")[-1] == "not within 30 s: a notice"


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr("jobs.local.matrix.scene._WITHIN_S", 0.0)
    return Scene(NothingComes(), lambda: None)


def test_an_effect_that_does_not_come_ends_the_story_after_what_did(scene: Scene) -> None:
    with pytest.raises(Missed, match=r"not within 0 s: a notice$"):
        scene.shows(0, {"an entry": lambda: True, "a notice": str})
    assert [each.text.partition(",")[0] for each in scene.seen] == ["an entry"]


def test_a_record_and_a_decision_that_do_not_come_end_the_story(scene: Scene) -> None:
    with pytest.raises(Missed, match="BlockAccount"):
        scene.has(BlockAccount)
    scene.made.commands.append(BLOCK)
    scene.has(BlockAccount, blocked_id="alice")
    with pytest.raises(Missed, match="a decision"):
        scene.end()


class Arriving(Witness):
    """A witness of what arrives one after the other; at its end somebody presses Ctrl-C."""

    def __init__(self, *arriving: Made) -> None:
        self.left = list(arriving)

    def read(self, made: Made) -> None:
        if not self.left:
            raise KeyboardInterrupt
        newer = self.left.pop(0)
        made.events += newer.events
        made.commands += newer.commands
        made.decisions += newer.decisions


class Running:
    """The part of a demo that one looks at."""

    def __init__(self, *arriving: Made) -> None:
        self.witness = Arriving(*arriving)

    plain = staticmethod(str)

    def arrivals(self) -> Iterator[Made]:
        return arrivals(self.witness, lambda: None)


def test_who_stays_is_told_what_happens_until_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    said = Made(events=[message("m1", NOON)], commands=[BLOCK])
    stay(open_console(soft_wrap=True), Running(Made(), said, Made(decisions=[DECISION]), Made()))  # type: ignore[arg-type]
    sent, decided, _, blocked = capsys.readouterr().out.splitlines()[4:]
    assert sent == "10:00:00     alice to bob: the payment, please"
    assert decided.split()[0] == "MIDDLE:"
    assert blocked.strip() == "-> block alice for bob"


def test_a_command_whose_decision_does_not_come_is_told_after_a_while(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("jobs.local.matrix.scene._DECIDED_S", 0.0)
    stay(open_console(soft_wrap=True), Running(Made(commands=[BLOCK]), Made()))  # type: ignore[arg-type]
    assert capsys.readouterr().out.splitlines()[4:] == ["10:00:00         -> block alice for bob"]

"""The demo on a homeserver: what it tells is what has happened there, and one can look on."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from jobs.explain.wording import describe_command, describe_decision
from jobs.local.matrix.stories import STORIES
from jobs.replay.output_files import records_of
from schemas.records import BlockAccount, Decision, ManageMember, MemberAction, RefuseFriend, RevokeCommand, Warn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from schemas.records import Record

WITHIN_S = 400  # a machine that is busy with other tests
LOGIN = "/_matrix/client/v3/login"
MEMBERSHIPS = """SELECT membership FROM local_current_membership
    WHERE user_id = ? AND room_id IN (SELECT room_id FROM rooms WHERE creator = ?)"""


@dataclass(frozen=True)
class Shown:
    """What the demo has said, what somebody got who logged in, and what it left."""

    directory: Path
    said: str
    exit_code: int
    login: dict[str, Any]

    @property
    def words(self) -> str:
        """What it said, however its lines are broken."""
        return " ".join(self.said.split())

    def stories(self) -> list[str]:
        """What it said of each story."""
        return [" ".join(part.split()) for part in re.split(r"^\d+\. ", self.said, flags=re.MULTILINE)[1:]]

    def records(self, name: str) -> list[Record]:
        return list(records_of(self.directory / "out" / f"{name}.jsonl"))

    def asked(self, question: str, *given: str) -> list[Any]:
        """Ask the homeserver's database."""
        with closing(sqlite3.connect(self.directory / "synapse" / "homeserver.db")) as connection:
            return [row[0] for row in connection.execute(question, given)]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Run the demo, log in once the stories are told, and end it by Ctrl-C."""
    directory = tmp_path_factory.mktemp("matrix") / "demo"
    command = (sys.executable, "-m", "jobs", "demo", "--matrix", "--keep", "--dir", str(directory))
    with started(*command) as running:
        said, login = "", dict[str, Any]()
        assert running.stdout is not None
        for line in running.stdout:
            said += line
            if "until Ctrl-C" in line:
                login = log_in(said, "kim")
                running.send_signal(signal.SIGINT)
        return Shown(directory, said, running.wait(WITHIN_S), login)


@contextmanager
def started(*command: str) -> Iterator[subprocess.Popen[str]]:
    """Provide a process whose output is read. It is killed after its time, which ends the reading, and at a fault."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        late = threading.Timer(WITHIN_S, running.kill)
        late.start()
        try:
            yield running
        finally:
            late.cancel()
            running.kill()


def log_in(said: str, name: str) -> dict[str, Any]:
    """Log in with what the demo has printed."""
    address, password = (re.search(rf"^  {word} +(\S+)$", said, re.MULTILINE) for word in ("homeserver", "password"))
    assert address, said
    assert password, said
    identifier = {"type": "m.id.user", "user": name}
    body = {"type": "m.login.password", "identifier": identifier, "password": password[1]}
    answer: dict[str, Any] = httpx.post(address[1] + LOGIN, json=body).raise_for_status().json()
    return answer


def short(text: str) -> str:
    """Return a text as the demo tells it."""
    return " ".join(re.sub(r"![\w-]{43}", "Garden", text).replace(":localhost", "").split())


def test_every_story_ends_as_it_should(shown: Shown) -> None:
    assert shown.exit_code == 0, shown.said
    assert [told.startswith(story.title) for told, story in zip(shown.stories(), STORIES, strict=True)] == [True] * 3
    assert "not within" not in shown.words


def test_every_decision_and_command_is_told(shown: Shown) -> None:
    decisions, commands = shown.records("decisions"), shown.records("commands")
    told = [describe_decision(each) for each in decisions if isinstance(each, Decision)]
    told += map(describe_command, commands)
    assert [text for text in map(short, told) if text not in shown.words] == []
    assert {BlockAccount, Warn, RefuseFriend, RevokeCommand} <= {type(each) for each in commands}
    banned = {
        each.account_id for each in commands if isinstance(each, ManageMember) and each.action == MemberAction.BAN
    }
    assert banned == {"@sasha:localhost"}


def test_effects_are_told_with_their_seconds(shown: Shown) -> None:
    scam, lookalike, group = shown.stories()
    assert re.search(r"@rosa's client ignores @mika, after \d+\.\d s", scam)
    assert re.search(r"@rosa's client shows a notice, after \d+\.\d s: Warning: ", scam)
    assert re.search(r"@piet's client shows a question, after \d+\.\d s: @piet_v wants to be a friend", lookalike)
    assert re.search(r"@piet says: that is not me .*-> refuse @piet_v as a friend of @rosa", lookalike)
    assert re.search(r"@eve says of the decision about @sasha: wrong", group)
    assert re.search(r"@tara can write again, after \d+\.\d s", group)


def test_what_is_told_has_happened_on_the_homeserver(shown: Shown) -> None:
    own = ("@rosa:localhost", "m.ignored_user_list")
    (ignored,) = shown.asked("SELECT content FROM account_data WHERE user_id = ? AND account_data_type = ?", *own)
    assert list(json.loads(ignored)["ignored_users"]) == ["@mika:localhost"]
    assert shown.asked(MEMBERSHIPS, "@rosa:localhost", "@piet_v:localhost") == ["leave", "leave"]
    assert shown.asked(MEMBERSHIPS, "@sasha:localhost", "@ruth:localhost") == ["invite"]


def test_one_can_look_on_until_it_is_ended(shown: Shown) -> None:
    assert shown.login["user_id"] == "@kim:localhost"
    address = re.search(r"^  homeserver +(\S+)$", shown.said, re.MULTILINE)
    assert address
    with pytest.raises(httpx.TransportError):
        httpx.get(address[1] + LOGIN)

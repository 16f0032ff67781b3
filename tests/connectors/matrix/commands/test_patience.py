"""What is tried again, how often, and what is given up with which code."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from connectors.matrix.commands.action import Impossible
from connectors.matrix.commands.patience import ROUNDS, patiently
from connectors.matrix.homeserver import HomeserverError

if TYPE_CHECKING:
    from collections.abc import Iterator


def tried(*faults: BaseException) -> tuple[str | None, int]:
    """Return how an act ends whose first attempts fail so, and how often it was paused."""
    rest: Iterator[BaseException] = iter(faults)
    pauses = list[float]()

    async def act() -> None:
        for fault in rest:
            raise fault

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    return asyncio.run(patiently(act, pause)), len(pauses)


def test_what_works_is_done_once() -> None:
    assert tried() == (None, 0)


@pytest.mark.parametrize("status", [403, 404, 400])
def test_what_the_homeserver_refuses_for_good_is_given_up_at_once__mx_22(status: int) -> None:
    assert tried(HomeserverError(status, "M_NO")) == ("M_NO", 0)


@pytest.mark.parametrize(("status", "code"), [(429, "M_BUSY"), (500, "M_BUSY"), (404, "without a code")])
def test_what_it_refuses_for_the_moment_is_tried_again_for_a_while(status: int, code: str) -> None:
    busy = HomeserverError(status, code)
    assert tried(*[busy] * (ROUNDS - 1)) == (None, ROUNDS - 1)
    assert tried(*[busy] * ROUNDS) == (code, ROUNDS - 1)


@pytest.mark.parametrize("fault", [HomeserverError(0, "no answer"), HomeserverError(401, "M_UNKNOWN_TOKEN")], ids=str)
def test_where_nobody_answers_or_knows_the_token_it_waits_for_as_long_as_it_takes__mx_22(
    fault: HomeserverError,
) -> None:
    assert tried(*[fault] * 1000) == (None, 1000)


def test_what_can_never_be_done_has_its_own_code() -> None:
    assert tried(Impossible("REMOTE_ACCOUNT")) == ("REMOTE_ACCOUNT", 0)


def test_an_answer_that_makes_no_sense_concerns_its_command_alone(caplog: pytest.LogCaptureFixture) -> None:
    assert tried(KeyError("a text that somebody wrote")) == ("KeyError", 0)
    assert "somebody" not in caplog.text


def test_a_kill_is_not_held_back() -> None:
    with pytest.raises(KeyboardInterrupt):
        tried(KeyboardInterrupt())

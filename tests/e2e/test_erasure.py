"""Erasure: a savepoint's files are searched for the bytes of an erased account's id."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from jobs.flink.rest_client import wait
from schemas.codec import decode
from schemas.records import AccountErased, Decision, FriendAdded, MessageSent
from state.pseudonym import pseudonym_of
from tests.e2e.support.stage import WITHIN_S, Scene
from tests.support.erasure_streams import IDS, QUIET_MS, erasure
from tests.support.streams import time_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.records import Record

SEED, LENGTH = 5, 200
POLICY = "tests.support.incident_streams:policy"
WITNESS = "a-witness-to-the-time"


def test_a_savepoint_does_not_contain_the_id_of_an_erased_account__c_18(scene: Scene) -> None:
    told = erasure(random.Random(SEED), LENGTH, late=0)
    place = next(number for number, event in enumerate(told.events) if isinstance(event, AccountErased))
    others = [each for each in IDS.values() if each != told.erased_id]

    scene.send(told.events[:place])
    first = scene.start(policy=POLICY)
    scene.wait_consumed()
    savepoint = scene.stop(first)
    assert told.erased_id.encode() in everything_in(savepoint)

    scene.send(told.events[place:])
    second = scene.start(savepoint, policy=POLICY)
    come_to_rest(scene, max(map(time_ms, told.events)))
    left = everything_in(scene.stop(second))
    assert told.erased_id.encode() not in left
    assert any(each.encode() in left for each in others)
    assert any(pseudonym_of(each).encode() in left for each in others)


def come_to_rest(scene: Scene, last_ms: int) -> None:
    """Wait until the job has gone on to a time after all events: by what it concludes from two more."""
    scene.send(witness_events(last_ms + QUIET_MS))
    scene.advance_time(last_ms + 3 * QUIET_MS)
    wait(lambda: any(is_witness(found.value) for found in scene.read("decisions")), "time stands still", WITHIN_S)


def witness_events(at_ms: int) -> Sequence[Record]:
    return (
        FriendAdded(event_id="w1", at_ms=at_ms, account_id="w", friend_id=WITNESS, mutual=True),
        MessageSent(
            event_id="w2", at_ms=at_ms, sender_id=WITNESS, recipient_id="w", text="please send the payment now"
        ),
    )


def is_witness(value: bytes | None) -> bool:
    decision = decode(value or b"")
    return isinstance(decision, Decision) and decision.subject_id == WITNESS


def everything_in(savepoint: str) -> bytes:
    """Return the bytes of all of a savepoint's files. Flink does not compress them by default."""
    directory = Path(unquote(urlparse(savepoint).path))
    return b"".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())

"""Many random stories in parallel, each with its own people, with policies that change meanwhile."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from msgspec.structs import fields, replace

from schemas.records import MessageSent, PolicyMode, PolicyPublished, Record, ReviewAnswered, VerificationAnswered
from tests.support.reviews.streams import decision_id_of
from tests.support.streams import BASE_MS, SECOND_MS, story, time_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PEOPLE = frozenset(
    "account_id friend_id other_id sender_id recipient_id group_id inviter_id reporter_id subject_id".split()  # noqa: SIM905
)
_EDITIONS: Mapping[str, tuple[int, int, Mapping[str, object]]] = {
    "stern": (60, 90, {"t1_ms": 60_000, "t2_ms": 61_000, "verification_timeout_ms": 10_000, "late_answer_ms": 20_000}),
    "mild": (150, 150, {"t1_ms": 1_000, "t2_ms": 20_000, "keywords": ["hello there"], "cool_down_ms": 5_000}),
    "fast": (300, 301, {"verification_timeout_ms": 2_000, "escalate_after": 1, "trust_ms": 10_000}),
}
"""By version: time of publication and effective time, in seconds from the beginning, and the document."""


def merged(stories: int, length: int, seed: int) -> list[Record]:
    """Return the events of all stories, and the policies, in event-time order."""
    rng = random.Random(seed)
    told = [event for number in range(stories) for event in _moved(story(rng, length), f"{number}.")]
    return sorted((*told, *_policies()), key=time_ms)


def parted(events: Iterable[Record]) -> tuple[list[Record], list[Record]]:
    """Return the policies, and everything else.

    A policy takes effect no sooner after its publication than the workers' lease lasts. A stream that is quicker than
    that has its policies published before it.
    """
    parts: tuple[list[Record], list[Record]] = [], []
    for event in events:
        parts[not isinstance(event, PolicyPublished)].append(event)
    return parts


def _policies() -> Iterator[Record]:
    for version, (published_s, effective_s, section) in _EDITIONS.items():
        yield PolicyPublished(
            event_id=f"policy-{version}",
            at_ms=BASE_MS + published_s * SECOND_MS,
            version=version,
            effective_at_ms=BASE_MS + effective_s * SECOND_MS,
            mode=PolicyMode.LIVE,
            document=json.dumps({"friendship_age": section}),
        )


def _version_at(at_ms: int) -> str:
    in_force = [name for name, (_, effective_s, _) in _EDITIONS.items() if BASE_MS + effective_s * SECOND_MS <= at_ms]
    return in_force[-1] if in_force else "short"


def _moved(events: Iterable[Record], prefix: str) -> Iterator[Record]:
    """Yield a story as it happens to other people. An answer still answers the same message."""
    asked: dict[str, str] = {}
    for event in events:
        moved = _renamed(event, prefix)
        if isinstance(event, VerificationAnswered):
            moved = replace(moved, verification_id=asked.get(event.verification_id, "unknown"))
        if isinstance(event, ReviewAnswered):
            moved = replace(moved, decision_id=asked.get(event.decision_id, "unknown"))
        if isinstance(event, MessageSent):
            asked[decision_id_of(event)] = decision_id_of(moved, _version_at(event.at_ms))
        yield moved


def _renamed(event: Any, prefix: str) -> Any:
    names = {field.name for field in fields(event)} & (_PEOPLE | {"event_id"})
    given = {name: value for name in names if (value := getattr(event, name)) is not None}
    return replace(event, **{name: prefix + value for name, value in given.items()})

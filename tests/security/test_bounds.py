"""Bounds of state: every state of the catalogue states one, and floods do not get past those that are numbers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from operators.accounts import alternate_accounts
from operators.enforcement import risk_window
from operators.event_group import filed_reports
from operators.ids import SHARDS
from operators.policy.event_group import EventGroupPolicy
from operators.policy.model import Policy
from state.stores.memory import MemoryStore
from tests.security.floods import FLOODS
from tests.support.state_specs import state_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SPECS: Final = state_specs()
BOUND: Final = 5
SIGNS: Final = 16
FLOOD: Final = 120
_SIZE: Final = 4
_PARTS: Final = 3  # of a row's name: step, state, key


@pytest.mark.parametrize("name", SPECS)
def test_every_state_says_how_much_a_key_holds_and_what_happens_then(name: str) -> None:
    assert SPECS[name].bound
    assert SPECS[name].at_bound


def largest(store: MemoryStore, state: str) -> Mapping[str, Any]:
    """Return the entries of a state under the key that has the most of them."""
    found: dict[bytes, dict[str, Any]] = defaultdict(dict)
    for row, value in store.scan(b""):
        names: list[bytes] = []
        rest = row
        while rest and len(names) < _PARTS:
            end = _SIZE + int.from_bytes(rest[:_SIZE], "big")
            names.append(rest[_SIZE:end])
            rest = rest[end:]
        if len(names) == _PARTS and names[1] == state.encode():
            found[names[0] + names[2]][rest.decode("utf-8", "replace")] = SPECS[state].codec.loads(value)
    return max(found.values(), key=len)


@pytest.mark.parametrize(
    ("state", "flood", "size", "most"),
    [
        ("links", "links of one account", lambda held: len(held[""].known), BOUND),
        ("filed", "reports by one account", len, BOUND),
        ("filed-count", "reports by one account", lambda held: held["mallory"], BOUND),
        ("reported", "reports by one account", len, 3),
        ("incidents", "reports by one account", len, 3),
        (
            "mentions",
            "reports by many that name the same objects",
            lambda held: held["o1\x1f"].size,
            len(SHARDS) * BOUND,
        ),
        ("follows", "requests to follow one account", len, BOUND),
        ("pending-count", "requests to follow one account", lambda held: held[""], BOUND),
        ("pending-until", "requests to follow one account", len, BOUND),
        ("reports", "reports of one member", lambda held: len(held["victim"].times), SIGNS),
        ("windows", "reports of one member", lambda held: len(held[""].opened[0].decision_ids), BOUND),
    ],
)
def test_a_flood_does_not_get_past_the_bound(
    state: str, flood: str, size: Callable[[Any], int], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alternate_accounts, "MAX_LINKS", BOUND)
    monkeypatch.setattr(filed_reports, "REPORTS_AT_MOST", BOUND)
    monkeypatch.setattr(filed_reports, "MENTIONS_AT_MOST", BOUND)
    monkeypatch.setattr(risk_window, "MAX_LISTED", BOUND)
    store, policy = MemoryStore(), replace(Policy(), event_group=EventGroupPolicy(follow_pending_at_most=BOUND))
    run = Replay(risk_graph(), store, replace(policy, common=replace(policy.common, out_of_order_ms=1)))
    length = 10 * FLOOD if state in ("filed", "filed-count", "mentions") else FLOOD  # spread over 64 shards
    for number in range(length):
        list(run.push(FLOODS[flood](number)))
    assert size(largest(store, state)) == most

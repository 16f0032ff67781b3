"""Properties of erasure: afterwards no state of any step contains the id of the erased account (C-18)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import replay
from state.stores.memory import MemoryStore
from state.stores.rocks import RocksStore
from tests.support.erasure_streams import IDS, Erasure, erasure, policy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from operators.policy.model import Policy
    from schemas.records import Record
    from state.stores.store import Store

GRAPH = risk_graph()
STREAMS, LENGTH = 80, 120
_SIZE = 4  # bytes before each part of a row's name: how long it is
NAMED = """
    account/asked account/audience account/left-audience
    acquaintance/acquaintances encounter/acquaintances
    event-group/incidents event-group/mentions event-group/people event-group/reported-at
    following/follows following/pending-until gate/denials gate/requests gate/same-person
    group/accusations group/admitted-roots group/cases group/current-nodes group/departures group/hits
    group/inviters group/nodes group/reports group/roles group/sanctions group/treatments
    impersonation/aliases incident-desk/filed incident-desk/filed-count incident-desk/mentions limit/delayed
    matching/traits matching/watched-since namesakes/holders namesakes/newcomers
    popularity/earlier-holders popularity/holders popularity/newcomers
    relationship/blocks relationship/compared relationship/contacts relationship/faces relationship/friends
    relationship/pairs relationship/removed-contacts relationship/removed-friends relationship/verifications
    risk-window/windows vicinity/live vicinity/services watchers/watchers
"""
"""The states in which an account's id is found as long as it is not erased."""


def kept(events: Sequence[Record], rules: Policy, store: Store) -> Store:
    """Return a store with the final state: markers, timers, pending entries."""
    replay(GRAPH, events, policy=rules, store=store, finish=False)
    return store


def naming(account_id: str, store: Store) -> set[str]:
    """Return which states of which steps have an id in the name of a row, or in its value."""
    return {state_of(row) for row, value in store.scan(b"") if account_id.encode() in row + value}


def state_of(row: bytes) -> str:
    """Return the step and the state that a row's name begins with."""
    step_ends = _SIZE + int.from_bytes(row[:_SIZE], "big")
    starts = step_ends + _SIZE
    state = row[starts : starts + int.from_bytes(row[step_ends:starts], "big")]
    return f"{row[_SIZE:step_ends].decode()}/{state.decode()}"


def draw_stream(seed: int, length: int) -> tuple[Erasure, Policy]:
    rng = random.Random(seed)
    return erasure(rng, length), policy(rng)


@given(st.integers(0, 2**32), st.integers(1, 80))
@settings(max_examples=100)
def test_no_state_row_contains_the_id_of_an_erased_account__c_18(seed: int, length: int) -> None:
    told, rules = draw_stream(seed, length)
    assert naming(told.erased_id, kept(told.events, rules, MemoryStore())) == set()


def test_without_an_erasure_the_id_is_in_every_state_that_stores_accounts() -> None:
    found: set[str] = set()
    for seed in range(STREAMS):
        told, rules = draw_stream(seed, LENGTH)
        found |= naming(told.erased_id, kept(told.without, rules, MemoryStore()))
    assert found >= set(NAMED.split())


def test_no_state_file_of_a_replay_contains_the_id_of_an_erased_account__c_18(tmp_path: Path) -> None:
    told, rules = draw_stream(seed=1, length=LENGTH)
    kept(told.events, rules, RocksStore(tmp_path / "rows")).close()
    raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert told.erased_id.encode() not in raw
    assert any(each.encode() in raw for each in IDS.values())

"""Who may know whom? The logic knows nothing of the engine, and what is below nothing of what is above."""

from __future__ import annotations

import sys

import pytest

from tests.architecture.source import ROOMS, Source, sources

BELOW = {
    "schemas": (),
    "state": ("schemas",),
    "operators": ("schemas", "state"),
    "jobs": ("schemas", "state", "operators"),
}

# Time is a field of the record, chance and the world outside are nobody's in the logic.
IMPURE = frozenset(
    "asyncio datetime http os random secrets socket subprocess threading time urllib uuid".split()  # noqa: SIM905
)

# What each room may take from elsewhere. A new name here is a new dependency: it belongs in DECISIONS.md.
OUTSIDE = {
    "schemas": {"avro", "fastavro", "msgspec"},
    "state": {"msgspec", "rocksdict", "sortedcontainers"},
    "operators": {"PIL", "ahocorasick_rs", "h3", "imagehash", "msgspec", "numpy", "opencc", "stdnum", "tldextract"},
    "jobs": {"kafka", "msgspec", "numpy", "pandas", "pyflink", "rich", "typer", "yaml"},
}
# A policy's model is made of pydantic and what it is itself made of; nothing else is.
OUTSIDE_POLICY = {"_typeshed", "annotated_types", "pydantic", "pydantic_core", "yaml"}


def named(source: Source) -> str:
    return source.name


def tops(source: Source) -> frozenset[str]:
    return frozenset(name.split(".")[0] for name in source.imports)


@pytest.mark.parametrize("source", sources(), ids=named)
def test_a_room_knows_only_the_rooms_below_it(source: Source) -> None:
    allowed = {source.room, *BELOW[source.room]}
    assert {top for top in tops(source) if top in ROOMS} <= allowed


@pytest.mark.parametrize("source", sources(), ids=named)
def test_nothing_comes_from_outside_that_is_not_listed(source: Source) -> None:
    outside = tops(source) - set(ROOMS) - sys.stdlib_module_names
    policy = OUTSIDE_POLICY if source.name.startswith("jobs/policy_") else set()
    assert outside <= OUTSIDE[source.room] | policy


@pytest.mark.parametrize("source", sources("operators"), ids=named)
def test_logic_has_no_clock_no_chance_and_no_world_outside(source: Source) -> None:
    assert not tops(source) & IMPURE


@pytest.mark.parametrize("source", sources("jobs"), ids=named)
def test_the_engine_is_known_to_its_own_files_alone(source: Source) -> None:
    if "pyflink" in tops(source):
        assert source.path.name.startswith("flink") or source.path.name == "cluster.py"


@pytest.mark.parametrize("source", sources(), ids=named)
def test_nothing_is_imported_where_it_is_used_to_dodge_a_circle(source: Source) -> None:
    """An import inside a function hides a direction; only the tool may put off what is slow to load."""
    inside = {
        node.lineno
        for function in source.functions
        for node in function.body
        if type(node).__name__ in {"Import", "ImportFrom"}
    }
    assert not inside or source.room == "jobs"

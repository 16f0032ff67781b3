"""Chance in tests: every run draws the same, and only the soak tests draw anew."""

from __future__ import annotations

import ast

import pytest
from hypothesis import settings

from tests.architecture.source import Source, sources

UNSEEDED = {"random.SystemRandom", *(f"random.{way}" for way in ("choice", "randint", "random", "sample", "shuffle"))}
SOURCES = {source.name: source for source in sources("tests") if not source.name.startswith("tests/soak/")}


@pytest.mark.parametrize("profile", ["same", "quick"])
def test_what_make_test_and_make_check_draw_is_the_same_each_time(profile: str) -> None:
    assert settings.get_profile(profile).derandomize


def test_what_make_soak_draws_is_new() -> None:
    assert not settings.get_profile("search").derandomize


def test_no_test_has_chance_without_a_seed() -> None:
    unseeded = {name for name, source in SOURCES.items() if any(map(is_unseeded, calls(source)))}
    assert unseeded == set()


def test_no_property_chooses_for_itself_what_is_drawn() -> None:
    choosing = {name for name, source in SOURCES.items() for call in calls(source) if "derandomize" in keywords(call)}
    assert choosing == {"tests/conftest.py"}


def calls(source: Source) -> list[ast.Call]:
    return [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]


def is_unseeded(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return name in UNSEEDED or (name == "random.Random" and not call.args)


def keywords(call: ast.Call) -> set[str | None]:
    return {keyword.arg for keyword in call.keywords}

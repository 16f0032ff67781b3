"""How long may things get before nobody reads them?"""

from __future__ import annotations

import ast
from pathlib import PurePath
from statistics import median

import pytest

from tests.architecture.source import ROOT, Source, sources, tracked

FUNCTION_LINES = 40
FILE_LINES = 300
MEDIAN_FUNCTION_LINES = 6
MEDIAN_FILE_LINES = 100
NO_NOUNS = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}


def named(source: Source) -> str:
    return source.name


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function's code: its body without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body[-1].end_lineno else 1


@pytest.mark.parametrize("source", sources("schemas", "state", "operators", "jobs", "tests", "bench"), ids=named)
def test_no_file_is_longer_than_can_be_read_at_a_sitting(source: Source) -> None:
    assert source.lines <= FILE_LINES


@pytest.mark.parametrize("source", sources("schemas", "state", "operators", "jobs", "tests", "bench"), ids=named)
def test_no_function_is_longer_than_a_screen(source: Source) -> None:
    assert [each.name for each in source.functions if length(each) > FUNCTION_LINES] == []


def test_most_files_are_short() -> None:
    assert median(source.lines for source in sources()) <= MEDIAN_FILE_LINES


def test_most_functions_are_short() -> None:
    assert median(length(each) for source in sources() for each in source.functions) <= MEDIAN_FUNCTION_LINES


def test_a_file_is_named_for_what_it_is() -> None:
    """A drawer that takes anything ends up with everything."""
    words = {name: set(PurePath(name).stem.lower().replace("-", "_").split("_")) for name in tracked()}
    assert [name for name, parts in words.items() if parts & NO_NOUNS] == []


@pytest.mark.parametrize("source", sources(), ids=named)
def test_every_module_says_what_it_answers(source: Source) -> None:
    assert ast.get_docstring(source.tree) or source.lines == 0


@pytest.mark.parametrize("source", sources(), ids=named)
def test_nothing_is_left_for_later(source: Source) -> None:
    text = source.path.read_text("utf-8")
    assert not [word for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X") if word in text]


def test_no_file_names_a_package_registry() -> None:
    """What is fetched comes from wherever the machine is set up to fetch it from."""
    locks = [*ROOT.glob("requirements*"), ROOT / "pom.xml", ROOT / "Makefile"]
    assert [lock.name for lock in locks if "://" in lock.read_text().replace("http://maven.apache.org/POM", "")] == []

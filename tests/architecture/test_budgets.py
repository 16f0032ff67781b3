"""Budgets of size: lines of functions and files, modules of folders; and the form of docstrings."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import PurePath
from statistics import median

from tests.architecture.source import ROOT, sources, tracked

FUNCTION_LINES = 40
FILE_LINES = 300
MEDIAN_FUNCTION_LINES = 6
MEDIAN_FILE_LINES = 100
FOLDER_MODULES = 20
ROOMS = ("schemas", "state", "operators", "jobs", "connectors", "tests", "bench")
NO_NOUNS = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function's code: its body without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body[-1].end_lineno else 1


def test_no_file_is_longer_than_the_budget() -> None:
    assert [(source.name, source.lines) for source in sources(*ROOMS) if source.lines > FILE_LINES] == []


def test_no_function_is_longer_than_the_budget() -> None:
    functions = ((source.name, each) for source in sources(*ROOMS) for each in source.functions)
    assert [(name, each.name) for name, each in functions if length(each) > FUNCTION_LINES] == []


def test_most_files_are_short() -> None:
    assert median(source.lines for source in sources()) <= MEDIAN_FILE_LINES


def test_most_functions_are_short() -> None:
    assert median(length(each) for source in sources() for each in source.functions) <= MEDIAN_FUNCTION_LINES


def test_a_file_is_named_for_what_it_is() -> None:
    """A module with a name for anything ends up with everything."""
    words = {name: set(PurePath(name).stem.lower().replace("-", "_").split("_")) for name in tracked()}
    assert [name for name, parts in words.items() if parts & NO_NOUNS] == []


def test_no_folder_holds_more_modules_than_the_budget() -> None:
    modules = (source for source in sources(*ROOMS) if source.path.name != "__init__.py")
    count = Counter(source.path.parent.relative_to(ROOT).as_posix() for source in modules)
    assert {folder: number for folder, number in count.items() if number > FOLDER_MODULES} == {}


def test_every_module_has_a_docstring() -> None:
    assert [source.name for source in sources() if source.lines and not ast.get_docstring(source.tree)] == []


def test_no_modules_docstring_begins_with_a_question() -> None:
    """The first line is a noun phrase or a sentence with the term that one searches for."""
    first = {source.name: (ast.get_docstring(source.tree) or "").partition("\n")[0] for source in sources(*ROOMS)}
    assert [name for name, line in first.items() if re.match(r"[^.:;]*\?", line)] == []


def test_a_package_is_its_docstring_only() -> None:
    """Importing a package loads nothing: each name is imported from the module that defines it."""
    packages = [source for source in sources(*ROOMS) if source.path.name == "__init__.py"]
    assert [source.name for source in packages if source.lines != 1 or not ast.get_docstring(source.tree)] == []


def test_no_file_has_a_note_for_later() -> None:
    notes = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    texts = {source.name: source.path.read_text("utf-8") for source in sources()}
    assert [name for name, text in texts.items() if any(note in text for note in notes)] == []


def test_no_file_names_a_package_registry() -> None:
    """Packages come from the registry that the machine is configured for."""
    locks = [*ROOT.glob("requirements*"), ROOT / "pom.xml", ROOT / "Makefile"]
    assert [lock.name for lock in locks if "://" in lock.read_text().replace("http://maven.apache.org/POM", "")] == []

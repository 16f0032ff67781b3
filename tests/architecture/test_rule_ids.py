"""Rule ids: each one cited in code, tests or documents is defined in docs/rules, and each rule defined has a test."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT, tracked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = ROOT / "docs" / "rules"
DEFINITION = re.compile(r"^(?:- |\| )(([A-Z]{1,3})-[VE]?\d+) ", re.MULTILINE)
FAMILIES = sorted({family for path in RULES.glob("*.md") for _, family in DEFINITION.findall(path.read_text("utf-8"))})
_FAMILY = "|".join(FAMILIES)
CITATION = re.compile(rf"(?<![\w-])({_FAMILY})-([VE]?\d+)(?!\w)")
RANGE = re.compile(rf"(?<![\w-])({_FAMILY})-([VE]?)(\d+)(?: to | ?– ?)(?:\1-)?\2(\d+)(?!\w)")
TEST_NAME = re.compile(r"def test_\w*?__(\w+)")
IN_NAME = re.compile(rf"(?<![a-z\d])({_FAMILY.lower()})_([ve]?\d+)(?![a-z\d])")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("see FA-12, C-18.", {"FA-12", "C-18"}),
        ("(EG-18 to 20)", {"EG-18", "EG-19", "EG-20"}),
        ("AI-V1 to AI-V3, FA-36 – FA-38", {"AI-V1", "AI-V2", "AI-V3", "FA-36", "FA-37", "FA-38"}),
        ("def test_the_age_restarts__fa_18_fa_e5() -> None:", {"FA-18", "FA-E5"}),
        ("UTF-8, SHA-256, EN-12, AC-18, C-, FA-E, FA-1a, not-C-3", set()),
        ("def test_c_4_is_no_suffix() -> None:", set()),
    ],
)
def test_ids_are_read_in_each_of_their_forms(text: str, ids: set[str]) -> None:
    assert set(cited_in(text)) == ids


def test_every_rule_is_defined_once() -> None:
    ids = [rule for path in sorted(RULES.glob("*.md")) for rule, _ in DEFINITION.findall(path.read_text("utf-8"))]
    assert {rule for rule, times in Counter(ids).items() if times > 1} == set()
    assert len(ids) > 400


def test_every_id_cited_is_defined() -> None:
    undefined = {f"{name}: {rule}" for name, text in texts() for rule in cited_in(text) if rule not in defined()}
    assert not undefined


def test_every_rule_is_cited_by_a_test_of_it() -> None:
    """A module's docstring and a range name a subject; they do not say which test fails when a rule is broken."""
    tested = {rule for path in files_of_tests() for rule in cited_by_tests(path.read_text("utf-8"))}
    assert defined() - tested == set()


@cache
def defined() -> frozenset[str]:
    """Return the ids that the rules define: items of lists, and rows of tables of vectors and edge cases."""
    return frozenset(rule for path in RULES.glob("*.md") for rule, _ in DEFINITION.findall(path.read_text("utf-8")))


def cited_in(text: str) -> Iterator[str]:
    """Yield the ids that a text cites: one by one, by a range, in the name of a test."""
    for family, kind, first, last in RANGE.findall(text):
        yield from (f"{family}-{kind}{number}" for number in range(int(first), int(last) + 1))
    for family, number in CITATION.findall(text):
        yield f"{family}-{number}"
    for suffix in TEST_NAME.findall(text):
        yield from (f"{family}-{number}".upper() for family, number in IN_NAME.findall(suffix))


def cited_by_tests(text: str) -> Iterator[str]:
    """Yield the ids that the tests of a file cite themselves, outside its docstring and one by one."""
    docstring = ast.get_docstring(ast.parse(text), clean=False) or ""
    yield from cited_in(RANGE.sub("", text.replace(docstring, "", 1)))


def files_of_tests() -> Iterator[Path]:
    """Yield the files of tests, except this one, which lists ids as examples."""
    this = ROOT / "tests" / "architecture" / "test_rule_ids.py"
    yield from (path for path in sorted((ROOT / "tests").rglob("test_*.py")) if path != this)


def texts() -> Iterator[tuple[str, str]]:
    """Yield all files in the repository that are text, except this one, with their names."""
    for name in tracked():
        if name == "tests/architecture/test_rule_ids.py":
            continue
        try:
            yield name, (ROOT / name).read_text("utf-8")
        except UnicodeDecodeError:
            continue

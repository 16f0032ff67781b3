"""The documents agree with the code: generated parts, paths, counters, their length."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from jobs.dataflow.documentation import documents, regenerate
from jobs.dataflow.risk import risk_graph
from tests.architecture.source import ROOT, Source, sources, tracked

if TYPE_CHECKING:
    from collections.abc import Iterator

README: Final = ROOT / "README.md"
DECISIONS: Final = ROOT / "DECISIONS.md"
FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PATH: Final = re.compile(r"`((?:bench|docs|flink-conf|jobs|operators|schemas|state|tests)/[\w./*{},-]*)(?:::\w+)?`")
FILE: Final = re.compile(r"`(\w+\.(?:py|java))`")
NAMING = [DECISIONS, README, *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", list(documents()), ids=lambda path: path.name)
def test_generated_parts_are_current(path: Path) -> None:
    document = path.read_text("utf-8")
    assert regenerate(document, risk_graph()) == document, "run: python -m jobs.dataflow.documentation"


def test_every_generated_part_stands_in_a_document() -> None:
    whole = "".join(path.read_text("utf-8") for path in documents())
    assert all(f"<!-- {name}: " in whole for name in ("diagram", "topics", "states", "rules"))


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 120


def test_the_decisions_are_few_enough_to_be_read() -> None:
    assert 0 < len(list(rows(DECISIONS.read_text("utf-8")))) <= 60


@pytest.mark.parametrize("path", NAMING, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(path: Path) -> None:
    prose = FENCE.sub("", path.read_text("utf-8"))
    names = {Path(name).name for name in tracked()}
    assert [named for named in PATH.findall(prose) if not any(ROOT.glob(named.rstrip("/")))] == []
    assert [named for named in FILE.findall(prose) if named not in names] == []


def rows(text: str) -> Iterator[str]:
    """Yield the rows of all tables in a text, without their heads."""
    for line, after in pairwise([*text.splitlines(), ""]):
        if line.startswith("|") and not line.startswith("|---") and not after.startswith("|---"):
            yield line


def test_whatever_is_said_to_be_tested_is_tested_there() -> None:
    said = (ROOT / "docs" / "security.md").read_text("utf-8")
    cited = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", said)
    assert cited
    for file, name in cited:
        assert f"def {name}" in (ROOT / file).read_text("utf-8"), f"{file} has no {name}"


def test_every_counter_stands_in_the_reference() -> None:
    _, _, told = (ROOT / "docs" / "reference.md").read_text("utf-8").partition("## Metrics")
    missing = {name for source in sources("operators") for name in counters(source) if f"`{name}`" not in told}
    assert not missing


def counters(source: Source) -> set[str]:
    """Return what a file counts: the texts within `Metric(...)`, given there or as constants of the same file."""
    asked = [node.args[0] for node in ast.walk(source.tree) if isinstance(node, ast.Call) and is_metric(node)]
    within = [node for name in asked for node in ast.walk(name)]
    names = {node.id for node in within if isinstance(node, ast.Name)}
    written = [node.value for node in source.tree.body if isinstance(node, ast.Assign) and named(node) & names]
    return {
        node.value for node in (*within, *written) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def is_metric(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "Metric"


def named(assignment: ast.Assign) -> set[str]:
    return {target.id for target in assignment.targets if isinstance(target, ast.Name)}

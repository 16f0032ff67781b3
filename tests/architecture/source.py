"""The source files of the repository, as text and as syntax trees."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("schemas", "state", "operators", "jobs", "connectors")
GENERATED = "Generated from "
"""How the second paragraph of a generated file's docstring begins."""


@dataclass(frozen=True)
class Source:
    """One Python file of the repository."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        return self.path.relative_to(ROOT).parts[0]

    @property
    def module(self) -> str:
        """The dotted name; that of the package for an `__init__.py`."""
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    @property
    def folder(self) -> str:
        """The dotted name of the first folder below the room that holds the file; the room for its root modules."""
        parts = self.path.relative_to(ROOT).parts
        return ".".join(parts[:2] if len(parts) > 2 else parts[:1])

    @property
    def lines(self) -> int:
        return len(self.path.read_text("utf-8").splitlines())

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"))

    @property
    def is_generated(self) -> bool:
        return f"\n{GENERATED}" in (ast.get_docstring(self.tree) or "")

    @property
    def imports(self) -> frozenset[str]:
        """Return every module that is imported, anywhere in the file: `a.b` for `from a.b import c`."""
        found = set[str]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
        return frozenset(found)

    @property
    def imported_modules(self) -> frozenset[str]:
        """Return every module that is imported: `a.b.c` for `from a.b import c` where `c` is a module of ours."""
        found = set[str]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                folder = ROOT.joinpath(*node.module.split("."))
                within = {f"{node.module}.{alias.name}" for alias in node.names if is_module(folder / alias.name)}
                found.update(within or {node.module})
        return frozenset(found)

    @property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def is_module(path: Path) -> bool:
    """Return whether a path without a suffix is a module or a package of the repository."""
    return path.with_suffix(".py").exists() or path.is_dir()


def sources(*rooms: str) -> list[Source]:
    """Return the hand-written Python files of the given rooms (default: all five)."""
    found = (path for room in rooms or ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return [source for source in map(_source, found) if not source.is_generated]


@cache
def _source(path: Path) -> Source:
    """Return the file at a path; every test looks at the same, so that each is parsed once."""
    return Source(path)


def tracked() -> list[str]:
    """Return the names of all files that git keeps or would keep."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]

"""Our own source, as text and as trees."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("schemas", "state", "operators", "jobs")
GENERATED = ROOT / "schemas" / "records"


@dataclass(frozen=True)
class Source:
    """One file of ours."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        return self.path.relative_to(ROOT).parts[0]

    @property
    def lines(self) -> int:
        return len(self.path.read_text("utf-8").splitlines())

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"))

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
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def sources(*rooms: str) -> list[Source]:
    """Return what people wrote in the given rooms (default: all four)."""
    found = (path for room in rooms or ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return [Source(path) for path in found if not path.is_relative_to(GENERATED)]


def tracked() -> list[str]:
    """Return the names of all files that git keeps or would keep."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]
